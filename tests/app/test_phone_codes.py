"""Log-in by the keys of any phone: number and PIN, a limit on guesses, and what the phone then says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from appliance.adapters.web_service import WebService
from appliance.core.entities.people import Agent
from appliance.core.guesses import MOST_WRONG
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.calls.listed import Listed
from appliance.services.entities import replace_site
from appliance.services.lookups import Lookups
from appliance.store.db import Database
from appliance.store.sessions import load_session
from appliance.web.agi import Agi
from tests.app.test_agi import SECRET, connects, talk
from tests.phone_codes import phone_codes
from tests.ports import free_port
from tests.sites import a_site
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def port(database: Database) -> AsyncIterator[int]:
    """Ana's number is her extension, Luis has one of his own and no PIN."""
    site = a_site()
    pins = {"ana": {"pin": "4711"}, "luis": {"number": "77"}}
    for key, values in pins.items():
        site = site.replaced("agents", key, Agent.model_validate(site.agents[key].model_dump() | values))
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")
    port = free_port()
    agi = Agi(port, SECRET, Lookups(database, WebService({1})), phone_codes(database), listed=Listed(database))
    door = asyncio.create_task(agi.run())
    await eventually(lambda: connects(port))
    yield port
    door.cancel()
    with suppress(asyncio.CancelledError):
        await door


async def ask(port: int, code: str, *typed: str, phone: str = "PJSIP/1001-0000002a") -> str:
    """What the phone is told to say; empty where the daemon says nothing."""
    headers = ("agi_request: agi://x", f"agi_network_script: {SECRET}/agent/{code}", f"agi_channel: {phone}")
    said = await talk(port, *headers, replies=tuple(f"200 result=1 ({each})" for each in typed))
    last = said[-1] if said else ""
    return last.removeprefix('SET VARIABLE AGENT_ANSWER "').rstrip('"')


async def place(database: Database, agent: str = "ana") -> tuple[str, str, str] | None:
    async with database.reading() as tx:
        found = await load_session(tx, agent)
    return (found.device, found.extension, found.way) if found else None


async def test_a_shift_at_a_phone_that_is_not_the_own(port: int, database: Database) -> None:
    assert await ask(port, "log-in", "1001", "4711", phone="PJSIP/1002-web-0000002a") == "in"
    assert await place(database) == ("1002-web", "1002", "phone")
    assert await ask(port, "pause", phone="PJSIP/1002-web-0000002b") == "paused"
    assert await ask(port, "pause", phone="PJSIP/1002-web-0000002c") == "ready"
    assert await ask(port, "pause") == "nobody"  # the own phone, where nobody sits
    assert await ask(port, "log-in", "1001", "4711") == "in"  # and now she moves
    assert await place(database) == ("1001", "1001", "phone")
    assert await ask(port, "log-out", phone="PJSIP/1002-web-0000002d") == "nobody"
    assert await ask(port, "log-out") == "out"
    assert await place(database) is None


@pytest.mark.parametrize(
    ("number", "pin"), [("1001", "4712"), ("1001", ""), ("77", ""), ("77", "4711"), ("1002", ""), ("9", "9"), ("", "")]
)
async def test_nobody_gets_in_with_the_wrong_pin_or_none(port: int, database: Database, number: str, pin: str) -> None:
    assert await ask(port, "log-in", number, pin) == "wrong"
    assert await place(database) is None


async def test_a_phone_that_somebody_sits_at_is_taken(port: int, database: Database) -> None:
    async with database.transaction() as tx:
        await log_in(tx, "luis", Place("local", "web", "1001"), Act("luis", is_own=True))
    assert await ask(port, "log-in", "1001", "4711") == "taken"


async def test_five_wrong_tries_lock_the_number_everywhere_and_the_phone_for_everybody(port: int) -> None:
    for _ in range(MOST_WRONG):
        assert await ask(port, "log-in", "1001", "0000") == "wrong"
    assert await ask(port, "log-in", "1001", "4711") == "locked"
    assert await ask(port, "log-in", "1001", "4711", phone="PJSIP/1003-0000002a") == "locked"
    assert await ask(port, "log-in", "77", "1") == "locked"
    assert await ask(port, "log-in", "77", "1", phone="PJSIP/1003-0000002a") == "wrong"


async def test_an_own_pin_makes_no_room_for_more_guesses(port: int) -> None:
    for number in ("77", "1002", "1003", "1004", "1005"):
        assert await ask(port, "log-in", number, "0000", phone="PJSIP/1002-0000002a") == "wrong"
        if number != "1005":
            assert await ask(port, "log-in", "1001", "4711", phone="PJSIP/1002-0000002a") == "in"
    assert await ask(port, "log-in", "1001", "4711", phone="PJSIP/1002-0000002a") == "locked"
    assert await ask(port, "log-in", "1001", "4711") == "in"


@pytest.mark.parametrize("phone", ["SIP/1001-0000002a", "Local/1001@phones-00000001;1", "", "PJSIP/"])
async def test_only_phones_of_this_house_are_answered(port: int, phone: str) -> None:
    assert await ask(port, "log-out", phone=phone) == ""
    assert await ask(port, "nonsense") == ""
