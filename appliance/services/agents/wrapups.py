"""Wrap-up: after a queue's call the agent rests in every queue until the time is over, finished or made longer.

It is kept here and in Asterisk, as a pause with the reason `wrapup`: the database is told nothing of it.
"""

import asyncio
import datetime as dt
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.ami import Ami, AmiError, AmiLost, AmiTimeout
from appliance.core.agents import WRAPUP
from appliance.core.entities.supervision import AgentRules
from appliance.core.live.events import WrapupKnown
from appliance.core.live.state import Agent
from appliance.core.membership import STAND_IN_STATE, added, stand_in
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import Refused
from appliance.services.live import Live
from appliance.store.db import Database
from appliance.store.engine.trouble import reason_of
from appliance.store.sessions import load_pauses

TICK_S = 0.25
IDLE_S = 1.0  # while nobody rests; no wrap-up is shorter
SKIPPED_S = 3.0
ADOPTED_S = 3.0  # what is found in Asterisk lasts that long at least: others may want to hold it

log = structlog.get_logger(__name__)


@dataclass
class Wrapup:
    interface: str
    until: dt.datetime
    extended: int = 0


class Wrapups:
    """`learn()` what the site says before the first call ends; `lock` is for whoever pauses members too."""

    def __init__(self, ami: Ami, live: Live, database: Database) -> None:
        self.lock = asyncio.Lock()
        self._beginning_or_ending = asyncio.Lock()
        self.running: dict[str, Wrapup] = {}
        self.patient: frozenset[str] = frozenset()  # queues that callers leave when everybody is paused
        self._held: set[str] = set()
        self._skipped: dict[str, dt.datetime] = {}  # until when
        self._ami = ami
        self._live = live
        self._database = database
        self._wrapup_s: Mapping[str, int] | None = None  # by queue; not learned yet
        self._rules = AgentRules.model_validate({})
        self._pictures = 0
        self._woken = asyncio.Event()

    def learn(self, site: Site, logged_in: Collection[str]) -> None:
        """Who has logged out rests no longer."""
        self._wrapup_s = {key: queue.wrapup_s for key, queue in site.queues.items()}
        self.patient = frozenset(key for key, queue in site.queues.items() if queue.paused_destination)
        self._rules = site.rules
        self._held &= set(logged_in)
        for agent in self.running.keys() - set(logged_in):
            del self.running[agent]

    def hold(self, agent: str) -> None:
        """This agent's wrap-up, now or after the call, does not end before `release`."""
        self._held.add(agent)
        self._tell(agent)

    def release(self, agent: str) -> None:
        self._held.discard(agent)
        self._tell(agent)
        self._woken.set()

    def longer(self, agent: str) -> None:
        """Raises Refused where there is none, or it was made longer often enough."""
        wrapup = self.running.get(agent)
        if wrapup is None:
            raise Refused(N_("There is no wrap-up now."))
        if not self._rules.wrapup_extend_s or wrapup.extended >= self._rules.wrapup_extensions:
            raise Refused(N_("This wrap-up cannot be made longer any more."))
        wrapup.extended += 1
        wrapup.until += dt.timedelta(seconds=self._rules.wrapup_extend_s)
        self._tell(agent)

    def finish(self, agent: str, *, is_forced: bool = False) -> None:
        """Nothing happens where there is none. Raises Refused where something must be done first, unless forced."""
        if agent in self._held and not is_forced:
            raise Refused(N_("Choose first how the call ended."))
        self._held.discard(agent)
        row = self._live.state.agents.get(agent)
        if agent not in self.running and row and _rests(row):  # nobody knows why: it ends all the same
            self.running[agent] = Wrapup(row.device, now())
        if wrapup := self.running.get(agent):
            wrapup.until = now()
            self._woken.set()

    def skip(self, agent: str) -> None:
        """None after the call that ends now: Asterisk may have told of its end, or may tell it in a moment."""
        self.finish(agent)
        if agent not in self.running:
            self._skipped[agent] = now() + dt.timedelta(seconds=SKIPPED_S)

    async def run(self) -> None:
        """Endless job."""
        async with asyncio.TaskGroup() as jobs:
            jobs.create_task(self._follow_calls())
            jobs.create_task(self._follow_time())

    async def _follow_calls(self) -> None:
        with self._live.taps.listen("AgentComplete") as events:
            while True:
                raw = await events.get()
                if raw.get("Event") == "AgentComplete":
                    await self._after_call(raw)

    async def _follow_time(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S if self.running else IDLE_S):
                    await self._woken.wait()
            self._woken.clear()
            self._adopt()
            try:
                await self._end_those_over()
            except SQLAlchemyError as error:  # who rests rests on; calls that end meanwhile are not to be missed
                log.warning("wrapup.later", reason=reason_of(error))
                await asyncio.sleep(IDLE_S)

    async def _after_call(self, raw: Mapping[str, str]) -> None:
        agent = raw.get("MemberName", "")
        wrapup_s = (self._wrapup_s or {}).get(raw.get("Queue", ""), 0)
        is_skipped = agent not in self._held and self._skipped.pop(agent, now()) > now()
        if agent and not is_skipped and (wrapup_s or agent in self._held):
            await self._begin(agent, raw["Interface"], wrapup_s)

    async def rest(self, agent: str) -> None:
        """After a call that no queue gave, until `release`; nothing happens where the agent is not held."""
        row = self._live.state.agents.get(agent)
        if row and agent in self._held and agent not in self.running:
            await self._begin(agent, row.device)

    async def _begin(self, agent: str, interface: str, wrapup_s: int = 0) -> None:
        async with self._beginning_or_ending:
            wrapup = Wrapup(interface, now() + dt.timedelta(seconds=wrapup_s))
            self.running[agent] = wrapup
            await self._keep_callers(agent)
            await self._pause(agent, wrapup, WRAPUP)
        self._tell(agent)

    def _adopt(self) -> None:
        """After a new picture: whom another daemon, or we ourselves before Asterisk was lost, left in wrap-up."""
        if self._wrapup_s is None or self._pictures == self._live.pictures:
            return
        self._pictures = self._live.pictures
        for name, agent in self._live.state.agents.items():
            if name in self.running or not _rests(agent):
                continue
            longest_s = max(self._wrapup_s.get(queue, 0) for queue in agent.memberships)
            until = (agent.paused_at or now()) + dt.timedelta(seconds=longest_s)
            self.running[name] = Wrapup(agent.device, max(until, now() + dt.timedelta(seconds=ADOPTED_S)))
            self._tell(name)

    async def _end_those_over(self) -> None:
        over = [agent for agent, each in self.running.items() if each.until <= now() and agent not in self._held]
        if not over:
            return
        async with self.lock:
            pauses = await self._database.read(lambda tx: load_pauses(tx, over))
            for agent in over:
                await self._end(agent, pauses)

    async def _end(self, agent: str, pauses: Mapping[str, str | None]) -> None:
        async with self._beginning_or_ending:
            wrapup = self.running.get(agent)
            if wrapup is None:
                return
            if agent not in pauses or await self._pause(agent, wrapup, pauses[agent]):
                if self.running.get(agent) is wrapup:  # no other call has ended meanwhile
                    del self.running[agent]
                await self._let_callers_go(agent)

    async def _pause(self, agent: str, wrapup: Wrapup, reason: str | None) -> bool:
        """False where it must be tried again."""
        paused: dict[str, Any] = {"Paused": "false" if reason is None else "true", "Reason": reason or ""}
        try:
            await self._ami.action("QueuePause", Interface=wrapup.interface, **paused)
        except (AmiLost, AmiTimeout) as error:
            log.warning("wrapup.later", agent=agent, reason=str(error))
            return False
        except AmiError as error:  # no such member any more
            log.info("wrapup.gone", agent=agent, reason=str(error))
        return True

    async def _keep_callers(self, agent: str) -> None:
        """Before the pause: else who waits would be told that everybody is paused."""
        for queue in self._patient_queues(agent):
            with suppress(AmiError):  # it stands there already
                await self._ami.action("Setvar", Variable=f"DEVICE_STATE({STAND_IN_STATE})", Value="INUSE")
                await self._act(added(stand_in(queue)).fields)

    async def _act(self, fields: Mapping[str, str]) -> None:
        await self._ami.action("QueueAdd", **dict[str, Any](fields))

    async def _let_callers_go(self, agent: str) -> None:
        resting = {queue for other in self.running for queue in self._patient_queues(other)}
        for queue in self._patient_queues(agent) - resting:
            with suppress(AmiError):
                await self._ami.action("QueueRemove", Queue=queue, Interface=stand_in(queue).interface)

    def _patient_queues(self, agent: str) -> set[str]:
        row = self._live.state.agents.get(agent)
        return set(row.memberships) & self.patient if row else set()

    def _tell(self, agent: str) -> None:
        if wrapup := self.running.get(agent):
            self._live.tell(WrapupKnown(agent, wrapup.until, now(), wrapup.extended, agent in self._held))


def _rests(agent: Agent) -> bool:
    return any(each.pause_reason == WRAPUP for each in agent.memberships.values())
