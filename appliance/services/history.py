"""Turns what Asterisk's journals gained into stored facts, exactly once, and tells who watches."""

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from appliance.adapters.ami import AmiError
from appliance.adapters.node import Node
from appliance.core.journal.cel import CelFold, CelReading
from appliance.core.journal.facts import CallFacts, Step
from appliance.services.followers import CelFollower, QueueLogFollower
from appliance.services.hub import Hub
from appliance.store.db import Database

TOPIC = "history"
LOOK_S = 0.4  # how often the files are looked at; what is written between is one transaction
GONE_S = 10.0  # how often Asterisk is asked which calls it knows
MANY_LINES = 200  # after so many there may be more, and nobody waits for the next look
LIVE_LINES = 2000  # a larger batch is catching up: nobody can watch that step by step

log = structlog.get_logger(__name__)


class History:
    """`run()` follows both journals of a node for ever; what it stores does not depend on when it ran."""

    def __init__(
        self,
        node: Node,
        database: Database,
        hub: Hub,
        *,
        gone_s: float = GONE_S,
        on_missed: Callable[[], None] = lambda: None,
    ) -> None:
        self._node = node
        self._database = database
        self._hub = hub
        self._gone_s = gone_s
        self._on_missed = on_missed
        self._folding = asyncio.Lock()  # large batches are folded in a thread
        self._fold: CelFold | None = None
        self.read_to_end_s = 0.0  # when the journal of calls had nothing new, by the loop's clock
        self._gone: dict[str, int] = {}  # calls that Asterisk does not know, with the time of their last event

    async def run(self) -> None:
        cel, queue_log = await self._load()
        self._fold = cel.fold
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_cel(cel))
            group.create_task(self._follow_queue_log(queue_log))
            group.create_task(self._look_for_gone(cel.fold))

    async def catch_up(self) -> None:
        """Read both journals to their present end, and stop there."""
        cel, queue_log = await self._load()
        while await self._step(cel):
            pass
        while (await queue_log.step())[0]:
            pass

    async def open_guids(self) -> set[str]:
        """The interactions whose end the journal has not told."""
        async with self._folding:
            return {call.guid for call in self._fold.open_calls().values()} if self._fold else set()

    async def _load(self) -> tuple[CelFollower, QueueLogFollower]:
        folder = Path(self._node.facts.log)
        return (
            await CelFollower.load(self._database, self._node.name, folder),
            await QueueLogFollower.load(self._database, self._node.name, folder),
        )

    async def _follow_cel(self, cel: CelFollower) -> None:
        loop, before_s = asyncio.get_running_loop(), 0.0
        while True:
            began_s = loop.time()
            lines = await self._step(cel)
            if not lines:
                self.read_to_end_s = began_s
                await self._give_up_gone(cel)
            if lines < MANY_LINES:  # what was read may have been the end of a file that was set aside
                self.read_to_end_s = max(self.read_to_end_s, before_s)
                before_s = began_s
                await asyncio.sleep(LOOK_S)

    async def _follow_queue_log(self, queue_log: QueueLogFollower) -> None:
        while True:
            lines, reading = await queue_log.step()
            if reading.in_a_row:
                self._on_missed()  # somebody may have been paused
            if lines < MANY_LINES:
                await asyncio.sleep(LOOK_S)

    async def _step(self, cel: CelFollower) -> int:
        async with self._folding:
            lines, reading = await cel.step()
        self._tell(reading, lines)
        return lines

    async def _look_for_gone(self, fold: CelFold) -> None:
        """Where Asterisk died and no call came since, only the living Asterisk can say that its calls are over.

        A call counts as gone when it is unknown twice and the journal, read to its end, said nothing between.
        """
        before: dict[str, int] = {}
        while True:
            await self._node.ami.wait_connected()
            unknown = await self._unknown_calls(fold)
            self._gone = {name: at for name, at in unknown.items() if before.get(name) == at}
            before = unknown
            await asyncio.sleep(self._gone_s)

    async def _unknown_calls(self, fold: CelFold) -> dict[str, int]:
        async with self._folding:
            suspects = fold.open_calls()
        if not suspects:
            return {}
        try:
            channels = await self._node.ami.list("CoreShowChannels")
        except AmiError:
            return {}
        alive = {channel.get(key, "") for channel in channels for key in ("Linkedid", "Uniqueid")}
        return {name: call.last_us for name, call in suspects.items() if not call.names & alive}

    async def _give_up_gone(self, cel: CelFollower) -> None:
        gone, self._gone = self._gone, {}
        now_open = cel.fold.open_calls() if gone else {}
        names = [name for name, at in gone.items() if name in now_open and now_open[name].last_us == at]
        if names:
            log.warning("calls.interrupted", node=self._node.name, calls=names)
            self._tell(await cel.give_up(names), 0)

    def _tell(self, reading: CelReading, lines: int) -> None:
        if lines > LIVE_LINES:
            self._hub.publish(TOPIC, {"type": "caught_up", "interactions": len(reading.finished)})
            return
        for step in reading.steps:
            self._hub.publish(TOPIC, step_message(step), frozenset({("guid", step.guid)}))
        for call in reading.finished:
            agents = {call.interaction.agent, *(segment.agent for segment in call.segments)} - {""}
            self._hub.publish(TOPIC, interaction_message(call), frozenset(("agents", agent) for agent in agents))


def step_message(step: Step) -> dict[str, Any]:
    return {"type": "step", **_plain(step._asdict())}


def interaction_message(call: CallFacts) -> dict[str, Any]:
    segments = [_plain(segment._asdict()) for segment in call.segments]
    return {"type": "interaction", **_plain(call.interaction._asdict()), "segments": segments}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in values.items()}
