"""SQLite's connections for asyncio, with one way to the connection's thread and back for each statement, not four."""

import sqlite3
from collections.abc import Iterable
from functools import partial
from typing import Any, Self

import aiosqlite


class Connection(aiosqlite.Connection):
    def __del__(self) -> None:
        """Whoever is cancelled while the pool prepares it leaves it to nobody."""
        if self._connection is not None:
            self.stop()

    def cursor(self) -> "Cursor":  # type: ignore[override]
        return Cursor(self)


class Cursor:
    """A statement that has been executed: all of its rows are here, nothing of it is left in SQLite."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.lastrowid: int | None = None
        self.rowcount, self.arraysize = -1, 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Iterable[Any] = ()) -> Self:
        return await self._do("execute", statement, parameters)

    async def executemany(self, statement: str, parameters: Iterable[Iterable[Any]]) -> Self:
        return await self._do("executemany", statement, parameters)

    async def _do(self, how: str, statement: str, parameters: Iterable[Any]) -> Self:
        execute: Any = self._connection._execute
        await execute(self._run, how, statement, parameters)
        return self

    def _run(self, how: str, statement: str, parameters: Iterable[Any]) -> None:
        """In the connection's thread."""
        cursor: sqlite3.Cursor = self._connection._conn.cursor()
        try:
            getattr(cursor, how)(statement, parameters)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []


def connect(path: str, **options: Any) -> Connection:
    connection = Connection(partial(sqlite3.connect, path, **options), iter_chunk_size=64)
    connection._thread.daemon = True
    return connection
