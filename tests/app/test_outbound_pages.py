"""Trunks and outbound routes beyond their forms: states, test calls, dry run, in console, API and command line."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import delete

from appliance.adapters.ami import Ami
from appliance.core.call_result import ENDED, NOT_ANSWERED, UNREACHABLE, CallResult, follow
from appliance.core.site import Site
from appliance.core.trunk_state import overall, trunk_state
from appliance.services.taps import Taps
from appliance.services.trunks import Trunks
from appliance.store.db import Database
from appliance.store.tables.licenses import LicenseFileRow
from appliance.web.keys import TRUNKS
from tests.ami_server import AmiServer, listing, success
from tests.app.api import Api, an_api
from tests.app.console import Browser, Console, a_console
from tests.waiting import eventually

SITE = {
    "trunks": {
        "main": {"key": "main", "name": "Main", "host": "192.0.2.1", "registration": True, "username": "me",
                 "secret": "hidden-word", "caller_id": "5550000"},
        "deaf": {"key": "deaf", "name": "Deaf", "match_header": "X-Trunk: deaf"},
    },
    "extensions": {"1001": {"key": "1001", "name": "Ana", "secret": "secret-1001", "caller_id": "5550101"}},
    "outbound_routes": {
        "boss": {"key": "boss", "name": "Boss <b>", "patterns": [{"pattern": "9*"}], "trunks": [{"trunk": "main"}],
                 "users": [{"extension": "1001"}]},
        "all": {"key": "all", "name": "All", "patterns": [{"pattern": "00*", "strip": 2, "prepend": "+"}],
                "trunks": [{"trunk": "main"}]},
    },
}  # fmt: skip
REGISTERED = {"Event": "OutboundRegistrationDetail", "ObjectName": "trunk-main", "Status": "Registered"}
REACHED = {"Event": "ContactStatusDetail", "AOR": "trunk-main", "Status": "Reachable", "RoundtripUsec": "22400"}


def a_site() -> Site:
    return Site.model_validate(SITE)


@pytest.fixture
async def asterisk() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        server.answer("PJSIPShowRegistrationsOutbound", listing("OutboundRegistrationDetail", [REGISTERED]))
        server.answer("PJSIPShowEndpoint", listing("EndpointDetail", [REACHED]))
        server.answer("Originate", success("Originate successfully queued"))
        yield server


@asynccontextmanager
async def a_running_console(database: Database, folder: Path, asterisk: AmiServer) -> AsyncIterator[Console]:
    ami = Ami(asterisk.host, asterisk.port, asterisk.username, asterisk.secret)
    async with a_console(database, folder, a_site(), ami=ami) as console:
        trunks = console.server.app[TRUNKS]  # type: ignore[attr-defined]
        jobs = [asyncio.create_task(job) for job in (ami.run(), console.live.run(), trunks.run())]
        await ami.wait_connected()
        await eventually(lambda: console.live.is_connected)
        yield console
        for job in jobs[1:]:
            job.cancel()
        await ami.close()
        await asyncio.gather(*jobs, return_exceptions=True)


@pytest.fixture
async def console(database: Database, tmp_path: Path, asterisk: AmiServer) -> AsyncIterator[Console]:
    async with a_running_console(database, tmp_path, asterisk) as console:
        yield console


@pytest.fixture
async def api(database: Database, tmp_path: Path) -> AsyncIterator[Api]:
    async with an_api(database, tmp_path, a_site()) as api:
        yield api


def trunks_of(console: Console) -> Trunks:
    return console.server.app[TRUNKS]  # type: ignore[attr-defined, no-any-return]


async def asked_for(browser: Browser, asterisk: AmiServer, number: str, *, count: int = 1) -> str:
    """Place a test call; the id of its channel."""
    response = await browser.post("/trunks/main/test-call", {"number": number})
    assert response.status == 303, await response.text()
    await eventually(lambda: len(asterisk.received("Originate")) == count)
    return asterisk.received("Originate")[-1]["ChannelId"]


async def test_the_list_says_what_each_trunk_is_doing(console: Console, asterisk: AmiServer) -> None:
    await eventually(lambda: "main" in trunks_of(console).states.states)
    page = await (await console.signed_in("supervisor")).get("/trunks")
    assert "Registered" in page
    assert "22 ms" in page
    assert "Only receives calls" in page
    assert "hidden-word" not in page
    asterisk.answer(
        "PJSIPShowRegistrationsOutbound", listing("OutboundRegistrationDetail", [REGISTERED | {"Status": "Rejected"}])
    )
    asterisk.send({"Event": "Registry", "ChannelType": "PJSIP", "Status": "Rejected"})
    await eventually(lambda: overall(trunks_of(console).states.states["main"]) == "refused")


async def test_a_test_call_is_told_in_words(console: Console, asterisk: AmiServer) -> None:
    admin = await console.signed_in("administrator")
    await admin.get("/trunks/main")
    call_id = await asked_for(admin, asterisk, "0051987654321")
    sent = asterisk.received("Originate")[0]
    assert (sent["Channel"], sent["CallerID"]) == ("PJSIP/0051987654321@trunk-main", "<5550000>")
    assert "Dialling" in await admin.get("/trunks/main/test-call")
    asterisk.send({"Event": "Newstate", "Uniqueid": "another", "ChannelStateDesc": "Up"})
    asterisk.send({"Event": "Newstate", "Uniqueid": call_id, "ChannelStateDesc": "Ringing"})
    await eventually(lambda: "It rings" in trunks_of(console).calls.last["main"].result.message)
    asterisk.send({"Event": "Hangup", "Uniqueid": call_id, "Cause": "21", "TechCause": "403"})
    await eventually(lambda: trunks_of(console).calls.last["main"].result.is_over)
    assert "refuses the call (403)" in await admin.get("/trunks/main/test-call")


async def test_one_test_call_at_a_time_and_few_a_minute(console: Console, asterisk: AmiServer) -> None:
    admin = await console.signed_in("administrator")
    for count in range(1, 7):
        call_id = await asked_for(admin, asterisk, "0051", count=count)
        if count == 1:
            second = await admin.post("/trunks/main/test-call", {"number": "0052"})
            assert "in progress" in await second.text()
        asterisk.send({"Event": "Hangup", "Uniqueid": call_id, "Cause": "17", "TechCause": "486"})
        await eventually(lambda: trunks_of(console).calls.last["main"].result.is_over)
    refused = await admin.post("/trunks/main/test-call", {"number": "0051"})
    assert refused.status == 422
    assert "Too many test calls" in await refused.text()
    assert len(asterisk.received("Originate")) == 6


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("number", ["", "12a", "1&PJSIP/2", "1\r\nAction: Shutdown", "${EPOCH}", "9" * 40])
async def test_only_a_number_can_be_test_called(console: Console, asterisk: AmiServer, number: str) -> None:
    admin = await console.signed_in("administrator")
    response = await admin.post("/trunks/main/test-call", {"number": number})
    assert response.status == 422
    assert "must be digits" in await response.text()
    assert asterisk.received("Originate") == []


async def test_without_a_license_no_test_call_is_placed(console: Console, asterisk: AmiServer) -> None:
    admin = await console.signed_in("administrator")
    async with console.database.transaction() as tx:
        await tx.execute(delete(LicenseFileRow))
    refused = await admin.post("/trunks/main/test-call", {"number": "0051"})
    assert refused.status == 422
    assert "No license is installed" in await refused.text()
    assert asterisk.received("Originate") == []


async def test_a_trunk_without_a_host_places_no_test_call(console: Console) -> None:
    admin = await console.signed_in("administrator")
    assert "only receives calls" in await (await admin.post("/trunks/deaf/test-call", {"number": "12"})).text()
    assert (await admin.post("/trunks/nobody/test-call", {"number": "12"})).status == 404


async def test_supervisors_see_states_but_place_no_test_call(console: Console, asterisk: AmiServer) -> None:
    supervisor = await console.signed_in("supervisor")
    assert "test-call" not in await supervisor.get("/trunks/main")
    assert (await supervisor.post("/trunks/main/test-call", {"number": "12"})).status == 403
    admin = await console.signed_in("administrator")
    admin.csrf = "wrong"
    assert (await admin.post("/trunks/main/test-call", {"number": "12"})).status == 403
    assert asterisk.received("Originate") == []


async def test_the_state_is_a_part_for_htmx_and_a_page_for_others(console: Console) -> None:
    auditor = await console.signed_in("auditor")
    assert "<html" in await auditor.get("/trunks/main/state")
    assert "<html" not in await auditor.get("/trunks/main/state", headers={"HX-Request": "true"})


async def test_the_dry_run(console: Console) -> None:
    supervisor = await console.signed_in("supervisor")
    page = await supervisor.get("/outbound-routes", params={"number": "00 44 20", "extension": "1001"})
    assert "<code>+4420</code>" in page
    assert "as 5550101" in page
    page = await supervisor.get("/outbound-routes", params={"number": "91", "extension": "1002"})
    assert "No outbound route carries 91" in page
    assert "Boss &lt;b&gt;" in page
    assert "it is not for extension 1002" in page
    hostile = await supervisor.get("/outbound-routes", params={"number": "<script>x", "extension": "<script>y"})
    assert "<script>" not in re.sub(r"<script [^>]*>", "", hostile)


async def test_a_new_trunk_can_start_from_a_usual_kind(console: Console) -> None:
    admin = await console.signed_in("administrator")
    page = await admin.get("/trunks/_new")
    assert "/trunks/_new?kind=encrypted" in page
    page = await admin.get("/trunks/_new?kind=encrypted")
    assert 'value="5061"' in page
    assert re.search(r'name="encrypted_media"[^>]*checked', page)
    await admin.get("/trunks/_new?kind=nonsense")


async def test_the_api_tells_the_same(api: Api) -> None:
    dry = await api.json("GET", "/dry-run", params={"number": "0044", "extension": "1001"}, role="auditor")
    assert dry["route"] == "all"
    assert dry["tries"] == [{"trunk": "main", "number": "+44", "caller_id": "5550101"}]
    assert [each["route"] for each in dry["skipped"]] == []
    assert (await api.json("GET", "/dry-run", params={"number": "91"}))["refused"].startswith("No outbound route")
    assert (await api.json("GET", "/trunks/main/state"))["state"] == "unknown"
    assert (await api.ask("POST", "/trunks/main/test-call", json={"number": "1"}, role="supervisor")).status == 403
    assert (await api.ask("GET", "/trunks/nobody/state")).status == 404


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([{"Event": "Hangup", "Cause": "17", "TechCause": "486"}], "Busy (486). The trunk itself works."),
        ([{"Event": "Hangup", "Cause": "1", "TechCause": "404"}], "The far end does not know this number (404)."),
        ([{"Event": "Hangup", "Cause": "34"}], "The far end cannot take the call now: no free channel, or it is down."),
        ([{"Event": "Hangup", "Cause": "99", "Cause-txt": "Odd"}], "The call failed: Odd (cause 99, SIP -)."),
        ([{"Event": "OriginateResponse", "Response": "Failure", "Reason": "0"}], UNREACHABLE),
        (
            [
                {"Event": "Newstate", "ChannelStateDesc": "Ringing"},
                {"Event": "Hangup", "Cause": "19", "TechCause": "480"},
            ],
            NOT_ANSWERED,
        ),
        ([{"Event": "Newstate", "ChannelStateDesc": "Up"}, {"Event": "Hangup", "Cause": "16"}], ENDED),
    ],
)
def test_words_for_what_the_far_end_said(events: list[dict[str, str]], message: str) -> None:
    result = CallResult()
    for event in events:
        result = follow(result, event)
    assert (result.message.format(**dict(result.context)), result.is_over) == (message, True)


@pytest.mark.parametrize(
    ("registration", "contact", "word"),
    [
        ("Registered", "Reachable", "registered"),
        ("Rejected", "Reachable", "refused"),
        ("Rejected", "Unreachable", "unreachable"),
        ("Unregistered", "Reachable", "waiting"),
        ("", "Reachable", "reachable"),
        ("", "NonQualified", "unknown"),
    ],
)
def test_words_for_states(registration: str, contact: str, word: str) -> None:
    items = [REGISTERED | {"Status": registration}] if registration else []
    items.append(REACHED | {"Status": contact})
    assert overall(trunk_state(a_site().trunks["main"], items)) == word
    assert overall(trunk_state(a_site().trunks["deaf"], items)) == "inbound"


def test_taps_hear_what_they_asked_for_and_never_hold_up_the_reader() -> None:
    taps = Taps()
    with taps.listen("Hangup") as events:
        taps.hand([{"Event": "Newstate"}, {"Event": "Hangup", "Uniqueid": "1"}] * 20_000)
        assert events.full()
        assert events.get_nowait() == {"Event": "Hangup", "Uniqueid": "1"}
    taps.hand([{"Event": "Hangup"}])
    assert events.qsize() == 9_999
