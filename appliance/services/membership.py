"""The job that keeps the members of Asterisk's queues in step with who is logged in, at which phone, paused or not."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import structlog

from appliance.adapters.ami import AmiError, AmiLost, AmiTimeout
from appliance.adapters.node import Node
from appliance.core.agents import POLICY, WRAPUP
from appliance.core.membership import (
    STAND_IN_STATE,
    Action,
    Move,
    QueueMember,
    Session,
    membership_actions,
    wanted_members,
    with_wrapup,
)
from appliance.services.agents.moves import end_moves_over
from appliance.services.agents.wrapups import Wrapups
from appliance.services.clock import now
from appliance.services.licenses.current import with_seats
from appliance.store.configuration import load_status
from appliance.store.db import Database
from appliance.store.engine.commits import Mark
from appliance.store.moves import load_moves
from appliance.store.sessions import end_sessions, load_sessions
from appliance.store.snapshots import load_snapshot

POLL_S = 2.0
AGAIN_S = 20.0  # licences end without anybody's commit
BURST = 20  # queue changes in a row before calls get their turn (LIMITS: 8,000 at once delay calls by a second)
BREATH_S = 0.01
SEATS, SEAT_OF = "phone", "seat"  # families in AstDB: phone > agent, and agent > phone

log = structlog.get_logger(__name__)


class Membership:
    """Keeps the members of app_queue equal to sessions times configuration. `poke()` after a commit."""

    def __init__(
        self,
        node: Node,
        database: Database,
        wrapups: Wrapups,
        *,
        on_change: Iterable[Callable[[str], None]] = (),
    ) -> None:
        self._node = node
        self._database = database
        self._wrapups = wrapups
        self._on_change = on_change
        self._sessions: list[Session] = []
        self._poked = asyncio.Event()
        self._done: tuple[int, list[QueueMember]] | None = None
        self._has_moves = False
        self._settled: tuple[Mark, int, float] | None = None  # mark of the database, connection, when
        self._seats: dict[tuple[str, str], str] = {}  # family and key in AstDB

    def poke(self) -> None:
        self._poked.set()

    async def run(self) -> None:
        """Endless job."""
        while True:
            await self._node.ami.wait_connected()
            try:
                async with self._wrapups.lock:
                    await self._reconcile()
            except AmiError as error:
                log.warning("membership.later", reason=str(error))
                self._done = self._settled = None
            try:
                async with asyncio.timeout(POLL_S):
                    await self._poked.wait()
            except TimeoutError:
                continue
            self._poked.clear()

    async def _reconcile(self) -> None:
        mark, at_s = self._database.mark(), asyncio.get_running_loop().time()
        if self._is_settled(mark, at_s):
            return
        wanted, connection = await self._wanted(), self._node.ami.connections
        if wanted is not None and self._done == (connection, wanted):
            self._settled = None if self._has_moves else (mark, connection, at_s)
        elif wanted is not None:
            await self._bring_about(wanted, connection)

    async def _bring_about(self, wanted: list[QueueMember], connection: int) -> None:
        if self._done is None or self._done[0] != connection:
            await self._forget_seats()
            await self._look_for_phones(wanted)
        await self._tell_seats(wanted)
        members = await self._node.ami.list("QueueStatus")
        resting = with_wrapup(wanted, self._wrapups.running, self._wrapups.patient)
        actions = membership_actions(resting, _actual(members))
        for number, action in enumerate(actions, 1):
            if not self._would_wake(action):
                await self._act(action)
            if number % BURST == 0:
                await asyncio.sleep(BREATH_S)
        self._done = (connection, wanted)
        if actions:
            log.info("membership.changed", actions=len(actions), members=len(wanted))

    def _is_settled(self, mark: Mark, at_s: float) -> bool:
        """Nobody has committed since Asterisk was as wanted, and no move ends by itself."""
        if self._settled is None:
            return False
        return self._settled[:2] == (mark, self._node.ami.connections) and at_s - self._settled[2] < AGAIN_S

    def _would_wake(self, action: Action) -> bool:
        """Somebody's call has ended since the actions were made: the wrap-up stands."""
        resting = {wrapup.interface for wrapup in self._wrapups.running.values()}
        is_other = action.name == "QueuePause" and action.fields["Reason"] != WRAPUP
        return is_other and action.fields["Interface"] in resting

    async def _wanted(self) -> list[QueueMember] | None:
        """None while Asterisk does not know the newest queues yet."""
        async with self._database.reading() as tx:
            status = await load_status(tx, self._node.name)
            if status.wanted not in (status.applied, status.tried):
                return None
            site, rows = (await load_snapshot(tx)).site, await load_sessions(tx, self._node.name)
            seated, moves = await with_seats(tx, rows), await load_moves(tx)
        self._has_moves = bool(moves)
        gone = [row.agent for row in rows if row.agent not in site.agents]
        over = [move for move in moves if move.until_at <= now()]
        if gone or over:
            async with self._database.transaction() as tx:
                await end_sessions(tx, gone, now(), by=POLICY, why="deleted")
                await end_moves_over(tx, over)
        sessions = {row.agent: Session(row.agent, row.device or row.extension, row.paused_reason) for row in rows}
        self._wrapups.learn(site, sessions)
        self._tell([*sessions.values()])
        moved = [Move(each.agent, each.queue, each.is_member, each.penalty) for each in moves if each not in over]
        return wanted_members(site, [sessions[row.agent] for row in seated], moved)

    def _tell(self, sessions: list[Session]) -> None:
        before, self._sessions = self._sessions, sessions
        for agent in sorted({session.agent for session in {*before} ^ {*sessions}}):
            for tell in self._on_change:
                tell(agent)

    async def _forget_seats(self) -> None:
        for family in (SEATS, SEAT_OF):
            with suppress(AmiError):  # there are none
                await self._node.ami.action("DBDelTree", Family=family)
        self._seats = {}

    async def _tell_seats(self, wanted: list[QueueMember]) -> None:
        """Who sits at which phone: agents.conf.j2 names agents in the journal by it, and rings them there."""
        phones = {member.interface.partition("/")[2]: member.agent for member in wanted}
        seats = {(SEATS, phone): agent for phone, agent in phones.items()}
        seats |= {(SEAT_OF, agent): phone for phone, agent in phones.items()}
        for family, key in self._seats.keys() - seats.keys():
            await self._act(Action("DBDel", {"Family": family, "Key": key}))
        for (family, key), value in seats.items() - self._seats.items():
            await self._act(Action("DBPut", {"Family": family, "Key": key, "Val": value}))
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
            state_interface=event["StateInterface"] if event.get("StateInterface") == STAND_IN_STATE else "",
        )
        for event in events
        if event.get("Event") == "QueueMember"
    ]
