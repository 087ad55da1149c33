"""Agents at work: log in, log out, pause; and the job that keeps Asterisk's queues in step with them."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.adapters.ami import AmiError, AmiLost, AmiTimeout
from appliance.adapters.node import Node
from appliance.core.entities.people import Agent
from appliance.core.membership import Action, QueueMember, Session, membership_actions, wanted_members
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.store.configuration import insert_audit, load_status
from appliance.store.db import Database
from appliance.store.sessions import end_sessions, load_session, load_sessions
from appliance.store.site import load_entity
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.sessions import AgentSessionRow

POLL_S = 2.0
BURST = 20  # queue changes in a row before calls get their turn (LIMITS: 8,000 at once delay calls by a second)
BREATH_S = 0.01
SEATS = "phone"  # the family in AstDB: extension > agent

log = structlog.get_logger(__name__)


async def log_in(tx: AsyncSession, agent: str, *, node: str, by: str) -> None:
    """Open a session at the agent's phone; nothing happens where one is open already."""
    entity = await _load_agent(tx, agent)
    row = AgentSessionRow(agent=agent, node=node, extension=entity.extension, logged_in_at=now())
    try:
        async with tx.begin_nested():
            tx.add(row)
    except IntegrityError:  # the unique index of open sessions
        return
    await _audit(tx, "log in", agent, by)


async def log_out(tx: AsyncSession, agent: str, *, by: str) -> None:
    if await load_session(tx, agent):
        await end_sessions(tx, [agent], now())
        await _audit(tx, "log out", agent, by)


async def pause(tx: AsyncSession, agent: str, *, reason: str, by: str) -> None:
    await _set_paused(tx, agent, reason, by)


async def unpause(tx: AsyncSession, agent: str, *, by: str) -> None:
    await _set_paused(tx, agent, None, by)


async def _set_paused(tx: AsyncSession, agent: str, reason: str | None, by: str) -> None:
    await _load_agent(tx, agent)
    session = await load_session(tx, agent)
    if session is None:
        raise NotFound(f"agents.{agent}.session")
    if session.paused_reason != reason:
        session.paused_reason = reason
        await _audit(tx, "unpause" if reason is None else f"pause {reason}"[:40], agent, by)


async def _load_agent(tx: AsyncSession, agent: str) -> Agent:
    found = await load_entity(tx, "agents", agent)
    if found is None or not isinstance(found[0], Agent):
        raise NotFound(f"agents.{agent}")
    return found[0]


async def _audit(tx: AsyncSession, action: str, agent: str, by: str) -> None:
    entry = {"at": now(), "by": by, "action": action, "section": "agents", "entity_key": agent, "generation": 0}
    await insert_audit(tx, [entry | {"before": None, "after": None}])


class Membership:
    """Keeps the members of app_queue equal to sessions times configuration. `poke()` after a commit."""

    def __init__(self, node: Node, database: Database) -> None:
        self._node = node
        self._database = database
        self._poked = asyncio.Event()
        self._done: tuple[int, list[QueueMember]] | None = None
        self._seats: dict[str, str] = {}

    def poke(self) -> None:
        self._poked.set()

    async def run(self) -> None:
        """Endless job."""
        while True:
            await self._node.ami.wait_connected()
            try:
                await self._reconcile()
            except AmiError as error:
                log.warning("membership.later", reason=str(error))
                self._done = None
            try:
                await asyncio.wait_for(self._poked.wait(), POLL_S)
            except TimeoutError:
                continue
            self._poked.clear()

    async def _reconcile(self) -> None:
        wanted = await self._wanted()
        if wanted is None or self._done == (self._node.ami.connections, wanted):
            return
        connection = self._node.ami.connections
        if self._done is None or self._done[0] != connection:
            await self._forget_seats()
            await self._look_for_phones(wanted)
        await self._tell_seats(wanted)
        members = await self._node.ami.list("QueueStatus")
        actions = membership_actions(wanted, _actual(members))
        for number, action in enumerate(actions, 1):
            await self._act(action)
            if number % BURST == 0:
                await asyncio.sleep(BREATH_S)
        self._done = (connection, wanted)
        if actions:
            log.info("membership.changed", actions=len(actions), members=len(wanted))

    async def _wanted(self) -> list[QueueMember] | None:
        """None while Asterisk does not know the newest queues yet."""
        async with self._database.reading() as tx:
            status = await load_status(tx, self._node.name)
            if status.wanted not in (status.applied, status.tried):
                return None
            site, rows = (await load_snapshot(tx)).site, await load_sessions(tx, self._node.name)
        gone = [row.agent for row in rows if row.agent not in site.agents]
        if gone:
            async with self._database.transaction() as tx:
                await end_sessions(tx, gone, now())
        sessions = [Session(row.agent, row.extension, row.paused_reason) for row in rows]
        return wanted_members(site, sessions)

    async def _forget_seats(self) -> None:
        with suppress(AmiError):  # there are none
            await self._node.ami.action("DBDelTree", Family=SEATS)
        self._seats = {}

    async def _tell_seats(self, wanted: list[QueueMember]) -> None:
        """Who sits at which phone, for the dialplan (agents.conf.j2): it names the agent in the journal."""
        seats = {member.interface.partition("/")[2]: member.agent for member in wanted}
        for phone in self._seats.keys() - seats.keys():
            await self._act(Action("DBDel", {"Family": SEATS, "Key": phone}))
        for phone, agent in seats.items() - self._seats.items():
            await self._act(Action("DBPut", {"Family": SEATS, "Key": phone, "Val": agent}))
        self._seats = seats

    async def _look_for_phones(self, wanted: list[QueueMember]) -> None:
        # An Asterisk that has just started takes every phone for unreachable until it has answered once, which it
        # would be asked only within a minute: until then callers would hear that nobody is there.
        for number, endpoint in enumerate(sorted({member.interface.partition("/")[2] for member in wanted}), 1):
            await self._act(Action("PJSIPQualify", {"Endpoint": endpoint}))
            if number % BURST == 0:
                await asyncio.sleep(BREATH_S)

    async def _act(self, action: Action) -> None:
        try:
            await self._node.ami.action(action.name, **dict[str, Any](action.fields))
        except (AmiLost, AmiTimeout):
            raise  # whether Asterisk acted is unknown: look again
        except AmiError as error:
            log.warning("membership.refused", action=action.name, **action.fields, reason=str(error))


def _actual(events: Iterable[dict[str, str]]) -> list[QueueMember]:
    return [
        QueueMember(
            queue=event["Queue"],
            interface=event["Location"],
            agent=event["Name"],
            penalty=int(event["Penalty"]),
            paused=event["Paused"] == "1",
            reason=event.get("PausedReason", "") if event["Paused"] == "1" else "",
        )
        for event in events
        if event.get("Event") == "QueueMember"
    ]
