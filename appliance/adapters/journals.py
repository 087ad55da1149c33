"""Reads the complete lines that a journal has after a position; follows it through rotation and never writes."""

import asyncio
import datetime as dt
import os
import re
from pathlib import Path
from typing import BinaryIO, NamedTuple

from appliance.core.journal.position import FINGERPRINT_BYTES, Position, fingerprint_of

CHUNK_BYTES = 512 * 1024
LAST_BYTES = 16 * 1024
_TIME = re.compile(rb'^(?:"[A-Z_]+",")?(\d{9,11})[.|"]')
_PACKED = (".gz", ".bz2", ".xz", ".zst")


class Chunk(NamedTuple):
    lines: list[str]
    position: Position | None
    lost: bool = False  # the file that the position names is gone: everything that is there was begun anew


class _Found(NamedTuple):
    path: Path
    inode: int
    size: int


class Journal:
    """`path` is the file being written; archives stand beside it and begin with its name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def read(self, position: Position | None, limit: int = CHUNK_BYTES) -> Chunk:
        """Up to `limit` bytes of lines after `position`; no lines when there is nothing new."""
        if position is not None and self._is_unchanged(position):  # nearly always, and not worth a thread
            return Chunk([], position)
        return await asyncio.to_thread(self.read_now, position, limit)

    def read_now(self, position: Position | None, limit: int = CHUNK_BYTES) -> Chunk:
        if position is not None and self._is_unchanged(position):
            return Chunk([], position)
        try:
            return self._read_family(position, limit)
        except FileNotFoundError:  # renamed at this very moment: the next look finds it
            return Chunk([], position)

    def _read_family(self, position: Position | None, limit: int) -> Chunk:
        # Sizes are taken before anything is read: if a later file has content by now, the writer
        # has left the earlier one, and what is read of it below is all that it will ever hold.
        family = self.family()
        place = _find(family, position)
        lost = place is None and position is not None and bool(family)
        for n in range(place or 0, len(family)):
            is_left = any(later.size for later in family[n + 1 :])
            offset = position.offset if position is not None and n == place else 0
            chunk = _read_lines(family[n], offset, limit, is_left=is_left)
            if chunk.lines or not is_left:
                return Chunk(chunk.lines, chunk.position, lost)
        return Chunk([], position)

    def _is_unchanged(self, position: Position) -> bool:
        try:
            now = self.path.stat()
        except FileNotFoundError:
            return False
        return now.st_ino == position.inode and now.st_size == position.offset

    def family(self) -> list[_Found]:
        """The archives, oldest first, and then the file being written."""
        aged: list[tuple[bool, int, str, _Found]] = []
        try:
            entries = list(os.scandir(self.path.parent))
        except FileNotFoundError:
            return []
        for entry in entries:
            if not entry.name.startswith(self.path.name) or entry.name.endswith(_PACKED) or not entry.is_file():
                continue
            now = entry.stat()
            found = _Found(Path(entry.path), now.st_ino, now.st_size)
            aged.append((entry.name == self.path.name, now.st_mtime_ns, entry.name, found))
        return [found for *_, found in sorted(aged)]


def _find(family: list[_Found], position: Position | None) -> int | None:
    """Where in the family the file of the position is; a copy (a restored backup) is as good as the file."""
    if position is None:
        return None
    for must_be_same in (True, False):
        for n, found in enumerate(family):
            if (found.inode == position.inode) == must_be_same and _is_the_file(found, position, must_be_same):
                return n
    return None


def _is_the_file(found: _Found, position: Position, is_same_inode: bool) -> bool:
    if found.size < position.offset or (position.offset == 0 and not is_same_inode):
        return False
    with _open(found) as file:
        return fingerprint_of(file.read(FINGERPRINT_BYTES), position.offset) == position.fingerprint


def _open(found: _Found) -> BinaryIO:
    file = found.path.open("rb")
    if os.fstat(file.fileno()).st_ino == found.inode:
        return file
    file.close()
    raise FileNotFoundError(found.path)


def _read_lines(found: _Found, offset: int, limit: int, *, is_left: bool) -> Chunk:
    with _open(found) as file:
        beginning = file.read(FINGERPRINT_BYTES)
        file.seek(offset)
        data = file.read(limit)
    end = data.rfind(b"\n") + 1
    if end == 0 and (len(data) == limit or (is_left and data)):
        end = len(data)  # no line is that long; or its end was never written
    lines = data[:end].decode("utf-8", "replace").split("\n")
    if lines[-1] == "":
        lines.pop()
    offset += end
    return Chunk(lines, Position(found.inode, fingerprint_of(beginning, offset), offset))


def newest_time(path: Path) -> dt.datetime | None:
    """When the last whole line was written, as it says itself; where a file was just begun, that of the one before."""
    times = (_last_time(found.path) for found in reversed(Journal(path).family()))
    return next((time for time in times if time is not None), None)


def _last_time(path: Path) -> dt.datetime | None:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LAST_BYTES))
            lines = file.read().rpartition(b"\n")[0].splitlines()
    except OSError:
        return None
    found = next((found for line in reversed(lines) if (found := _TIME.match(line))), None)
    return dt.datetime.fromtimestamp(int(found.group(1)), dt.UTC) if found else None
