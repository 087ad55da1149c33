"""Runs imports one after the other, each in a process of its own; what a crash left behind goes on where it stood."""

import asyncio
import datetime as dt
from pathlib import Path

import structlog
from sqlalchemy.exc import DBAPIError

from appliance.adapters.worker_process import WorkerProcess
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.imports.files import paths_of
from appliance.store.db import Database
from appliance.store.engine.commits import Mark
from appliance.store.lists.imports import Import, delete_imports, load_paths, next_import, update_import
from appliance.store.lists.members import delete_some, lists_with_contacts
from appliance.store.snapshots import load_snapshot

LOOK_S = 1.0
AGAIN_S = 2.0
MOST_TRIES = 5  # without a single row more
KEPT = dt.timedelta(days=30)  # files of imports that ended
DRAFT_KEPT = dt.timedelta(days=1)
FORGET_EVERY = dt.timedelta(hours=1)
LIST_KEPT = dt.timedelta(days=1)  # the contacts of one that was deleted: its revision may be put back
STUCK = N_("It stopped again and again at the same row.")

log = structlog.get_logger(__name__)


class Imports:
    """`run()` goes on for ever; all that it knows is in the database, so it may die at any time."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        look_s: float = LOOK_S,
        again_s: float = AGAIN_S,
        list_kept: dt.timedelta = LIST_KEPT,
    ) -> None:
        self._database = database
        self._look_s, self._again_s, self._list_kept = look_s, again_s, list_kept
        self._poked = asyncio.Event()
        self._idle_mark: Mark | None = None  # of the database, when nothing was to do
        self._forget_at = now()
        self._deleted: dict[str, dt.datetime] = {}  # lists with contacts, and when they were missed first
        self.folder = folder
        self.worker = WorkerProcess("appliance.services.imports.worker")

    def poke(self) -> None:
        """There is something to do."""
        self._poked.set()

    async def run(self) -> None:
        await asyncio.to_thread(self.folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        tries, at = 0, (0, 0)
        while True:
            try:
                await self._forget()
                found = await self._next()
            except (DBAPIError, OSError):  # the database is away; so is everything that could be said of it
                await asyncio.sleep(self._again_s)
                continue
            if found is None:
                await self._wait()
                continue
            here = (found.import_id, found.done_rows)
            tries, at = (tries + 1 if here == at else 1), here
            if await self._bring_in(found, tries):
                await asyncio.sleep(self._again_s)

    async def _next(self) -> Import | None:
        """The one to work on, marked as running."""
        mark = self._database.mark()
        if mark == self._idle_mark:
            return None
        async with self._database.reading() as tx:
            found = await next_import(tx)
        self._idle_mark = None if found else mark
        if found is None or found.state == "running":
            return found
        async with self._database.transaction() as tx:
            is_ours = await update_import(tx, found.import_id, ("waiting",), state="running", started_at=now())
        return found._replace(state="running") if is_ours else None

    async def _bring_in(self, found: Import, tries: int) -> bool:
        """Whether it has to be tried again."""
        order = {"database": self._database.url, "folder": str(self.folder), "import_id": found.import_id}
        status, said = await self.worker.run(order)
        if status == 0:
            log.info("import.ended", import_id=found.import_id, list=found.list)
            return False
        log.warning("import.interrupted", import_id=found.import_id, status=status, said=said, tries=tries)
        if tries >= MOST_TRIES:
            async with self._database.transaction() as tx:
                values = {"state": "failed", "error": STUCK, "ended_at": now()}
                await update_import(tx, found.import_id, ("running",), **values)
        return True

    async def _wait(self) -> None:
        self._poked.clear()
        try:
            async with asyncio.timeout(self._look_s):
                await self._poked.wait()
        except TimeoutError:
            pass

    async def _forget(self) -> None:
        """Files with customers in them are not kept for ever."""
        if now() < self._forget_at:
            return
        self._forget_at = now() + FORGET_EVERY
        async with self._database.transaction() as tx:
            paths = await delete_imports(tx, ("draft",), now() - DRAFT_KEPT)
            paths += await delete_imports(tx, ("done", "cancelled", "failed"), now() - KEPT)
            known = await load_paths(tx)
        for path in paths:
            for each in paths_of(self.folder, path):
                await asyncio.to_thread(each.unlink, missing_ok=True)
        await asyncio.to_thread(forget_strays, self.folder, known, (now() - DRAFT_KEPT).timestamp())
        await self._forget_lists()

    async def _forget_lists(self) -> None:
        async with self._database.reading() as tx:
            deleted = await lists_with_contacts(tx) - (await load_snapshot(tx)).site.lists.keys()
        self._deleted = {key: self._deleted.get(key, now()) for key in deleted}
        for key, since in self._deleted.items():
            if now() - since >= self._list_kept:
                await self._take_out(key)

    async def _take_out(self, key: str) -> None:
        while True:
            async with self._database.transaction() as tx:
                if key in (await load_snapshot(tx)).site.lists or not await delete_some(tx, key):
                    return


def forget_strays(folder: Path, known: set[str], before_s: float) -> None:
    """Files of which no import knows: the daemon died while they came in."""
    for each in folder.iterdir():
        if each.name.partition(".")[0] not in known and each.stat().st_mtime < before_s:
            each.unlink(missing_ok=True)
