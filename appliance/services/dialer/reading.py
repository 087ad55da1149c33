"""What the dialers read from the database at each look, in one transaction."""

import asyncio
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Attempt, Result
from appliance.core.dialing.life import DialerState
from appliance.core.license.licensing import Refusal, why_closed
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.dialer import status as say
from appliance.services.licenses.current import load_term
from appliance.store import licenses
from appliance.store.attempts import load_open_attempts
from appliance.store.configuration import load_status
from appliance.store.db import Database
from appliance.store.dialer_states import load_running
from appliance.store.dialing import load_results
from appliance.store.sessions import load_going
from appliance.store.snapshots import load_snapshot

LICENSE_S = 2.0  # so long what the licence said holds


class Reading(NamedTuple):
    """`open` are the node's attempts that have not ended, `ended` how others did since; `lines` what the licence leaves
    this node."""

    site: Site
    running: dict[str, DialerState]
    open: list[Attempt]
    ended: list[Result]
    refusal: Refusal | None = None
    lines: int = 0
    is_applied: bool = False
    going: frozenset[str] = frozenset()  # agents who pause once their call is over

    def why_not(self, read_to_end_s: float) -> tuple[str, dict[str, str]] | None:
        """What holds up all dialers. Before the journal was read to its end it may tell of calls that a database which
        was put back does not know.
        """
        if self.refusal is not None:
            return self.refusal.message, dict(self.refusal.context)
        if self.site.settings.emergency_closed:
            return say.CLOSED, {}
        if not read_to_end_s:
            return say.CATCHING_UP, {}
        return None if self.is_applied else (say.NOT_APPLIED, {})


class Reader:
    def __init__(self, database: Database, node: str) -> None:
        self._database = database
        self._node = node
        self._license: tuple[Refusal | None, int] = (None, 0)
        self._license_s = float("-inf")

    async def read(self, begun: Collection[str]) -> Reading:
        """`begun` are the attempts that were open at the last look."""
        async with self._database.reading() as tx:
            site = (await load_snapshot(tx)).site
            running = {key: row for key, row in (await load_running(tx)).items() if key in site.dialers}
            still_open = await load_open_attempts(tx, self._node)
            ended = await load_results(tx, {*begun} - {each.guid for each in still_open})
            reading = Reading(site, running, still_open, ended)
            if not running:
                return reading
            status, going = await load_status(tx, self._node), await load_going(tx, self._node)
            refusal, lines = await self._read_license(tx)
        is_applied = status.wanted == status.applied
        return reading._replace(refusal=refusal, lines=lines, is_applied=is_applied, going=going)

    async def _read_license(self, tx: AsyncSession) -> tuple[Refusal | None, int]:
        at_s = asyncio.get_running_loop().time()
        if at_s - self._license_s >= LICENSE_S:
            term = await load_term(tx)
            elsewhere = await licenses.load_channels(tx, now(), without=self._node)
            self._license = why_closed(term), max(0, term.channels - elsewhere.used)
            self._license_s = at_s
        return self._license
