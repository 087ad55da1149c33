"""A floor of agents calls real telephones over two trunks: campaigns, owners, promises, and callers who come first."""

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from baresip import Runtime
from sqlalchemy import update

from appliance.core.access import SCOPES
from appliance.services.clock import now
from appliance.services.tokens import NewToken, create_token
from appliance.store.tables.dialing import ListContactRow
from appliance.store.tables.work import ReminderRow
from tests.app.console import a_user
from tests.house import a_house, furnish, house_settings
from tests.pbx.calling import Calling, trunks_answer
from tests.pbx.dialer_site import add_contacts, behind, dialer_site, number_of, set_state
from tests.pbx.floor import Floor
from tests.pbx.ledger import HELLO, MACHINE, Ledger, most_at_once, most_in_a_second, read_told
from tests.pbx.phones import Phone
from tests.pbx.pstn import RINGS, Behaviour, Line, Pstn
from tests.waiting import eventually

ONLY_BY_SPARE, KEPT_MACHINE, OWNED, PROMISED_OWN, PROMISED, WAITS = range(6)
CROWD = range(1000, 1060)
VOICE_OF_AGENT = 440
TALK = Behaviour(talk_s=5.4)
DIALERS = {
    "calls": {"mode": "progressive"},
    "takes": {"mode": "progressive", "machines": "agent"},
    "crowd": {"mode": "power", "ratio_pct": 300, "abandoned_limit_tenths": 1000, "machines": "hang_up", "ring_s": 10},
}
TEAM = [str(1002 + n) for n in range(5)]  # they come for the crowd, and for what is theirs
MAIN, SPARE = {"max_channels": 7, "calls_per_s": 5}, {"max_channels": 4, "calls_per_s": 3}


def of_spare(dialled: str) -> Behaviour:
    """Always the same for a number."""
    n = behind(dialled)
    if n not in CROWD:
        return Behaviour(voice=MACHINE, talk_s=6) if n == KEPT_MACHINE else TALK
    chance = random.Random(n)
    kind = chance.random()
    if kind < 0.24:
        return Behaviour(ring_s=chance.uniform(0.2, 1), talk_s=0.4 if kind < 0.02 else 5.3, voice=HELLO)
    if kind < 0.28:
        return Behaviour(voice=MACHINE)
    if kind < 0.32:
        return Behaviour(RINGS)
    return Behaviour(chance.choice([486, 404, 484, 603, 480]), ring_s=chance.uniform(0.05, 1.2))


def of_main(dialled: str) -> Behaviour:
    return Behaviour(503) if behind(dialled) == ONLY_BY_SPARE else of_spare(dialled)


@dataclass
class Centre(Calling):
    floor: Floor
    pstn: Pstn
    spare: Pstn
    phone: Phone
    token: str
    jobs: list["asyncio.Task[None]"] = field(default_factory=list)

    def heard(self, *numbers: int) -> list[Line]:
        """By both networks."""
        lines = [*self.pstn.lines.values(), *self.spare.lines.values()]
        return [line for line in lines if behind(line.number) in numbers]

    async def answer(self, phone: Phone) -> None:
        """It answers by itself."""
        while True:
            await (await phone.ringing.get()).answer()

    @asynccontextmanager
    async def team(self, *extensions: str) -> AsyncIterator[None]:
        """These agents too work here for a while."""
        for each in extensions:
            if each not in self.floor.phones:
                self.jobs.append(asyncio.create_task(self.answer(await self.floor.phone(each))))
            await self.floor.log_in(f"a{each}")
        yield
        for each in extensions:
            await self.floor.log_out(f"a{each}")


@pytest.fixture(scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Centre]:
    pstn = Pstn("127.0.3.11", of_main)
    spare = Pstn("127.0.3.12", of_spare)
    for network in (pstn, spare):
        await network.listen()
    settings = house_settings(tmp_path_factory.mktemp("campaign"))
    more = {
        "trunks": {"spare": {"host": spare.host, "port": spare.port, "codecs": ["ulaw"], **SPARE}},
        "outbound_routes": {"world": {"trunks": [{"trunk": "main"}, {"trunk": "spare"}]}},
        "inbound_routes": {"5550200": {"destination": "queue:calls"}},
    }
    await furnish(settings, dialer_site(pstn, DIALERS, agents=["1001", *TEAM], trunk=MAIN, more=more))
    async with a_house(settings) as house:
        house.appliance.outbound.dialers.tick_s = 0.1
        floor = Floor(house, runtime)
        async with house.appliance.database.transaction() as tx:
            tx.add(a_user("boss", "supervisor"))
            token = await create_token(tx, NewToken("test", "supervisor", SCOPES), by="test")
        centre = Centre(house, floor, pstn, spare, await floor.phone("1001"), token)
        centre.jobs.append(asyncio.create_task(centre.answer(centre.phone)))
        await floor.log_in("a1001")
        await eventually(lambda: trunks_answer(house, "main", "spare"))
        yield centre
        for job in centre.jobs:
            job.cancel()
        await asyncio.wait(centre.jobs)
        await floor.close()
    pstn.close()
    spare.close()


