"""Tells whether anybody has committed since one looked last: whoever found nothing to do need not read it again."""

import sqlite3
from contextlib import closing
from itertools import count
from urllib.parse import quote


class Commits:
    """`path` is SQLite's file. Without one, another number each time says that there may be something new."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._file: sqlite3.Connection | None = None
        self._unknown = count(-1, -1)

    def mark(self) -> int:
        """Another number after each commit of whichever process; read from shared memory, so nobody waits for it."""
        if self._path is None:
            return next(self._unknown)
        try:
            with closing(self._open().execute("PRAGMA data_version")) as found:
                return int(found.fetchall()[0][0])
        except sqlite3.Error:
            return next(self._unknown)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> sqlite3.Connection:
        if self._file is None:
            address = f"file:{quote(str(self._path))}?mode=ro"
            self._file = sqlite3.connect(address, uri=True, timeout=0, check_same_thread=False)
        return self._file
