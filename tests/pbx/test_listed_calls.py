"""Phones that dial a number on the do-not-call list where the site refuses that; others are called as before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from baresip import Runtime

from appliance.adapters.web_service import WebService
from appliance.core.journal.cel import CelFold
from appliance.core.journal.facts import CallFacts
from appliance.core.site import Site
from appliance.services.calls.listed import Listed
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.services.lookups import Lookups
from appliance.store.db import Database
from appliance.store.migrate import migrate
from appliance.store.tables.dialing import DoNotCallRow
from appliance.web.agi import Agi
from tests.pbx.centre import Centre, running
from tests.pbx.far_end import FarEnd
from tests.pbx.nodes import TestNode, asterisk_program, make_facts
from tests.pbx.phones import Phone, refusal
from tests.pbx.test_outbound_calls import a_route, a_trunk, keyed
from tests.phone_codes import phone_codes
from tests.waiting import eventually

IN = {"X_Trunk": "far"}
LISTED, FREE, HELP = "987654321", "987654322", "987654300"


def the_site(far: FarEnd) -> Site:
    return Site.model_validate(
        {
            "general": {"main": {"country": "PE", "listed_calls": "refused"}},
            "trunks": keyed(a_trunk(far, "far", match_header="X-Trunk: far")),
            "outbound_routes": keyed(
                {**a_route("line", "9X*", "far"), "patterns": [{"pattern": "9X*", "strip": 1}]},
                a_route("help", HELP, "far", emergency=True),
            ),
            "extensions": keyed({"key": "1001", "name": "Ana", "secret": "secret-1001"}),
            "agents": keyed({"key": "ana", "name": "Ana", "extension": "1001"}),
            "inbound_routes": keyed({"key": "5550100", "name": "x", "destination": f"external:9{LISTED}"}),
        }
    )


@pytest.fixture(scope="module")
async def far() -> AsyncIterator[FarEnd]:
    end = FarEnd("127.0.1.1")
    await end.listen()
    yield end
    end.close()


@pytest.fixture(scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime, far: FarEnd) -> AsyncIterator[Centre]:
    node = TestNode(make_facts(tmp_path_factory.mktemp("office")), asterisk_program())
    async with running(node, the_site(far), runtime) as centre:
        yield centre


@pytest.fixture
async def ana(office: Centre, far: FarEnd) -> AsyncIterator[Phone]:
    far.calls.clear()
    phone = await Phone.create(office.runtime, office.server, "1001", password="secret-1001", frequency=440)
    yield phone
    await phone.put_down()
    await phone.unregister()


@pytest.fixture
async def daemon(office: Centre, far: FarEnd, tmp_path: Path) -> AsyncIterator[None]:
    """The part of it that the dialplan asks."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'listed.db'}")
    await migrate(database)
    async with database.transaction() as tx:
        await replace_site(tx, the_site(far), by="test", summary="test")
        tx.add_all(DoNotCallRow(number=f"+51{each}", source="console", created_at=now()) for each in (LISTED, HELP))
    facts = office.node.facts
    lookups, codes = Lookups(database, WebService(())), phone_codes(database)
    door = asyncio.create_task(Agi(facts.agi_port, facts.agi_secret, lookups, codes, listed=Listed(database)).run())
    yield
    door.cancel()
    with suppress(asyncio.CancelledError):
        await door
    await database.close()


def finished(office: Centre, dialled: str) -> list[CallFacts]:
    text = Path(office.node.facts.log, "cel-custom/cel.csv").read_text(encoding="utf-8")
    calls = CelFold("local").read(text.rpartition("\n")[0].split("\n")).finished
    return [call for call in calls if call.interaction.did == dialled]


@pytest.mark.usefixtures("daemon")
async def test_a_phone_hears_that_it_is_refused_and_nobody_is_called(office: Centre, far: FarEnd, ana: Phone) -> None:
    leg = await ana.dial(f"9{LISTED}")
    assert "403" in await refusal(leg)
    assert leg.ear.loud_s > 0.5
    assert far.calls == []
    await office.tells("1001", "OUTBOUND line|1001|ana", f"LISTED 9{LISTED}")
    await eventually(lambda: finished(office, f"9{LISTED}"))
    [call] = finished(office, f"9{LISTED}")
    assert (call.interaction.outcome, call.interaction.detail, call.by_hand) == ("listed", f"9{LISTED}", None)


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize(("dialled", "called"), [(f"9{FREE}", FREE), (HELP, HELP)])
async def test_others_and_emergencies_are_called(far: FarEnd, ana: Phone, dialled: str, called: str) -> None:
    await (await ana.dial(dialled)).established()
    assert far.numbers == [called]


@pytest.mark.usefixtures("daemon")
async def test_whoever_calls_in_is_sent_on_unasked(office: Centre, far: FarEnd, ana: Phone) -> None:
    leg = await (await office.caller("7300001")).dial("5550100", **IN)
    await leg.established()
    assert far.numbers == [LISTED]
    await leg.hang_up()


@pytest.mark.usefixtures("daemon")
async def test_a_call_that_has_its_identifier_is_no_call_by_hand(office: Centre, far: FarEnd, ana: Phone) -> None:
    """As those of dialers and callbacks have."""
    await office.ami.action(
        "Originate",
        Channel=f"Local/9{LISTED}@phones/n",
        Application="Wait",
        Data="30",
        CallerID="7300002",
        Variable=["__GUID=6f1c9f3e-0000-4000-8000-000000000001", "__OUT_USER=1001"],
        Async="true",
    )
    await eventually(lambda: far.numbers == [LISTED])


async def test_where_the_daemon_is_away_the_call_goes_out(far: FarEnd, ana: Phone) -> None:
    await (await ana.dial(f"9{LISTED}")).established()
    assert far.numbers == [LISTED]


async def test_a_daemon_that_never_answers_holds_nobody_up_for_long(office: Centre, far: FarEnd, ana: Phone) -> None:
    asked = list[asyncio.StreamWriter]()
    port = office.node.facts.agi_port
    server = await asyncio.start_server(lambda _reader, writer: asked.append(writer), "127.0.0.1", port)
    try:
        await (await ana.dial(f"9{LISTED}")).established()
        assert far.numbers == [LISTED]
        assert asked
    finally:
        for each in asked:
            each.close()
            with suppress(OSError):
                await each.wait_closed()
        server.close()
