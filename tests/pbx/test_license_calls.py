"""A licence in real calls: who has no seat, a full house, and the end of the licence in the middle of a call."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from baresip import Runtime
from sqlalchemy import update

from appliance.core.license.document import sign
from appliance.core.site import Site
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.services.licenses.current import NoSeat, load_licensing
from appliance.services.licenses.seats import free_seat
from appliance.store.interactions import InteractionFilter, list_interactions
from appliance.store.licenses import load_channels
from appliance.store.tables.licenses import LicenseFileRow
from appliance.store.tables.sessions import AgentSessionRow
from tests.house import House, a_house, furnish, house_settings
from tests.licenses import DAY, PRIVATE, a_license, install_license
from tests.pbx.far_end import FarEnd
from tests.pbx.phones import Leg, Phone, refusal, signed_in
from tests.waiting import eventually

CALLER, ANA, LUIS = 1000, 440, 500
OUTSIDE, HELP = "0044207946", "105"
TRUNK = {"X_Trunk": "main"}
TWO = {"model": "named", "seats": ("seat-1", "seat-2"), "exemptions": ("sale",), "channels_per_agent": 1}


def site(far: FarEnd) -> Site:
    trunk = {"host": far.host, "port": far.port, "codecs": ["ulaw"], "match_header": "X-Trunk: main"}

    def keyed(**found: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return {key.strip("_"): {"key": key.strip("_"), "name": key.title(), **each} for key, each in found.items()}

    route = {"trunks": [{"trunk": "main"}]}
    return Site.model_validate(
        {
            "general": {"main": {"country": "PE"}},
            "trunks": keyed(main=trunk),
            "outbound_routes": keyed(
                world={**route, "patterns": [{"pattern": "00*"}]},
                help={**route, "patterns": [{"pattern": HELP}], "emergency": True},
            ),
            "extensions": keyed(**{f"_{number}": {"secret": f"secret-{number}"} for number in (1001, 1002, 1003)}),
            "agents": keyed(ana={"extension": "1001"}, luis={"extension": "1002"}, rosa={"extension": "1003"}),
            "queues": keyed(sales={"members": [{"agent": "ana"}, {"agent": "luis"}], "max_wait_s": 120}),
            "inbound_routes": keyed(_5550100={"destination": "queue:sales"}),
        }
    )


@dataclass
class Floor:
    house: House
    far: FarEnd
    ana: Phone
    luis: Phone
    runtime: Runtime

    async def calls_in(self, number: str) -> Leg:
        self.caller = await Phone.create(self.runtime, self.house.sip, number, frequency=CALLER)
        return await self.caller.dial("5550100", **TRUNK)

    async def members(self) -> list[str]:
        events = await self.house.appliance.node.ami.list("QueueStatus")
        return sorted(event["Name"] for event in events if event.get("Event") == "QueueMember")

    async def note(self, family: str, key: str) -> str:
        said = await self.house.appliance.node.asterisk.cli(f"database get {family} {key}")
        return said.partition("Value: ")[2].strip()

    async def put(self, **fields: Any) -> None:
        """Another file in the place of the first: time has passed, or somebody sold something else."""
        dates = {"issued_at": now() - 400 * DAY, "not_before": now() - 400 * DAY, "expires_at": now() + 100 * DAY}
        text = sign(a_license(**TWO | dates | fields), PRIVATE)
        async with self.house.appliance.database.transaction() as tx:
            await tx.execute(update(LicenseFileRow).values(text=text))
        await self.house.appliance.agents.licenses.look()


@pytest.fixture(scope="module")
async def floor(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Floor]:
    """Ana has a seat and is logged in; luis had one, and his session is in the database as if nobody had asked."""
    far = FarEnd("127.0.2.1")
    await far.listen()
    settings = house_settings(tmp_path_factory.mktemp("licensed"))
    await furnish(settings, Site())
    async with a_house(settings) as house:
        async with house.appliance.database.transaction() as tx:
            await replace_site(tx, site(far), by="test", summary="test")
            await install_license(tx, "L-2", replaces=("L-1",), issued_at=now(), **TWO)
            await free_seat(tx, "seat-2", by="test")
            await log_in(tx, "ana", Place("local"), Act("test"))
            tx.add(AgentSessionRow(agent="luis", node="local", extension="1002", logged_in_at=now()))
        house.appliance.configuration.applier.poke()
        await house.settled()
        phones = await signed_in(house.appliance.node.ami, runtime, house.sip, {"1001": ANA, "1002": LUIS})
        floor = Floor(house, far, phones["1001"], phones["1002"], runtime)
        await eventually(lambda: has(floor, ["ana"]))
        yield floor
        for phone in phones.values():
            await phone.unregister()
    far.close()


async def has(floor: Floor, members: list[str]) -> bool:
    return await floor.members() == members


@pytest.fixture(autouse=True)
async def _put_down(floor: Floor) -> AsyncIterator[None]:
    floor.far.calls.clear()
    yield
    for phone in (floor.ana, floor.luis):
        await phone.put_down()


async def test_without_a_seat_an_agent_is_in_no_queue_and_reaches_the_house_and_help_only(floor: Floor) -> None:
    assert await floor.members() == ["ana"]
    async with floor.house.appliance.database.transaction() as tx:
        with pytest.raises(NoSeat, match="Rosa has no seat"):
            await log_in(tx, "rosa", Place("local"), Act("rosa", is_own=True))
    await eventually(lambda: noted(floor, "no-seat", "1002", "1"))
    refused = await floor.luis.dial(OUTSIDE)
    assert "403" in await refusal(refused)
    assert refused.ear.loud_s > 1  # is told so
    within = await floor.luis.dial("1001")
    await (await floor.ana.rings()).answer()
    await within.hears(ANA)
    await within.hang_up()
    await (await floor.luis.dial(HELP)).established()
    assert floor.far.numbers == [HELP]
    await eventually(lambda: told(floor, "1002", "unlicensed"))  # and so it stands in the history


async def told(floor: Floor, caller: str, outcome: str) -> bool:
    async with floor.house.appliance.database.reading() as tx:
        found = (await list_interactions(tx, InteractionFilter())).interactions
    return (caller, outcome) in {(each.caller, each.outcome) for each in found}


async def noted(floor: Floor, family: str, key: str, value: str) -> bool:
    return await floor.note(family, key) == value


async def test_calls_to_the_outside_stay_under_the_license_and_nobody_who_calls_is_refused(floor: Floor) -> None:
    first, second = await floor.ana.dial(OUTSIDE), await floor.ana.dial(OUTSIDE)
    await first.established()
    await second.established()
    assert "503" in await refusal(await floor.ana.dial(OUTSIDE))
    customer = await floor.calls_in("7300001")
    await customer.established()  # is in the queue, the third line of two
    async with floor.house.appliance.database.reading() as tx:
        await eventually(lambda: counted(floor, 3))
        assert (await load_licensing(tx)).channels == 2
    await customer.hang_up()


async def counted(floor: Floor, lines: int) -> bool:
    async with floor.house.appliance.database.reading() as tx:
        return (await load_channels(tx, now())).used == lines


async def test_the_end_of_the_license_in_the_middle_of_a_call(floor: Floor) -> None:
    customer = await floor.calls_in("7300002")
    agent = await floor.ana.rings()
    await agent.answer()
    await customer.hears(ANA)
    await floor.put(expires_at=now() - 40 * DAY)
    async with floor.house.appliance.database.reading() as tx:
        assert (await load_licensing(tx)).phase == "over"
    before = customer.ear.seconds_of(ANA)
    await eventually(lambda: customer.ear.seconds_of(ANA) > before + 1)
    assert "403" in await refusal(await floor.ana.dial(OUTSIDE))
    await customer.hang_up()
    await agent.over()
    following = await floor.calls_in("7300003")  # who is logged in gets calls as ever
    await (await floor.ana.rings(timeout_s=15)).answer()
    await following.hears(ANA)
    await following.hang_up()
    await (await floor.ana.dial(HELP)).established()
    async with floor.house.appliance.database.transaction() as tx:
        with pytest.raises(NoSeat, match="its grace is over"):
            await log_in(tx, "rosa", Place("local"), Act("rosa", is_own=True))


async def test_a_new_license_opens_everything_without_a_restart(floor: Floor) -> None:
    """And the journals, which the clock is compared with, know the time of the calls above."""
    await floor.put()
    async with floor.house.appliance.database.reading() as tx:
        assert (await load_licensing(tx)).phase == "valid"
    assert await floor.note("license", "outbound") == "open"
    assert floor.house.appliance.agents.licenses.newest_in_journals() > now() - dt.timedelta(minutes=5)
