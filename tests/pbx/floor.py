"""A floor of agents: a whole appliance in this process, phones, and what its live picture and journal say of them."""

from dataclasses import dataclass, field
from pathlib import Path

from baresip import Runtime

from appliance.core.live.state import Agent
from appliance.services.agents.pauses import pause
from appliance.services.agents.sessions import Place, log_in, log_out
from appliance.services.agents.trail import Act
from appliance.store.sessions import load_session
from tests.house import House
from tests.pbx.phones import Leg, Phone, signed_in
from tests.waiting import eventually

TRUNK = {"X_Trunk": "main"}
OWN = Act("test", is_own=True)


@dataclass
class Floor:
    house: House
    runtime: Runtime
    phones: dict[str, Phone] = field(default_factory=dict)
    _callers: list[Phone] = field(default_factory=list)  # a phone that nobody holds hears of nothing any more

    async def phone(self, extension: str) -> Phone:
        if extension not in self.phones:
            voices = {extension: 400 + int(extension[-1]) * 40}
            self.phones |= await signed_in(self.house.appliance.node.ami, self.runtime, self.house.sip, voices)
        return self.phones[extension]

    async def log_in(self, agent: str, device: str = "") -> None:
        async with self.house.appliance.database.transaction() as tx:
            await log_in(tx, agent, Place("local", "api", device), OWN)
        self.house.appliance.agents.membership.poke()
        await self.is_("ready", agent)

    async def log_out(self, agent: str) -> None:
        async with self.house.appliance.database.transaction() as tx:
            await log_out(tx, agent, OWN)
        self.house.appliance.agents.membership.poke()
        await self.is_gone(agent)

    async def pause(self, agent: str, reason: str) -> None:
        async with self.house.appliance.database.transaction() as tx:
            await pause(tx, agent, reason, OWN)
        self.house.appliance.agents.membership.poke()

    async def is_(self, state: str, agent: str = "ana", timeout_s: float = 10) -> Agent:
        """Once the live picture shows this agent so."""

        def seen() -> Agent | None:
            found = self.house.appliance.live.state.agents.get(agent)
            return found if found and found.state == state else None

        try:
            found: Agent = await eventually(seen, timeout_s)
        except AssertionError:
            shown = self.house.appliance.live.state.agents.get(agent)
            raise AssertionError(f"{agent} is not {state}: {shown}") from None
        return found

    async def is_gone(self, agent: str) -> None:
        """Once no queue knows this agent."""
        await eventually(lambda: agent not in self.house.appliance.live.state.agents)

    async def session(self, agent: str) -> str:
        """The device at which the agent is logged in; empty where not."""
        async with self.house.appliance.database.reading() as tx:
            found = await load_session(tx, agent)
        return found.device if found else ""

    async def call(self, number: str, caller: str) -> Leg:
        self._callers.append(await Phone.create(self.runtime, self.house.sip, caller, frequency=1000))
        return await self._callers[-1].dial(number, **TRUNK)

    async def talk(self, number: str, caller: str, extension: str = "1001") -> tuple[Leg, Leg]:
        """A caller who has reached the agent at this phone: both ends."""
        leg = await self.call(number, caller)
        answered = await (await self.phone(extension)).rings(timeout_s=15)
        await answered.answer()
        return leg, answered

    def journal(self, agent: str) -> list[str]:
        """What queue_log says of the agent: `EVENT data`, of all queues."""
        text = Path(self.house.appliance.node.facts.log, "queue_log").read_text(encoding="utf-8")
        lines = [line.split("|") for line in text.splitlines()]
        return [f"{line[4]} {line[2]} {line[5] if len(line) > 5 else ''}" for line in lines if line[3] == agent]

    async def tidy(self) -> None:
        for phone in self.phones.values():
            await phone.put_down()

    async def close(self) -> None:
        await self.tidy()
        for phone in self.phones.values():
            await phone.unregister()
