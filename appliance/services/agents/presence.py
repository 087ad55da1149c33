"""How many pages each agent has open, in memory; and the log-out of who has neither a page nor a phone for too long."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from appliance.core.agents import POLICY
from appliance.services.agents.sessions import device_of, log_out
from appliance.services.agents.trail import Act
from appliance.services.clock import now
from appliance.services.hub import Hub
from appliance.services.live import Live
from appliance.store.db import Database
from appliance.store.engine.commits import Mark
from appliance.store.sessions import load_sessions
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.sessions import AgentSessionRow

AGENTS = "agents"  # the topic: something about one agent changed that the live picture does not tell
LOOK_S = 5.0

log = structlog.get_logger(__name__)


class Presence:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._pages: Counter[str] = Counter()
        self._desks: Counter[str] = Counter()

    @contextmanager
    def open_page(self, agent: str, *, is_desk: bool = False) -> Iterator[None]:
        """As long as a page of this agent hears the stream."""
        self._pages[agent] += 1
        self._desks[agent] += is_desk
        try:
            yield
        finally:
            self._pages[agent] -= 1
            self._desks[agent] -= is_desk

    def pages(self, agent: str) -> int:
        return self._pages[agent]

    def desks(self, agent: str) -> int:
        return self._desks[agent]

    def tell(self, agent: str) -> None:
        """Everybody who shows this agent is to look again."""
        self._hub.publish(AGENTS, {"agent": agent}, frozenset({("agents", agent)}))


class AutoLogout:
    """A daemon that starts, or lost Asterisk, gives everybody the full time anew."""

    def __init__(self, database: Database, live: Live, presence: Presence, on_done: Callable[[], None]) -> None:
        self._database = database
        self._live = live
        self._presence = presence
        self._on_done = on_done
        self._gone_since: dict[str, dt.datetime] = {}
        self._mark: Mark | None = None  # of the database, when these were read
        self._known = 0, list[AgentSessionRow]()

    async def run(self) -> None:
        """Endless job."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look(now())

    async def look(self, at: dt.datetime) -> None:
        minutes, rows = await self._read()
        away = {row.agent for row in rows if not self._is_there(row)} if minutes and self._live.is_connected else set()
        self._gone_since = {agent: self._gone_since.get(agent, at) for agent in away}
        limit = dt.timedelta(minutes=minutes)
        if over := sorted(agent for agent, since in self._gone_since.items() if at - since >= limit):
            log.info("agents.logged_out", agents=over, reason="neither phone nor page")
            async with self._database.transaction() as tx:
                for agent in over:
                    await log_out(tx, agent, Act(POLICY, note="no_phone"))
            self._on_done()

    async def _read(self) -> tuple[int, list[AgentSessionRow]]:
        mark = self._database.mark()
        if mark != self._mark:
            async with self._database.reading() as tx:
                minutes = (await load_snapshot(tx)).site.rules.auto_logout_min
                self._known = minutes, await load_sessions(tx) if minutes else []
            self._mark = mark
        return self._known

    def _is_there(self, session: AgentSessionRow) -> bool:
        """At the page, at a phone that answers, or in a call."""
        phone = self._live.state.phones.get(device_of(session))
        agent = self._live.state.agents.get(session.agent)
        has_phone = phone is not None and phone.status == "registered"
        return has_phone or self._presence.pages(session.agent) > 0 or bool(agent and agent.channels)
