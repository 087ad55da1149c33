"""What happens to dialers by itself: they start and end, previews return, and changed rules are looked at anew."""

import asyncio

import structlog

from appliance.core.entities.dialers import Dialer
from appliance.core.entities.lists import ContactFilter
from appliance.core.entities.schedules import Schedule
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.dialers import ALIVE, settle
from appliance.store.db import Database
from appliance.store.dialing.held import look_anew
from appliance.store.dialing.previews import release_forgotten
from appliance.store.dialing.states import load_states
from appliance.store.engine.commits import Mark
from appliance.store.snapshots import load_snapshot

LOOK_S = 2.0

Rules = tuple[Dialer, list[ContactFilter | None], Schedule | None]

log = structlog.get_logger(__name__)


class DialerLife:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._idle_mark: Mark | None = None  # of the database, when no dialer was alive
        self._rules: dict[str, Rules] = {}  # by which each dialer chose when it last ran

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
            site, states = (await load_snapshot(tx)).site, await load_states(tx)
        if not any(each.state in ALIVE for each in states.values()):
            self._idle_mark = mark
            return
        running = [site.dialers[key] for key, each in states.items() if each.state == "running" and key in site.dialers]
        rules = {each.key: _rules(site, each) for each in running}
        async with self._database.transaction() as tx:
            await release_forgotten(tx, now())
            for dialer in running:
                if self._rules.get(dialer.key, rules[dialer.key]) != rules[dialer.key]:
                    await look_anew(tx, [each.list for each in dialer.lists], now())
            changed = await settle(tx, site, now())
        self._rules |= rules
        for each in changed:
            log.info("dialer.changed", dialer=each.dialer, state=each.state)


def _rules(site: Site, dialer: Dialer) -> Rules:
    """Whoever was kept back by other ones may be called now."""
    filters = [site.contact_filters.get(each.filter) for each in dialer.lists]
    return dialer, filters, site.schedules.get(dialer.schedule)
