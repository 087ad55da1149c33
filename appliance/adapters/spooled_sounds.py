"""Sounds that phones have recorded, in Asterisk's spool until the daemon takes them; never says whose they are."""

import re
from pathlib import Path

LARGEST_BYTES = 12_000_000  # ten minutes at 8 kHz, and some
_NAME = re.compile(r"[0-9]{4,8}")


def spooled(folder: Path) -> dict[str, float]:
    """The codes that have a sound, and when each was written last."""
    try:
        return {path.stem: path.stat().st_mtime for path in folder.glob("*.wav") if _NAME.fullmatch(path.stem)}
    except FileNotFoundError:
        return {}


def read_sound(folder: Path, code: str) -> bytes:
    path = _path(folder, code)
    with path.open("rb") as file:
        return file.read(LARGEST_BYTES)


def remove_sound(folder: Path, code: str) -> None:
    _path(folder, code).unlink(missing_ok=True)


def _path(folder: Path, code: str) -> Path:
    if not _NAME.fullmatch(code):
        raise ValueError(f"{code!r} is no code")
    return folder / f"{code}.wav"
