"""What happens to dialers by itself: they start at their time and end when nothing is left; previews return."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from appliance.services.clock import now
from appliance.services.dialers import ALIVE, settle
from appliance.store.commits import Mark
from appliance.store.db import Database
from appliance.store.dialer_states import load_states
from appliance.store.previews import release_forgotten
from appliance.store.snapshots import load_snapshot

LOOK_S = 2.0

log = structlog.get_logger(__name__)


class DialerLife:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._idle_mark: Mark | None = None  # of the database, when no dialer was alive

    async def run(self) -> None:
        """Endless job."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                log.warning("dialers.later", reason=str(error).partition("\n")[0])

    async def look(self) -> None:
        mark = self._database.mark()
        if mark == self._idle_mark:
            return
        async with self._database.reading() as tx:
            site, states = (await load_snapshot(tx)).site, await load_states(tx)
        if not any(each.state in ALIVE for each in states.values()):
            self._idle_mark = mark
            return
        async with self._database.transaction() as tx:
            await release_forgotten(tx, now())
            changed = await settle(tx, site, now())
        for each in changed:
            log.info("dialer.changed", dialer=each.dialer, state=each.state)
