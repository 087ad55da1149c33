"""Where the files of imports are: as they came, as plain rows, and what was rejected."""

from collections.abc import Iterator
from pathlib import Path

from appliance.store.lists.imports import Import


def plain_path(folder: Path, found: Import) -> Path:
    """The file itself, or what was made of a workbook."""
    return folder / (found.path if found.options["is_plain"] else f"{found.path}.rows")


def rejects_path(folder: Path, found: Import) -> Path:
    return folder / f"{found.path}.rejects"


def paths_of(folder: Path, path: str) -> Iterator[Path]:
    yield from (folder / f"{path}{ending}" for ending in ("", ".rows", ".rows.part", ".rejects"))
