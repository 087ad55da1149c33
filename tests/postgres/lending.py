"""Databases on PostgreSQL for one test each: emptied and lent again, for making one costs ten times as much."""

import asyncio
import io
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import asyncpg

from tests.postgres.server import PostgresServer

# What somebody renamed, dropped or added shows here.
_SHAPE = """SELECT string_agg(concat_ws(' ', oid, relname, relnatts, relchecks), ',' ORDER BY oid)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace"""
_FILLED = """FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0"""
# A few rows are deleted sooner than a file is made anew, but what was deleted stays in the file.
_EMPTYING = """SELECT CASE WHEN pg_relation_size(oid) > 500000
    THEN format('TRUNCATE %I CASCADE', relname) ELSE format('DELETE FROM %I', relname) END """
_COUNTED = "SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL"
_ALONE = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@dataclass
class _Contents:
    shape: str
    rows: dict[str, bytes]
    counted: dict[str, int]


class Lending:
    """Databases with what is in `template`, which nobody may write to any more."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server, self.template = server, template
        self._numbers = itertools.count(1)
        self._ready = list[str]()
        self._new = asyncio.run(self._read())

    @contextmanager
    def lent(self) -> Iterator[str]:
        name = self._ready.pop() if self._ready else self._make()
        yield self._server.url(name)
        if asyncio.run(self._empty(name)):
            self._ready.append(name)
        else:
            asyncio.run(self._server.tell(f'DROP DATABASE "{name}" WITH (FORCE)'))

    def _make(self) -> str:
        name = f"{self.template}{next(self._numbers)}"
        asyncio.run(self._server.create(name, self.template))
        return name

    async def _read(self) -> _Contents:
        connection = await self._server.connect(self.template)
        rows = {}
        for (table,) in await connection.fetch(f"SELECT relname {_FILLED}"):
            written = io.BytesIO()
            await connection.copy_from_table(table, output=written, format="binary")
            rows[table] = written.getvalue()
        contents = _Contents(await connection.fetchval(_SHAPE), rows, dict(await connection.fetch(_COUNTED)))
        await connection.close()
        return contents

    async def _empty(self, name: str) -> bool:
        """As the template again; false if its tables are others."""
        connection = await self._server.connect(name)
        await connection.execute(_ALONE)
        is_same = await connection.fetchval(_SHAPE) == self._new.shape
        if is_same:
            await self._fill_anew(connection)
        await connection.close()
        return is_same

    async def _fill_anew(self, connection: asyncpg.Connection) -> None:
        emptying = [command for (command,) in await connection.fetch(_EMPTYING + _FILLED)]
        restarts = [f'ALTER SEQUENCE "{sequence}" RESTART' for sequence, _ in await connection.fetch(_COUNTED)]
        await connection.execute("; ".join(["SET session_replication_role = replica", *emptying, *restarts]))
        for table, rows in self._new.rows.items():
            await connection.copy_to_table(table, source=io.BytesIO(rows), format="binary")
        for sequence, last in self._new.counted.items():
            await connection.execute("SELECT setval($1::text::regclass, $2)", sequence, last)
