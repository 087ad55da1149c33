"""A scripted day on a real Asterisk with a real daemon; agents' phones and callers are Local channels.

Everything happens at set times: log-ins, calls that are answered, missed or given up, wrap-ups that are finished or
made longer, pauses, moves between queues, log-outs. What is left to check is that every second is accounted for.
"""

import asyncio
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.adapters.config_files import read_templates
from appliance.core.journal.facts import AgentInterval
from appliance.core.site import Site
from appliance.services.agents.moves import NewMove, move
from appliance.services.agents.pauses import pause, unpause
from appliance.services.agents.sessions import log_out
from appliance.services.agents.trail import Act
from appliance.services.clock import now
from appliance.services.errors import Refused
from appliance.store.interactions import InteractionFilter, Page, list_interactions, load_interaction
from appliance.store.tables.calls import AgentIntervalRow, OpenAgentRow
from appliance.store.tables.sessions import AgentSessionRow
from tests.house import House, a_house, furnish, house_settings
from tests.waiting import eventually

WILLING = ("ana", "ben", "cai", "dee")
LAZY = "zoe"  # lets every call ring
DIALPLAN = """
[day-phone]
exten => _[abcd].,1,Wait(0.3)
 same => n,Answer()
 same => n,Wait(60)
exten => zoe,1,Ringing()
 same => n,Wait(60)
[day-caller]
exten => _XX,1,Answer()
 same => n,Wait(${EXTEN:0:1}.${EXTEN:1})
 same => n,Hangup(16)
"""
SALES, CARE = "5550601", "5550602"
STAYS = ("35", "50", "22", "61", "09", "44")  # tenths of seconds that callers stay, in turn


def day_site() -> Site:
    people = dict(zip((*WILLING, LAZY), ("2001", "2002", "2003", "2004", "2005"), strict=True))
    quiet = {"recording": False, "announce_position": False, "ring_s": 3, "retry_s": 1, "strategy": "rrmemory"}
    members = {"sales": (*WILLING, LAZY), "care": ("cai", "dee")}
    return Site.model_validate(
        {
            "extensions": {key: {"key": key, "name": who, "secret": f"secret-{key}"} for who, key in people.items()},
            "agents": {who: {"key": who, "name": who, "extension": key} for who, key in people.items()},
            "queues": {
                key: {
                    "key": key, "name": key, "wrapup_s": 2, "missed_limit": 1, **quiet,
                    "members": [{"agent": who} for who in agents],
                }
                for key, agents in members.items()
            },
            "inbound_routes": {
                number: {"key": number, "name": key, "destination": f"queue:{key}"}
                for number, key in ((SALES, "sales"), (CARE, "care"))
            },
        }
    )  # fmt: skip


@dataclass
class Day:
    """What the database says after it."""

    calls: int
    sessions: list[AgentSessionRow]
    intervals: list[AgentInterval]
    uncovered_s: dict[str, float]  # of each call, the time that is in no segment

    def spent_s(self) -> dict[str, dict[str, float]]:
        """By agent and state."""
        spent: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for each in self.intervals:
            spent[each.agent][each.state] += (each.ended_at - each.began_at).total_seconds()
        return {agent: dict(states) for agent, states in spent.items()}


async def a_day(folder: Path, *, hours: int, hour_s: float = 4.0) -> Day:
    """Each hour begins with six calls."""
    settings = house_settings(folder)
    await furnish(settings, day_site())
    templates = dict(read_templates())
    templates["dialplan_templates/features.conf.j2"] += DIALPLAN
    async with a_house(settings, templates=templates) as house:
        script = Script(house)
        await script.come()
        for hour in range(hours):
            await script.work(hour)
            if hour == 0:  # nobody has called yet, so that he rests at once
                await eventually(lambda: house.appliance.live.state.agents["ben"].state == "paused")
            await script.ring()
            await asyncio.sleep(hour_s)
        await script.go()
        return await script.told()


