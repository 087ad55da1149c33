"""The job that keeps Asterisk and the administrators in step with the licence: phones, channels, clock, warnings."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.ami import AmiError, AmiLost, AmiTimeout
from appliance.adapters.journals import newest_time
from appliance.adapters.node import Node
from appliance.core.license.clock import advance
from appliance.core.license.licensing import Licensing, licensing, unseated
from appliance.core.live.outside import lines_in_use
from appliance.services.clock import now
from appliance.services.followers import CEL_FILE, QUEUE_LOG_FILE
from appliance.services.licenses.current import find_installed
from appliance.services.licenses.trail import audit_foreign
from appliance.services.licenses.warnings import Warnings
from appliance.services.live import Live
from appliance.store import licenses as store
from appliance.store.db import Database
from appliance.store.engine.commits import Mark
from appliance.store.snapshots import load_snapshot

LOOK_S = 2.0
CLOCK_S = 60.0
AGAIN_S = 20.0  # licences end without anybody's commit
SAY_S = 20.0  # so often a node says how many channels it has, even where nothing changes
BURST, BREATH_S = 20, 0.01
PHONES, LIMITS = "no-seat", "license"  # families in AstDB, see [licensed] in outbound.conf.j2

log = structlog.get_logger(__name__)
Notes = dict[tuple[str, str], str]  # family and key > value


class Licenses:
    """`run()` for ever. Without the daemon Asterisk goes on with what it was told last."""

    def __init__(self, node: Node, database: Database, live: Live, warnings: Warnings) -> None:
        self._node = node
        self._database = database
        self._live = live
        self._warnings = warnings
        self._told: Notes = {}
        self._connection = 0
        self._said: tuple[int, float] = (-1, 0.0)
        self._clock_at: float | None = None
        self._settled: tuple[Mark, int, float] | None = None  # mark of the database, connection, when
        self._poked = asyncio.Event()

    def poke(self, _agent: str) -> None:
        """Who has logged in or out may call outside at once, or no more."""
        self._poked.set()

    async def run(self) -> None:
        """Endless job."""
        while True:
            try:
                await self.look()
            except AmiError as error:
                log.warning("licenses.later", reason=str(error))
                self._connection, self._settled = 0, None
            except SQLAlchemyError as error:
                log.warning("licenses.later", reason=str(error).splitlines()[0])
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._poked.wait()
            self._poked.clear()

    async def look(self) -> None:
        time = asyncio.get_running_loop().time()
        if self._clock_at is None or time - self._clock_at >= CLOCK_S:
            await self.look_at_clock()
            self._clock_at = time
        if self._live.is_connected:
            await self._say_lines(lines_in_use(self._live.state), time)
        if self._node.ami.is_connected:
            mark, connection = self._database.mark(), self._node.ami.connections
            if self._settled and self._settled[:2] == (mark, connection) and time - self._settled[2] < AGAIN_S:
                return
            await self._tell(await self._wanted())
            self._settled = mark, connection, time

    async def look_at_clock(self) -> None:
        """The newest time that was seen, what is wrong in the database, and the warnings."""
        journals = await asyncio.to_thread(self.newest_in_journals)
        async with self._database.transaction() as tx:
            await store.lock_state(tx)
            found = await find_installed(tx)
            mark, at = found.installed.mark, now()
            after = advance(mark, at, journals)
            if after != mark:
                await store.save_mark(tx, after)
            await audit_foreign(tx, found)
        current = licensing(replace(found.installed, mark=after), at)
        if current.is_clock_back:
            log.error("licenses.clock_set_back", now=at.isoformat(), judged_at=current.judged_at.isoformat())
        await self._warnings.look(current)

    def newest_in_journals(self) -> dt.datetime | None:
        """Blocking: what Asterisk wrote last, in its own words."""
        folder = Path(self._node.facts.log)
        times = [newest_time(folder / name) for name in (CEL_FILE, QUEUE_LOG_FILE)]
        return max((time for time in times if time is not None), default=None)

    async def _say_lines(self, used: int, time: float) -> None:
        """To the other nodes, and for the page."""
        if used != self._said[0] or time - self._said[1] >= SAY_S:
            await self._database.write(lambda tx: store.save_channels(tx, self._node.name, used, now()))
            self._said = (used, time)

    async def _wanted(self) -> Notes:
        async with self._database.reading() as tx:
            current = licensing((await find_installed(tx)).installed, now())
            site = (await load_snapshot(tx)).site
            lone = unseated(current, site.agents, await store.working_agents(tx))
            elsewhere = await store.load_channels(tx, now(), without=self._node.name)
        phones = {(PHONES, site.agents[agent].extension): "1" for agent in lone}
        return phones | _limits(current, elsewhere.used)

    async def _tell(self, wanted: Notes) -> None:
        connection = self._node.ami.connections
        if self._connection != connection:
            await self._forget()
        changes: list[tuple[str, Mapping[str, str]]] = [
            *(("DBDel", {"Family": f, "Key": k}) for f, k in self._told.keys() - wanted.keys()),
            *(("DBPut", {"Family": f, "Key": k, "Val": v}) for (f, k), v in wanted.items() - self._told.items()),
        ]
        for number, (action, fields) in enumerate(changes, 1):
            await self._act(action, fields)
            if number % BURST == 0:
                await asyncio.sleep(BREATH_S)
        self._told, self._connection = wanted, connection

    async def _forget(self) -> None:
        """A phone that an earlier daemon closed may be open by now; the limits are simply written anew."""
        with suppress(AmiError):  # there are none
            await self._node.ami.action("DBDelTree", Family=PHONES)
        self._told = {}

    async def _act(self, action: str, fields: Mapping[str, str]) -> None:
        try:
            await self._node.ami.action(action, **dict[str, Any](fields))
        except (AmiLost, AmiTimeout):
            raise
        except AmiError as error:
            log.warning("licenses.refused", action=action, **fields, reason=str(error))


def _limits(current: Licensing, elsewhere: int) -> Notes:
    """What this node may have: the total without what other nodes use."""
    room = max(0, current.channels - elsewhere)
    return {(LIMITS, "outbound"): "open" if current.is_open else "closed", (LIMITS, "channels"): str(room)}
