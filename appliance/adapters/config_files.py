"""The files of Asterisk on disk: reads templates, compares, writes each file in one step; never decides on them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

PROJECT_DIR = Path(__file__).resolve().parents[2]
TEMPLATE_FOLDERS = ("asterisk_conf", "dialplan_templates")
MODE = 0o640  # passwords are in them; Asterisk reads them as the folder's owner
KEPT = ".before"  # what a change replaced, until Asterisk has said yes or no: also where the daemon died in between


class Written(NamedTuple):
    """The files that a change touched; one that is new is missing in `before`."""

    before: dict[str, str]
    after: dict[str, str]


def read_templates(project: Path = PROJECT_DIR) -> dict[str, str]:
    """Every template by its path, such as `dialplan_templates/ivr.conf.j2`."""
    return {
        f"{folder}/{path.name}": path.read_text(encoding="utf-8")
        for folder in TEMPLATE_FOLDERS
        for path in sorted((project / folder).glob("*.j2"))
    }


def changed_files(wanted: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Those of the wanted files that differ from what is in the folder."""
    return {name: text for name, text in wanted.items() if _read(folder / name) != text}


def put_files(wanted: Mapping[str, str], folder: Path) -> Written:
    """Put in place what differs. What an earlier change replaced that was never settled counts as replaced now."""
    changed = changed_files(wanted, folder)
    before = write_files(changed, folder)
    return Written(before, {name: text for name, text in wanted.items() if name in changed or name in before})


def write_files(changed: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Put the files in place and return what was there when all was settled last."""
    before = _kept(folder)
    for name in changed.keys() - before.keys():
        if (text := _read(folder / name)) is not None:
            (folder / KEPT).mkdir(mode=0o700, exist_ok=True)
            _replace(folder / KEPT / name, text)
            before[name] = text
    for name, text in changed.items():
        _replace(folder / name, text)
    if changed:
        _sync_folder(folder)
    return before


def write_file(name: str, text: str, folder: Path) -> None:
    """One file that no change of the site is about."""
    _replace(folder / name, text)


def read_file(path: Path) -> str | None:
    """None where there is none."""
    return _read(path)


def settle_files(folder: Path) -> None:
    """What is in place now is good: forget what was there before."""
    for name in _kept(folder):
        (folder / KEPT / name).unlink()


def restore_files(before: Mapping[str, str], folder: Path) -> None:
    """Undo a write: put back what was there. A file that was new stays, and nothing refers to it."""
    for name, text in before.items():
        _replace(folder / name, text)
    _sync_folder(folder)


def _kept(folder: Path) -> dict[str, str]:
    paths = (folder / KEPT).glob("[!.]*")
    return {path.name: text for path in sorted(paths) if (text := _read(path)) is not None}


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None


def _replace(path: Path, text: str) -> None:
    """Whoever reads sees the old file or the new one, and after a power cut it is one of both."""
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, MODE)  # whatever the umask
        if os.geteuid() == 0:
            owner = path.parent.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        file.write(text.encode("utf-8", errors="surrogateescape"))
        file.flush()
        os.fsync(descriptor)
    draft.rename(path)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
