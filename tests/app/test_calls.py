"""Who may steer which call over HTTP, and exactly what Asterisk is told; the sound is in tests/pbx."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from appliance.adapters.ami import Ami
from appliance.core.live import State
from appliance.core.live.state import Agent, Call, Channel, Contact, Membership, Phone, Queue
from appliance.store.db import Database
from appliance.store.tables.configuration import AuditRow
from tests.ami_server import AmiServer, error, success
from tests.app.console import Browser, Console, a_console, a_user
from tests.unit.test_sight import a_grouped_site

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SPARE = "1009"  # nobody's own
NOW = dt.datetime(2030, 1, 2, 12, 0, tzinfo=dt.UTC)
MEMBER = {"sales": Membership("PJSIP/1001")}
STATE = State(
    queues={"sales": Queue(waiting={"w": NOW})},
    agents={
        "ana": Agent("PJSIP/1001", NOW, state="oncall", call_id="c", memberships=MEMBER, channels=("a",)),
        "luis": Agent("PJSIP/1002", NOW, state="ready", memberships=MEMBER),
    },
    calls={
        "c": Call(NOW, NOW, "talking", caller="999", guid="the-guid", queue="sales", agent="ana", channels=("c", "a")),
        "w": Call(NOW, NOW, "queue", caller="888", queue="sales", channels=("w",)),
    },
    phones={each: Phone({"sip:x": True}) for each in ("1001", "1002", SPARE)},
    channels={
        "c": Channel("c", "PJSIP/trunk-main", "up", NOW, is_talking=True),
        "a": Channel("c", "PJSIP/1001", "up", NOW),
        "w": Channel("w", "PJSIP/trunk-main", "up", NOW, queue="sales"),
    },
    devices={"PJSIP/1001": "ana", "PJSIP/1002": "luis"},
)
VARIABLES = {
    ("a", "BRIDGEPEER"): "PJSIP/trunk-main-1",
    ("PJSIP/trunk-main-1", "UNIQUEID"): "c",
    ("w", "IN_QUEUE"): "sales",
}
ACTIONS = ("Setvar", "Redirect", "Hangup", "MuteAudio", "PlayDTMF", "MixMonitorMute", "Originate", "PJSIPNotify")


@dataclass
class Floor:
    console: Console
    asterisk: AmiServer
    variables: dict[tuple[str, str], str]

    async def browser(self, login: str) -> Browser:
        browser = self.console.browser()
        await browser.sign_in(login)
        return browser

    def told(self, name: str) -> list[dict[str, str]]:
        return self.asterisk.received(name)

    async def audited(self) -> list[tuple[str, str, Any]]:
        async with self.console.database.reading() as tx:
            rows = (await tx.execute(select(AuditRow).where(AuditRow.section == "agents"))).scalars()
            return [(row.by, row.action, row.after) for row in rows if row.generation == 0]


@pytest.fixture
async def floor(database: Database, tmp_path: Path) -> AsyncIterator[Floor]:
    variables = dict(VARIABLES)
    async with AmiServer() as server:
        server.answer(
            "Getvar",
            lambda asked: success(Value=variables.get((asked["Channel"], asked["Variable"]), ""))(asked),
        )
        for action in ACTIONS:
            server.answer(action, success())
        ami = Ami(server.host, server.port, server.username, "s3cret")
        job = asyncio.create_task(ami.run())
        await ami.wait_connected()
        site = a_grouped_site()
        site = site.replaced("extensions", SPARE, site.extensions["1002"].model_copy(update={"key": SPARE}))
        async with a_console(database, tmp_path, site, ami=ami) as console:
            console.live.state, console.live.is_connected = STATE, True
            async with database.transaction() as tx:
                tx.add_all([a_user("nora", "supervisor"), a_user("gil", "supervisor")])
                tx.add(a_user("boss", "supervisor", agent="luis"))
            yield Floor(console, server, variables)
        await ami.close()
        await job


async def post(browser: Browser, path: str, status: int, **values: str) -> str:
    response = await browser.post(path, values, headers={"HX-Request": "true"})
    text = await response.text()
    assert response.status == status, text
    return text


async def test_an_agent_holds_the_own_call(floor: Floor) -> None:
    agent = await floor.browser("agent")
    await post(agent, "/me/call/hold", 204)
    (sent,) = floor.told("Redirect")
    assert (sent["Channel"], sent["Context"], sent["ExtraChannel"], sent["ExtraContext"]) == (
        "a",
        "control-wait",
        "c",
        "control-hold",
    )
    known = {(each["Channel"], each["Variable"]): each["Value"] for each in floor.told("Setvar")}
    assert (known["c", "HOLDER"], known["a", "HELD"]) == ("a", "c")


async def test_what_makes_no_sense_is_refused_in_words(floor: Floor) -> None:
    agent = await floor.browser("agent")
    assert await post(agent, "/me/call/resume", 409) == "The customer is not on hold."
    assert await post(agent, "/me/call/consult/complete", 409) == "You are not asking anybody."
    assert await post(agent, "/me/call/transfer", 409, kind="agent", to="nobody") == "There is no such agent."
    assert await post(agent, "/me/call/transfer", 409, kind="extension", to="1001") == "That is your own phone."
    assert await post(agent, "/me/call/consult", 409, kind="queue", to="sales") == (
        "A call can be sent to a queue, but a queue cannot be asked."
    )
    assert "No outbound route carries 0815" in await post(agent, "/me/call/transfer", 409, kind="outside", to="0815")
    assert "Keys are" in await post(agent, "/me/call/keys", 409, keys="12;x")
    assert await post(agent, "/me/call/recording/pause", 409) == "This call is not being recorded."
    assert await post(agent, "/me/call/answer", 409) == "No call is ringing at this phone."
    assert floor.told("Redirect") == []


@pytest.mark.parametrize(
    "to", ["1002,s,1)", "1002\r\nAction: Originate", "${SHELL(id)}", "_X!", "s", "1002&PJSIP/1001"]
)
async def test_no_target_becomes_dialplan_or_an_action(floor: Floor, to: str) -> None:
    agent = await floor.browser("agent")
    for kind in ("agent", "queue", "extension", "outside", "made-up"):
        await post(agent, "/me/call/transfer", 409, kind=kind, to=to)
    await post(agent, "/me/call/dial", 409, number=to)
    assert floor.told("Redirect") == floor.told("Originate") == []


async def test_a_call_that_ended_meanwhile_is_said_so(floor: Floor) -> None:
    floor.asterisk.answer("Redirect", error("Channel does not exist"))
    agent = await floor.browser("agent")
    assert await post(agent, "/me/call/hold", 409) == "The call is over."
    floor.asterisk.answer("Getvar", error("No such channel"))
    assert await post(agent, "/me/call/hold", 409) == "The call is over."


async def test_without_asterisk_nothing_is_promised(floor: Floor) -> None:
    await floor.asterisk.stop()
    agent = await floor.browser("agent")
    assert "Asterisk does not answer" in await post(agent, "/me/call/hold", 503)


async def test_who_is_no_agent_has_no_call(floor: Floor) -> None:
    assert "not linked to an agent" in await post(await floor.browser("supervisor"), "/me/call/hold", 409)
    assert "no call at this phone" in await post(await floor.browser("boss"), "/me/call/hold", 409)


async def test_pauses_of_a_recording_are_audited_and_told_to_the_journal(floor: Floor) -> None:
    floor.variables |= {("c", "RECORDING"): "yes", ("c", "GUID"): "the-guid"}
    await post(await floor.browser("agent"), "/me/call/recording/pause", 204)
    assert [each["Direction"] for each in floor.told("MixMonitorMute")] == ["both"]
    assert floor.told("Originate")[0]["Variable"] == "TOLD=c|RECORDING_PAUSED|ana"
    assert await floor.audited() == [("agent", "pause recording", {"call": "the-guid"})]


async def test_a_supervisor_listens_from_the_own_phone(floor: Floor) -> None:
    boss = await floor.browser("boss")
    for how, key in (("listen", "4"), ("whisper", "5"), ("barge", "6")):
        await post(boss, f"/board/calls/c/{how}", 204)
        sent = floor.told("Originate")[-1]
        assert (sent["Channel"], sent["Context"]) == ("PJSIP/1002", "control-spy")
        assert {"SPIED=a", "WATCHED=c", f"KEY={key}", "WHO=boss"} <= set(sent["Variable"].split("\n"))
    await post(boss, "/board/calls/c/take", 204)
    assert floor.told("Originate")[-1]["Context"] == "control-take"
    heard = {"call": "the-guid", "caller": "999", "phone": "1002"}
    acts = [("boss", action, heard) for action in ("listen", "whisper", "barge", "take over call")]
    assert await floor.audited() == acts


async def test_calls_out_of_sight_are_not_there(floor: Floor) -> None:
    nora, gil = await floor.browser("nora"), await floor.browser("gil")  # gil does not see sales
    await post(nora, "/board/calls/c/listen", 404, phone="1002")  # luis' phone, whom nora does not see
    await post(nora, "/board/calls/c/listen", 204, phone=SPARE)
    for how in ("listen", "whisper", "barge", "take"):
        await post(gil, f"/board/calls/c/{how}", 404, phone="1002")
        await post(nora, f"/board/calls/gone/{how}", 404, phone="1002")
    await post(gil, "/board/calls/w/give", 404, agent="luis")
    await post(nora, "/board/calls/w/give", 404, agent="luis")  # whom nora does not see
    assert "Say at which extension" in await post(nora, "/board/calls/c/listen", 409)
    assert "no such extension" in await post(nora, "/board/calls/c/listen", 409, phone="9")
    assert "in this call itself" in await post(nora, "/board/calls/c/listen", 409, phone="1001")
    assert "No agent talks" in await post(nora, "/board/calls/w/listen", 409, phone=SPARE)
    floor.variables.pop(("w", "IN_QUEUE"))
    assert "This is a callback" in await post(nora, "/board/calls/w/take", 409, phone=SPARE)
    assert len(floor.told("Originate")) == 1


async def test_a_waiting_caller_is_given_to_a_free_agent(floor: Floor) -> None:
    supervisor = await floor.browser("supervisor")
    assert "does not wait" in await post(supervisor, "/board/calls/c/give", 409, agent="luis")
    assert "has a call" in await post(supervisor, "/board/calls/w/give", 409, agent="ana")
    await post(supervisor, "/board/calls/w/give", 404, agent="nobody")
    await post(supervisor, "/board/calls/w/give", 204, agent="luis")
    (sent,) = floor.told("Redirect")
    assert (sent["Channel"], sent["Context"], sent["Exten"]) == ("w", "control-give", "1002")
    assert await floor.audited() == [("supervisor", "give call", {"call": "", "caller": "888", "queue": "sales"})]


async def test_only_phones_that_can_be_asked_are_asked_to_answer(floor: Floor) -> None:
    agent = await floor.browser("agent")
    ringing = {**STATE.channels, "a": Channel("c", "PJSIP/1001", "ringing", NOW)}
    floor.console.live.state = replace(STATE, channels=ringing)
    assert "answer it there" in await post(agent, "/me/call/answer", 409)
    desk_phone = Phone({"sip:x": True}, {"sip:x": Contact(user_agent="Yealink SIP-T46U 108.86")})
    floor.console.live.state = replace(STATE, channels=ringing, phones={"1001": desk_phone})
    assert await post(agent, "/me/call/answer", 200) == '{"answers": "phone"}'
    (sent,) = floor.told("PJSIPNotify")
    assert (sent["Channel"], sent["Variable"]) == ("a", "Event=talk")
    in_browser = {**ringing, "a": Channel("c", "PJSIP/1001-web", "ringing", NOW)}
    floor.console.live.state = replace(STATE, channels=in_browser)
    assert await post(agent, "/me/call/answer", 200) == '{"answers": "page"}'


async def test_who_would_carry_a_number_is_said_before(floor: Floor) -> None:
    agent = await floor.browser("agent")
    async with agent.client.get("/me/call/dial?number=0815") as response:
        assert "No outbound route carries 0815" in (await response.json())["refused"]
    async with agent.client.get("/me/call") as response:
        assert await response.json() == {
            "state": "talking",
            "muted": False,
            "recording": "none",
            "asked": "",
            "message": "",
        }
