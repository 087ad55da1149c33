"""Log files that grow: sets a full one aside, and deletes those set aside long ago; knows nothing of their content."""

import time
from pathlib import Path

DAY_S = 86400


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def inode_of(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def set_aside(path: Path) -> Path:
    """Rename a file whose writer opens it anew for each line; the writer goes on with a fresh one."""
    archive = path.with_name(f"{path.name}.{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}")
    path.rename(archive)
    return archive


def delete_old(path: Path, days: int) -> list[str]:
    """Delete what was set aside from `path` more than `days` ago; returns the names."""
    before = time.time() - days * DAY_S
    old = [archive for archive in path.parent.glob(f"{path.name}.*") if archive.stat().st_mtime < before]
    for archive in old:
        archive.unlink()
    return sorted(archive.name for archive in old)
