"""What the dialers read from the database at each look, in one transaction."""

import asyncio
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Attempt, Result
from appliance.core.dialing.life import DialerState
from appliance.core.dialing.notice import Notice
from appliance.core.entities.dialers import Dialer
from appliance.core.license.licensing import Refusal, why_closed
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.dialer import status as say
from appliance.services.dialer.ahead import load_notice
from appliance.services.licenses.current import load_term
from appliance.store import licenses
from appliance.store.configuration import load_status
from appliance.store.db import Database
from appliance.store.dialing.attempts import load_open_attempts
from appliance.store.dialing.previews import load_readers
from appliance.store.dialing.results import load_results
from appliance.store.dialing.states import load_running
from appliance.store.sessions import load_going
from appliance.store.snapshots import load_snapshot

KEPT_S = 2.0  # so long what the licence said holds, and what is known ahead of agents


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
    notice: Notice = Notice()

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
        self._notice = Notice()
        self._of = set[str]()  # the dialers that ran then
        self._kept_s = float("-inf")

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
            shown = [site.dialers[key] for key in running if site.dialers[key].mode == "preview"]
            readers = await load_readers(tx, shown, now())
            await self._read_slowly(tx, site, [site.dialers[key] for key in running])
        is_applied = status.wanted == status.applied
        notice = self._notice._replace(going=going, reading=readers)
        refusal, lines = self._license
        return reading._replace(refusal=refusal, lines=lines, is_applied=is_applied, notice=notice)

    async def _read_slowly(self, tx: AsyncSession, site: Site, dialers: Sequence[Dialer]) -> None:
        at_s, keys = asyncio.get_running_loop().time(), {each.key for each in dialers}
        if at_s - self._kept_s < KEPT_S and keys == self._of:
            return
        term = await load_term(tx)
        elsewhere = await licenses.load_channels(tx, now(), without=self._node)
        self._license = why_closed(term), max(0, term.channels - elsewhere.used)
        self._notice = await load_notice(tx, site, self._node, dialers)
        self._kept_s, self._of = at_s, keys
