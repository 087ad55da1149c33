"""The process that brings one file into its list: `python -m appliance.services.imports.worker`, told what by stdin."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from appliance.adapters.contact_files import FileRow, Reading, RejectFile, read_rows, write_plain
from appliance.core.lists.layout import Layout
from appliance.core.lists.rows import Candidate, Reject, RowReader
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.imports.adding import Added, Target, add_candidates, target_of
from appliance.services.imports.files import plain_path, rejects_path
from appliance.services.imports.ground import ground_of
from appliance.store.db import Database
from appliance.store.imports import Import, Step, advance_import, load_import, update_import
from appliance.store.site import load_site

TRY_AGAIN = 75  # the process's status where the database is away: the import goes on later
HOLD_S = 0.07  # how long a transaction should last; SQLite's other writers wait for so long
FEWEST, MOST = 500, 4000  # rows of a transaction
BROKEN = N_("a quotation mark is never closed")
NEVER = N_("all its numbers are on the do-not-call list")


class Batch(NamedTuple):
    candidates: list[Candidate]
    rejects: list[Reject]
    end: FileRow | None  # the last row that it holds; None at the end of the file


class _Worker:
    def __init__(self, database: Database, folder: Path, found: Import) -> None:
        self._database = database
        self._folder = folder
        self._import = found
        self._size = 1000

    async def run(self) -> None:
        layout = Layout.model_validate(self._import.options["layout"])
        await self._make_plain(layout)
        async with self._database.reading() as tx:
            site = await load_site(tx)
        reader = RowReader(layout, ground_of(site, self._import.list))
        target = target_of(site, self._import.list, at=now(), by=self._import.created_by)
        rejects = RejectFile(rejects_path(self._folder, self._import), self._import.rejects_bytes)
        try:
            await self._bring(self._rows(layout), reader, target, rejects)
        finally:
            rejects.close()

    async def _make_plain(self, layout: Layout) -> None:
        """A workbook becomes rows that can be read from any place."""
        source, plain = self._folder / self._import.path, plain_path(self._folder, self._import)
        if not self._import.options["is_plain"] and not plain.exists():
            await asyncio.to_thread(write_plain, source, layout.encoding, layout.separator, plain)
        await self._change(size_bytes=plain.stat().st_size)

    def _rows(self, layout: Layout) -> Iterator[FileRow]:
        encoding = layout.encoding if self._import.options["is_plain"] else "utf-8-sig"
        start, number = self._import.done_bytes, self._import.done_rows
        path = plain_path(self._folder, self._import)
        rows = read_rows(path, Reading(encoding, layout.separator, len(layout.columns), start, number))
        if layout.has_header and number == 0:
            next(rows, None)
        return rows

    async def _bring(self, rows: Iterator[FileRow], reader: RowReader, target: Target, rejects: RejectFile) -> None:
        while True:
            batch = await asyncio.to_thread(_read_batch, rows, reader, self._size)
            if batch.end is None:
                await self._change(state="done", ended_at=now())
                return
            began = time.monotonic()
            await self._store(batch, batch.end, target, rejects)
            await self._pause(time.monotonic() - began)

    async def _store(self, batch: Batch, end: FileRow, target: Target, rejects: RejectFile) -> None:
        at, seen = now(), self._import
        async with self._database.transaction() as tx:
            if self._database.engine.dialect.name == "sqlite":
                await tx.execute(text("PRAGMA cache_size=-49152"))  # 48 MB: rows come in the order of no index
            added = await add_candidates(tx, target, batch.candidates, at=at)
            rejects.add(_written(batch.rejects, added))
            step = _step(end, added, batch, rejects.size_bytes)
            if not await advance_import(tx, seen, step):
                raise _Stopped
        self._import = seen._replace(done_bytes=step.done_bytes, done_rows=step.done_rows)

    async def _pause(self, took_s: float) -> None:
        """As many rows at a time as fit into `HOLD_S`; who waits for the database has a turn in between."""
        factor = min(2.0, max(0.25, HOLD_S / max(took_s, 0.001)))
        self._size = int(min(MOST, max(FEWEST, self._size * factor)))
        await asyncio.sleep(0.002)

    async def _change(self, **values: Any) -> None:
        async with self._database.transaction() as tx:
            if not await update_import(tx, self._import.import_id, ("running",), **values):
                raise _Stopped


class _Stopped(Exception):
    """Somebody cancelled it, or another process works on it."""


def _read_batch(rows: Iterator[FileRow], reader: RowReader, size: int) -> Batch:
    candidates, rejects, end = list[Candidate](), list[Reject](), None
    for end in islice(rows, size):
        if end.is_broken:
            rejects.append(Reject(end.number, end.cells, BROKEN))
        elif any(end.cells):
            found = reader.read(end.number, end.cells)
            (candidates if isinstance(found, Candidate) else rejects).append(found)  # type: ignore[arg-type]
    return Batch(candidates, rejects, end)


def _written(rejects: list[Reject], added: Added) -> list[list[str]]:
    """By row: reason and value come apart, to be told in the language of who reads."""
    never = [Reject(each.row, each.cells, NEVER) for each in added.never]
    every = sorted([*rejects, *never], key=lambda each: each.row)
    return [[str(each.row), each.reason, each.value, *each.cells] for each in every]


def _step(end: FileRow, added: Added, batch: Batch, rejects_bytes: int) -> Step:
    return Step(
        done_bytes=end.end,
        done_rows=end.number,
        rejects_bytes=rejects_bytes,
        added=len(added.added),
        doubles=len(added.doubles),
        rejected=len(batch.rejects),
        never=len(added.never),
    )


async def bring_in(database: Database, folder: Path, import_id: int) -> None:
    """From wherever it stands to its end. Raises what the database raises; what is wrong with the file is stored."""
    async with database.reading() as tx:
        found = await load_import(tx, import_id)
    if found is None or found.state != "running":
        return
    try:
        await _Worker(database, folder, found).run()
    except _Stopped:
        pass
    except (OSError, ValueError, NotFound) as error:
        if isinstance(error, OSError) and error.filename is None:
            raise  # the database is away, or the disk is full
        async with database.transaction() as tx:
            await update_import(tx, import_id, ("running",), state="failed", error=str(error)[:500], ended_at=now())


async def _main() -> int:
    loop, orders = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    order = json.loads(await orders.readline())
    database = Database(order["database"])
    work = asyncio.ensure_future(bring_in(database, Path(order["folder"]), order["import_id"]))
    daemon = asyncio.ensure_future(orders.read())  # ends with the daemon
    try:
        await asyncio.wait({work, daemon}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            os._exit(TRY_AGAIN)  # as if killed: what is committed is all that counts
        work.result()
    except (DBAPIError, OSError) as error:
        print(f"{type(error).__name__}: {error}"[:1000], file=sys.stderr)
        return TRY_AGAIN
    finally:
        await database.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
