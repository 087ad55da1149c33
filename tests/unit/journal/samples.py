"""Journals that a real Asterisk 22 wrote, one call or a few in each; `samples/` has them byte for byte."""

from pathlib import Path

FOLDER = Path(__file__).parent / "samples"
CEL_SAMPLES = sorted(path.name.removesuffix(".cel.csv") for path in FOLDER.glob("*.cel.csv"))
QUEUE_SAMPLES = sorted(path.name.removesuffix(".queue_log") for path in FOLDER.glob("*.queue_log"))


def cel_bytes(name: str) -> bytes:
    return (FOLDER / f"{name}.cel.csv").read_bytes()


def queue_bytes(name: str) -> bytes:
    return (FOLDER / f"{name}.queue_log").read_bytes()


def cel_lines(name: str) -> list[str]:
    return cel_bytes(name).decode().splitlines()


def queue_lines(name: str) -> list[str]:
    return queue_bytes(name).decode().splitlines()
