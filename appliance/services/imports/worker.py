"""The process that brings one file into its list: `python -m appliance.services.imports.worker`, told what by stdin."""

import asyncio
import gc
import json
import os
import resource
import sys
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.exc import DBAPIError

from appliance.adapters.contact_files import Reading, RejectFile, pick_rows
from appliance.core.lists.layout import Layout
from appliance.core.lists.rows import Candidate, Ground, Reject
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.imports.adding import Added, Target, add_candidates, target_of
from appliance.services.imports.files import plain_path, rejects_path
from appliance.services.imports.ground import ground_of
from appliance.services.imports.reading import Order, Part, make_plain, read_contacts
from appliance.services.imports.turns import Turns
from appliance.store.db import Database
from appliance.store.dialing.do_not_call import has_bare_numbers
from appliance.store.lists.already import identity
from appliance.store.lists.contact_rows import Rows, lay_out
from appliance.store.lists.imports import Import, Step, advance_import, load_import, update_import
from appliance.store.site import load_site

TRY_AGAIN = 75  # the process's status where the database is away: the import goes on later
MOST_PARTS = 20  # in which the rows of a transaction come
MEMORY = 512 << 20
NEVER = N_("all its numbers are on the do-not-call list")
DOUBLE = N_("{value} is there already")


class _Batch(NamedTuple):
    """What is stored at once: of the file, what comes after the batch before and up to `end`."""

    end: Part
    candidates: list[Candidate]
    rejects: list[Reject]
    rows: Rows


class _Worker:
    def __init__(self, database: Database, folder: Path, found: Import) -> None:
        self._database = database
        self._folder = folder
        self._import = found
        self._turns = Turns(database)

    async def run(self) -> None:
        layout = Layout.model_validate(self._import.options["layout"])
        await self._make_plain(layout)
        async with self._database.reading() as tx:
            site, is_mixed = await load_site(tx), await has_bare_numbers(tx)
        order = self._order(layout, ground_of(site, self._import.list, layout))
        gc.freeze()
        gc.disable()  # it would look at ten thousand rows again and again
        target = target_of(site, self._import.list, at=now(), by=self._import.created_by)._replace(is_mixed=is_mixed)
        rejects = RejectFile(rejects_path(self._folder, self._import), self._import.rejects_bytes)
        try:
            async with aclosing(read_contacts(order)) as parts:
                await self._bring(parts, target, rejects)
        finally:
            rejects.close()
        await self._change(state="done", ended_at=now())

    async def _make_plain(self, layout: Layout) -> None:
        """A workbook becomes rows that can be read from any place."""
        source, plain = self._folder / self._import.path, plain_path(self._folder, self._import)
        if not self._import.options["is_plain"] and not plain.exists():
            await make_plain(source, layout.encoding, layout.separator, plain)
        await self._change(size_bytes=plain.stat().st_size)

    def _order(self, layout: Layout, ground: Ground) -> Order:
        encoding = layout.encoding if self._import.options["is_plain"] else "utf-8-sig"
        seen, path = self._import, plain_path(self._folder, self._import)
        reading = Reading(encoding, layout.separator, len(layout.columns), seen.done_bytes, seen.done_rows)
        return Order(path, layout, ground, reading)

    async def _bring(self, parts: AsyncGenerator[Part], target: Target, rejects: RejectFile) -> None:
        """While some are stored, the next are fetched."""
        batch = await self._fetch(parts)
        while batch:
            ahead = asyncio.ensure_future(self._fetch(parts))
            try:
                await self._store(batch, target, rejects)
            except BaseException:
                ahead.cancel()
                await asyncio.wait((ahead,))
                raise
            batch = await ahead

    async def _fetch(self, parts: AsyncGenerator[Part]) -> _Batch | None:
        """As many as should be stored at once; none at the end."""
        some, count = list[Part](), 0
        while count < self._turns.size and len(some) < MOST_PARTS and (part := await anext(parts, None)):
            some.append(part)
            count += len(part.candidates) + len(part.rejects)
        if not some:
            return None
        candidates = [each for part in some for each in part.candidates]
        async with self._database.reading() as tx:
            rows = await lay_out(tx, self._import.list, candidates)
        return _Batch(some[-1], candidates, [each for part in some for each in part.rejects], rows)

    async def _store(self, batch: _Batch, target: Target, rejects: RejectFile) -> None:
        seen, refused = self._import, batch.rejects
        async with self._database.transaction() as tx:
            began = time.monotonic()
            added = await add_candidates(tx, target, batch.candidates, at=now(), rows=batch.rows)
            left_out = await self._left_out(added, target)
            rejects.add(_written(sorted([*refused, *left_out], key=lambda each: each.row)))
            step = _step(batch.end, added, len(refused), rejects.size_bytes)
            if not await advance_import(tx, seen, step):
                raise _Stopped
        self._import = seen._replace(done_bytes=step.done_bytes, done_rows=step.done_rows)
        await self._turns.give_way(time.monotonic() - began)

    async def _left_out(self, added: Added, target: Target) -> list[Reject]:
        """As they stand in the file: it is read again, for mostly they are few."""
        mark = identity(target.scope.by)
        reasons = {each.row: (NEVER, "") for each in added.never}
        reasons |= {each.row: (DOUBLE, mark(each)) for each in added.doubles}
        if not reasons:
            return []
        layout = Layout.model_validate(self._import.options["layout"])
        reading = self._order(layout, Ground("")).reading
        again = await asyncio.to_thread(pick_rows, plain_path(self._folder, self._import), reading, reasons)
        return [Reject(row.number, row.cells, *reasons[row.number]) for row in again]

    async def _change(self, **values: Any) -> None:
        async with self._database.transaction() as tx:
            if not await update_import(tx, self._import.import_id, ("running",), **values):
                raise _Stopped


class _Stopped(Exception):
    """Somebody cancelled it, or another process works on it."""


def _written(rejects: Iterable[Reject]) -> list[list[str]]:
    """Reason and value come apart, to be told in the language of who reads."""
    return [[str(each.row), each.reason, each.value, *each.cells] for each in rejects]


def _step(end: Part, added: Added, rejected: int, rejects_bytes: int) -> Step:
    return Step(
        done_bytes=end.end,
        done_rows=end.number,
        rejects_bytes=rejects_bytes,
        added=len(added.added),
        doubles=len(added.doubles),
        rejected=rejected,
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
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    database = Database(order["database"], is_bulk=True)
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
