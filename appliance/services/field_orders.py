"""Writes the keys by which contacts are called in the order of a field, where the list got another field."""

import asyncio

from appliance.store.db import Database
from appliance.store.engine.commits import Mark
from appliance.store.lists.field_order import fill_keys, without_key
from appliance.store.snapshots import load_snapshot

LOOK_S = 2.0
STEP, REST_S = 500, 0.02  # contacts at a time; others write to the database too
AGAIN_S = 60.0  # until somebody is found who came in past it, such as from a list with another field


class FieldOrders:
    def __init__(self, database: Database, *, again_s: float = AGAIN_S) -> None:
        self._database = database
        self._again_s = again_s
        self._idle_mark: Mark | None = None  # of the database, when all had their keys
        self._done: dict[str, tuple[str, float]] = {}  # by list: the field, and when all had its key

    async def run(self) -> None:
        """Endless job."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        mark = self._database.mark()
        if mark == self._idle_mark:
            return
        async with self._database.reading() as tx:
            site = (await load_snapshot(tx)).site
        fields = {key: found.order_field for key, found in site.lists.items() if found.order_field}
        at, is_waiting = asyncio.get_running_loop().time(), False
        for key, field in fields.items():
            done_field, done_at = self._done.get(key, ("", at))
            if field == done_field and at < done_at + self._again_s:
                is_waiting = True
                continue
            await self._fill(key, field)
            self._done[key] = (field, at)
        if not is_waiting:
            self._idle_mark = mark

    async def _fill(self, key: str, field: str) -> None:
        last = 0
        while True:
            async with self._database.reading() as tx:
                some = await without_key(tx, key, field, after=last, most=STEP)
            if not some:
                return
            async with self._database.transaction() as tx:
                await fill_keys(tx, key, field, some)
            last = some[-1]
            await asyncio.sleep(REST_S)
