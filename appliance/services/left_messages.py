"""After an agent has left a machine to the dialer's message: nothing is asked of who may have the next call at once."""

from contextlib import suppress

import structlog

from appliance.services.agents.wrapups import Wrapups
from appliance.services.desk import Desk
from appliance.services.errors import Refused, Stale
from appliance.services.live import Live
from appliance.services.work import finish_at_machine
from appliance.store.db import Database
from appliance.store.work import load_work_of

EVENT = "MessageLeft"  # of the dialplan, see dialer.conf

log = structlog.get_logger(__name__)


class LeftMessages:
    """By the button of the desk and by the key of the phone alike."""

    def __init__(self, database: Database, live: Live, desk: Desk, wrapups: Wrapups) -> None:
        self._database = database
        self._live = live
        self._desk = desk
        self._wrapups = wrapups

    async def run(self) -> None:
        """Endless job."""
        with self._live.taps.listen("UserEvent") as events:
            while True:
                raw = await events.get()
                if raw.get("UserEvent") == EVENT:
                    await self._left(raw.get("GUID", ""), raw.get("Agent", ""))

    async def _left(self, guid: str, agent: str) -> None:
        """`agent` is who had the call from a queue; who called it from a preview has no wrap-up."""
        async with self._database.transaction() as tx:
            works = [each for each in await load_work_of(tx, [guid]) if each.completed_at is None]
            with suppress(Stale):  # the agent was quicker
                for work in works:
                    await finish_at_machine(tx, work)
        for work in works:
            await self._desk.completed(work.agent)
        log.info("message.left", call=guid, agent=agent)
        with suppress(Refused):  # another call's disposition is owed
            self._wrapups.skip(agent)