async def test_what_a_trunk_cannot_the_next_one_does_and_an_agent_hears_machines_if_wished(centre: Centre) -> None:
    rows = await centre.run("takes", ONLY_BY_SPARE, KEPT_MACHINE)
    assert [(row.outcome, row.agent) for row in rows.values()] == [("answered", "a1001")] * 2
    assert rows[KEPT_MACHINE].amd == "machine"
    assert [line.how.answer for line in centre.heard(ONLY_BY_SPARE)] == [503, 200]


async def test_who_belongs_to_an_agent_reaches_that_agent_or_nobody(centre: Centre) -> None:
    """The first agent is free all the time; the contact and one of the promises are the second one's."""
    soon = now() + dt.timedelta(seconds=1)
    async with centre.house.appliance.database.transaction() as tx:
        await add_contacts(tx, "calls", [OWNED])
        fresh = ListContactRow.list == "calls", ListContactRow.state == "fresh"
        await tx.execute(update(ListContactRow).where(*fresh).values(owner="a1002"))
        for number, agent in ((PROMISED_OWN, "a1002"), (PROMISED, "")):
            what = {"campaign": "calls", "number": number_of(number), "due_at": soon, "created_at": now()}
            tx.add(ReminderRow(agent=agent, **what))
        await set_state(tx, "calls", "running")
    anyone = (await eventually(lambda: centre.ended("calls", PROMISED), 20))[PROMISED]
    assert (anyone.kind, anyone.agent, anyone.outcome) == ("promised", "a1001", "answered")
    assert 0 <= (anyone.begun_at - soon).total_seconds() < 1
    assert centre.heard(OWNED, PROMISED_OWN) == []
    async with centre.team("1002"):
        rows = await eventually(lambda: centre.ended("calls", PROMISED_OWN, OWNED), 30)
        async with centre.house.appliance.database.transaction() as tx:
            await set_state(tx, "calls", "paused")
    told = {number: (row.kind, row.agent, row.outcome) for number, row in rows.items()}
    assert told == {PROMISED_OWN: ("promised", "a1002", "answered"), OWNED: ("owned", "a1002", "answered")}


async def test_who_calls_in_comes_before_whom_a_dialer_would_call(centre: Centre) -> None:
    """The agent is free for a moment between two callers, and nobody is called for that moment."""
    first = await centre.floor.call("5550200", "5551")
    await first.hears(VOICE_OF_AGENT)
    second = await centre.floor.call("5550200", "5552")
    live = centre.house.appliance.live
    await eventually(lambda: live.state.queues["calls"].waiting)
    async with centre.house.appliance.database.transaction() as tx:
        await add_contacts(tx, "calls", [WAITS])
        await set_state(tx, "calls", "running")
    await eventually(lambda: centre.house.appliance.outbound.dialers.status("calls").is_running)
    await centre.phone.legs[-1].hang_up()
    await second.hears(VOICE_OF_AGENT)
    assert centre.heard(WAITS) == []
    await second.hang_up()
    rows = await eventually(lambda: centre.ended("calls", WAITS), 20)
    async with centre.house.appliance.database.transaction() as tx:
        await set_state(tx, "calls", "paused")
    assert rows[WAITS].outcome == "answered"


async def test_a_campaign_is_told_as_the_networks_saw_it(centre: Centre) -> None:
    """Persons, machines, bad numbers and the rest, over two trunks, each with its own limits."""
    async with centre.team(*TEAM):
        rows = await centre.run("crowd", *CROWD)
    ledger = Ledger(centre.heard(*CROWD), rows.values())
    told = await read_told(centre.house.url, centre.token, "crowd")
    assert ledger.wrong + ledger.of_results(told.file) + ledger.of_figures(told) == []
    assert ledger.taken_for_machines == []
    for network, limits in ((centre.pstn, MAIN), (centre.spare, SPARE)):
        lines = [line for line in network.lines.values() if behind(line.number) in CROWD]
        assert 1 < most_at_once(lines) <= limits["max_channels"]
        assert 1 < most_in_a_second(lines) <= limits["calls_per_s"]
    waits = [row.wait_s for row in rows.values() if row.connected_at]
    assert 0.7 < min(waits) <= max(waits) < 2.5  # from the greeting; a silence after it tells a person from a machine
