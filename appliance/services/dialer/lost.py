"""Attempts of which nothing will be heard any more: neither Asterisk has their channel nor the journal their end."""

import asyncio
from collections.abc import Iterable

import structlog

from appliance.adapters.node import Node
from appliance.core.dialing.attempts import Attempt, Result
from appliance.services.clock import now
from appliance.services.history import History
from appliance.store.db import Database
from appliance.store.dialing.attempts import end_attempt
from appliance.store.snapshots import load_snapshot

YOUNG_S = 3.0  # Asterisk may not have it yet, or the journal not be read yet
SURE_S = 4.0  # so long nobody must know it
WRITTEN_S = 2.0  # the journal has the end of a channel at the latest so long after

log = structlog.get_logger(__name__)


class Lost:
    """After a crash of the daemon or of Asterisk, or a lost connection between them."""

    def __init__(self, node: Node, database: Database, history: History) -> None:
        self._node = node
        self._database = database
        self._history = history
        self._missing: dict[str, float] = {}  # since when the live picture has not had it
        self._unknown: dict[str, float] = {}  # since when nobody has known it

    async def look(self, attempts: Iterable[Attempt], alive: set[str], unanswered: set[str]) -> None:
        """`alive` are those that the live picture has, `unanswered` those whose agent's phone did not answer."""
        at_s = asyncio.get_running_loop().time()
        missing = [each.guid for each in attempts if each.guid not in alive]
        self._missing = {guid: self._missing.get(guid, at_s) for guid in missing}
        suspects = {guid for guid, since_s in self._missing.items() if at_s - since_s >= YOUNG_S}
        if not suspects:
            self._unknown = {}
            return
        unknown = suspects - await self._known()
        self._unknown = {guid: self._unknown.get(guid, at_s) for guid in unknown}
        lost = [guid for guid, since_s in self._unknown.items() if self._is_sure(since_s, at_s)]
        if lost:
            await self._end(lost, unanswered)

    async def _known(self) -> set[str]:
        channels = await self._node.ami.list("Status", Variables="GUID")
        told = (channel.get("Variable", "").partition("GUID=")[2].partition("\n")[0] for channel in channels)
        return {*told, *await self._history.open_guids()}

    def _is_sure(self, since_s: float, at_s: float) -> bool:
        return at_s - since_s >= SURE_S and self._history.read_to_end_s >= since_s + WRITTEN_S

    async def _end(self, lost: Iterable[str], unanswered: set[str]) -> None:
        async with self._database.transaction() as tx:
            site = (await load_snapshot(tx)).site
            for guid in lost:
                outcome = "cancelled" if guid in unanswered else "lost"
                if await end_attempt(tx, site, Result(guid, outcome, now())):
                    log.warning("dialer.lost", attempt=guid, outcome=outcome)