class Script:
    def __init__(self, house: House) -> None:
        self._house = house
        self._calls = 0

    async def come(self) -> None:
        async with self._house.appliance.database.transaction() as tx:
            for number, agent in enumerate((*WILLING, LAZY), 2001):
                device = f"Local/{agent}@day-phone/n"
                row = AgentSessionRow(
                    agent=agent, node="local", extension=str(number), device=device, way="api", logged_in_at=now()
                )
                tx.add(row)
        self._house.appliance.agents.membership.poke()
        await eventually(lambda: len(self._house.appliance.live.state.agents) == len(WILLING) + 1)

    async def ring(self) -> None:
        for number in (SALES, SALES, CARE, SALES, SALES, CARE):
            stay = STAYS[self._calls % len(STAYS)]
            self._calls += 1
            await self._house.appliance.node.ami.action(
                "Originate",
                Channel=f"Local/{stay}@day-caller/n",
                Context="inbound",
                Exten=number,
                Priority="1",
                CallerID=str(7600000 + self._calls),
                Async="true",
            )

    async def work(self, hour: int) -> None:
        """Every hour something else; after five hours from the beginning."""
        wrapups = self._house.appliance.agents.wrapups
        act = Act("eva")
        match hour % 5:
            case 0:
                await self._do(lambda tx: pause(tx, "ben", "lunch", act))
                await self._do(lambda tx: move(tx, "ana", NewMove("care", True, 60), by="eva"))
            case 1:
                for agent in WILLING:
                    wrapups.finish(agent)
            case 2:
                await self._do(lambda tx: unpause(tx, "ben", act))
                await self._do(lambda tx: move(tx, "ana", NewMove("sales", False, 60), by="eva"))
                await self._do(lambda tx: move(tx, "dee", NewMove("care", False, 60), by="eva"))
            case 3:
                for agent in list(wrapups.running):
                    self._longer(agent)
                await self._do(lambda tx: move(tx, "ana", NewMove("care", False, 60), by="eva"))  # serves nobody now
            case _:
                await self._do(lambda tx: move(tx, "ana", NewMove("sales", True, 60), by="eva"))

    def _longer(self, agent: str) -> None:
        try:
            self._house.appliance.agents.wrapups.longer(agent)
        except Refused:
            return
        self._house.appliance.agents.wrapups.running[agent].until = now() + dt.timedelta(seconds=3)

    async def go(self) -> None:
        """Once the last call is over."""
        await eventually(lambda: not self._house.appliance.live.state.calls, 30)
        for agent in (*WILLING, LAZY):
            await self._do(lambda tx, agent=agent: log_out(tx, agent, Act(agent, is_own=True)))
        await eventually(lambda: not self._house.appliance.live.state.agents)

    async def _do(self, change: object) -> None:
        async with self._house.appliance.database.transaction() as tx:
            await change(tx)  # type: ignore[operator]
        self._house.appliance.agents.membership.poke()

    async def told(self) -> Day:
        database = self._house.appliance.database

        async def is_read() -> bool:
            async with database.reading() as tx:
                states = (await tx.execute(select(OpenAgentRow.state))).scalars()
                calls = (await list_interactions(tx, InteractionFilter(), Page(size=1000))).interactions
            return len(calls) == self._calls and not any(state["state"] for state in states)

        await eventually(is_read, 20)
        async with database.reading() as tx:
            sessions = list((await tx.execute(select(AgentSessionRow))).scalars())
            rows = (await tx.execute(select(AgentIntervalRow).order_by(AgentIntervalRow.began_at))).scalars()
            intervals = [AgentInterval(*(getattr(row, name) for name in AgentInterval._fields)) for row in rows]
            return Day(self._calls, sessions, intervals, await _uncovered_s(tx))


async def _uncovered_s(tx: AsyncSession) -> dict[str, float]:
    found = {}
    for call in (await list_interactions(tx, InteractionFilter(), Page(size=1000))).interactions:
        story = await load_interaction(tx, call.guid)
        assert story is not None
        # A phone rings while the caller waits: that time is the wait's.
        parts = [part for part in story.segments if part.kind != "ringing"]
        covered_s = sum((part.ended_at - part.began_at).total_seconds() for part in parts)
        found[call.guid] = (call.ended_at - call.entered_at).total_seconds() - covered_s
    return found
