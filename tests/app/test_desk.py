"""The agent's desk: the call's card, what is written about it, two pages in step, promises, messages, screen pops."""

import asyncio
import datetime as dt
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestServer
from sqlalchemy import select, update

from appliance.core.entities.schedules import DAYS
from appliance.core.live.state import Agent, Call, Channel, Membership, Queue, State
from appliance.core.problems import Invalid
from appliance.core.site import Site
from appliance.services.calls.trail import note
from appliance.services.contacts import create_contact
from appliance.services.desk import Desk
from appliance.services.entities import replace_site
from appliance.services.reminders import MOST_OPEN, Promise, Reminders, promise_call
from appliance.store.db import Database
from appliance.store.tables.calls import OpenCallRow
from appliance.store.tables.floor import MessageReadingRow, MessageRow, RequestRow
from appliance.store.tables.sessions import AgentSessionRow
from appliance.store.tables.work import ReminderRow, WorkRow
from appliance.store.work import load_work
from tests.app.console import Browser, Console, a_console, a_user
from tests.sites import a_site

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOW = dt.datetime.now(dt.UTC)
GUID = "daf5870b-3990-4d6e-85fb-98bbe544fb75"
WORK = f"/me/work/{GUID}"
AS_SCRIPT = {"Accept": "application/json"}


def the_site(**pop: str) -> Site:
    fields = a_site().model_dump(mode="json")
    fields["dispositions"]["none"] = {"key": "none", "name": "No answer given"}
    fields["campaigns"]["support"] |= {
        "script": "hello",
        "form": "order",
        "disposition_required": True,
        "disposition_timeout_s": 60,
        "disposition_default": "none",
        "screen_pop": "crm",
    }
    fields["forms"]["order"]["fields"].append({"key": "plan", "label": "Plan", "required": True})
    fields["screen_pops"]["crm"] |= pop
    fields["inputs"]["customer"] |= {"variable": "customer", "masked": True}
    return Site.model_validate(fields)


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, the_site()) as console:
        async with database.transaction() as tx:
            tx.add(a_user("luis", "agent", agent="luis"))
        yield console


@pytest.fixture
async def ana(console: Console) -> Browser:
    return await console.signed_in("agent")


def a_state(leg: str = "up", *, queue: str = "support", is_talking: bool = True) -> State:
    call = Call(NOW, NOW, where="talking", caller="+51987654321", did="5550100", guid=GUID, campaign="support",
                queue=queue, agent="ana", channels=("c", "l"))  # fmt: skip
    agent = Agent("PJSIP/1001", NOW, state="ringing" if leg == "ringing" else "oncall", channels=("l",), call_id="c",
                  memberships={"sales": Membership("PJSIP/1001")})  # fmt: skip
    channels = {
        "c": Channel("c", "PJSIP/trunk", "up", NOW),
        "l": Channel("c", "PJSIP/1001", leg, NOW, is_talking=is_talking),
    }
    queues = {"sales": Queue(waiting={"w": NOW}), "support": Queue(waiting={"v": NOW})}
    return State(queues=queues, agents={"ana": agent}, calls={"c": call}, channels=channels,
                 devices={"PJSIP/1001": "ana"})  # fmt: skip


async def show(console: Console, state: State) -> None:
    console.live.state, console.live.is_connected = state, True
    await console.desk.look()


async def taken(console: Console) -> None:
    await show(console, a_state())


async def ended(console: Console) -> None:
    state = a_state()
    agent = replace(state.agents["ana"], channels=(), call_id="", state="wrapup")
    await show(console, replace(state, agents={"ana": agent}, calls={}, channels={}))


async def journal(database: Database) -> None:
    """What Asterisk has written of the call so far."""
    told = [("INTERACTION", f"{GUID}|inbound|5550100|es"), ("MENU", "main|1"), ("KEY", "main|1|queue:sales"),
            ("INPUT", "customer|customer|****4321"), ("QUEUE_JOIN", "support")]  # fmt: skip
    async with database.transaction() as tx:
        for n, (kind, extra) in enumerate(told, 1):
            text = (
                f'"USER_DEFINED","{NOW.timestamp() - 60 + n:.6f}","+51987654321","","s","x","PJSIP/trunk-1","","",'
                f'"c","c","{kind}","{{""extra"":""{extra}""}}"'
            )
            tx.add(OpenCallRow(node="local", seq=n, call="c", text=text))


async def stored(console: Console, agent: str = "ana") -> Any:
    async with console.database.reading() as tx:
        return await load_work(tx, GUID, agent)


async def post(browser: Browser, path: str, **values: str) -> tuple[int, Any]:
    response = await browser.post(path, values, headers=AS_SCRIPT)
    text = await response.text()
    return response.status, json.loads(text) if text.startswith("{") else text


async def test_the_card_comes_with_the_ring_and_the_work_with_the_answer(console: Console, ana: Browser) -> None:
    assert "No call" in await ana.get("/me/card")
    await journal(console.database)
    await show(console, a_state("ringing"))
    card = await ana.get("/me/card")
    for told in (
        "+51987654321",
        "Ringing",
        "Main number",
        "Pressed 1 in menu Main",
        "****4321",
        "open when you answer",
    ):
        assert told in card, told
    assert await stored(console) is None
    await taken(console)
    card = await ana.get("/me/card")
    assert 'id="work-notes"' in card
    assert "Good day, —." in card  # the script: nobody is known by this number yet
    assert await stored(console) is not None


async def test_a_call_that_rings_outside_is_not_talked_in_yet(console: Console, ana: Browser) -> None:
    state = a_state(queue="")
    agent = replace(state.agents["ana"], state="dialing")
    await show(console, replace(state, agents={"ana": agent}))
    card = await ana.get("/me/card")
    assert "Dialling" in card
    assert "Talking" not in card
    assert 'id="work-notes"' in card


async def test_a_call_from_the_own_phone_is_outgoing_before_the_journal_says_so(console: Console, ana: Browser) -> None:
    state = a_state(queue="")
    await show(console, replace(state, channels={**state.channels, "c": Channel("c", "PJSIP/1001", "up", NOW)}))
    card = await ana.get("/me/card")
    assert "Dialled" in card
    assert "Waited" not in card


async def test_who_calls_is_known_by_the_number(console: Console, ana: Browser) -> None:
    async with console.database.transaction() as tx:
        number = [{"number": "987654321"}]
        await create_contact(tx, {"name": "<b>Rosa</b>", "numbers": number, "notes": "Two lines"}, by="x")
    await taken(console)
    card = await ana.get("/me/card")
    assert "Good day, &lt;b&gt;Rosa&lt;/b&gt;." in card
    assert "<b>Rosa" not in card
    assert (await stored(console)).contact_id == 1
    async with console.database.transaction() as tx:
        await create_contact(tx, {"name": "Raúl", "numbers": number}, by="x")
    assert (await post(ana, f"{WORK}/contact/choose", contact="2"))[0] == 204
    assert "Good day, Raúl." in await ana.get("/me/card")
    assert (await post(ana, f"{WORK}/contact/choose", contact="77"))[0] == 404
    assert (await post(ana, f"{WORK}/contact/choose", contact=""))[0] == 204
    assert "Several have this number" in await ana.get("/me/card")
    assert "Raúl" in await ana.get("/me/contacts?q=raul") or "Raúl" in await ana.get("/me/contacts?q=Ra")


async def test_a_contact_is_made_beside_the_call(console: Console, ana: Browser) -> None:
    await taken(console)
    assert 'value="+51987654321"' in await ana.get(f"{WORK}/contact")
    status, text = await post(ana, f"{WORK}/contact", name="", number_kind="mobile", number="call me")
    assert (status, text.count("field-error")) == (422, 2)
    assert (await post(ana, f"{WORK}/contact", name="Rosa", number_kind="mobile", number="987654321"))[0] == 204
    assert "Rosa" in await ana.get("/me/card")
    assert 'name="version" value="1"' in await ana.get(f"{WORK}/contact")
    assert (await post(ana, f"{WORK}/contact", version="1", name="Rosa Q."))[0] == 204
    assert (await post(ana, f"{WORK}/contact", version="1", name="Late"))[0] == 409


async def test_what_is_typed_is_kept(console: Console, ana: Browser) -> None:
    await taken(console)
    status, told = await post(ana, WORK, version="1", notes="Wants\r\nfibre", has_form="yes", **{"answer-size": "big"})
    assert (status, told["version"]) == (200, 2)
    assert told["errors"] == {"size": "must be a number"}
    work = await stored(console)
    assert (work.notes, work.answers) == ("Wants\nfibre", {"size": "big"})
    status, told = await post(ana, WORK, version="1", notes="Late")
    assert (status, told["version"], told["notes"]) == (409, 2, "Wants\nfibre")
    assert (await post(ana, WORK, version="2", marked="yes"))[1]["is_marked"] is True
    assert (await stored(console)).notes == "Wants\nfibre"
    assert json.loads(await ana.get(WORK))["version"] == 3
    assert (await ana.post(WORK, {"version": "3", "notes": "without a script"})).status == 303


async def test_another_agents_call_is_not_found(console: Console) -> None:
    await taken(console)
    luis = console.browser()
    await luis.sign_in("luis")
    supervisor = await console.signed_in("supervisor")  # who is no agent
    for browser in (luis, supervisor):
        for path in (WORK, f"{WORK}/contact", f"/me/pop/{GUID}"):
            assert (await browser.client.get(path)).status == 404, path
        for path in (WORK, f"{WORK}/finish", f"{WORK}/contact", f"{WORK}/contact/choose"):
            assert (await browser.post(path, {"version": "1"})).status == 404, path
    assert "No call" in await luis.get(f"/me/card?guid={GUID}")
    assert "You are no agent yet" in await supervisor.get("/me")
    for path in (
        "/me/card",
        "/me/reminders",
        "/me/messages",
        "/me/calls",
        "/me/help",
        "/me/dial?number=1",
        "/me/targets",
    ):
        assert (await supervisor.client.get(path)).status == 404, path


async def test_a_call_is_closed_by_its_disposition(console: Console, ana: Browser) -> None:
    await taken(console)
    await ended(console)
    work = await stored(console)
    assert (work.ended_at is None, work.completed_at) == (False, None)
    for chosen in ("", "sold", "moon"):  # sold is a heading: one stands below it
        values = {"version": str((await stored(console)).version), "answer-plan": "big"}
        status, told = await post(ana, f"{WORK}/finish", **values, disposition=chosen)
        assert (status, list(told["errors"])) == (422, ["disposition"]), chosen
    status, told = await post(ana, f"{WORK}/finish", version="2", disposition="none")
    assert (status, list(told["errors"])) == (422, ["plan"])
    status, told = await post(ana, f"{WORK}/finish", version="2", disposition="none", **{"answer-plan": "big"})
    assert (status, told) == (200, {"done": "Saved: No answer given."})
    work = await stored(console)
    assert (work.disposition, work.chosen_by, work.answers) == ("none", "agent", {"plan": "big"})
    assert work.completed_at is not None
    assert "No call" in await ana.get("/me/card")
    assert 'id="work-notes"' in await ana.get(f"/me/card?guid={GUID}")  # and may be opened again


async def test_a_call_back_asks_when(console: Console, ana: Browser) -> None:
    await taken(console)
    values = {"version": "1", "disposition": "later", "answer-plan": "x", "notes": "After work"}
    for due in ("", "soon", "2001-01-01T10:00", "2999-01-01T10:00"):
        status, told = await post(ana, f"{WORK}/finish", **values, due=due)
        assert (status, list(told["errors"])) == (422, ["due"]), due
    ana.client.session.cookie_jar.update_cookies({"zone": "America/Lima"})
    tomorrow = (NOW + dt.timedelta(days=1)).replace(microsecond=0, second=0)
    local = tomorrow.astimezone(dt.timezone(dt.timedelta(hours=-5))).strftime("%Y-%m-%dT%H:%M")
    assert (await post(ana, f"{WORK}/finish", **values, due=local, whose="anyone"))[0] == 200
    async with console.database.reading() as tx:
        [promise] = (await tx.execute(select(ReminderRow))).scalars()
    assert (promise.due_at, promise.agent, promise.number) == (tomorrow, "", "+51987654321")
    assert (promise.note, promise.guid, promise.campaign) == ("After work", GUID, "support")


class Doors:
    """Stands where calls are kept from an agent."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def hold(self, agent: str) -> None:
        self.told.append(f"hold {agent}")

    def release(self, agent: str) -> None:
        self.told.append(f"release {agent}")

    async def rest(self, agent: str) -> None:
        self.told.append(f"rest {agent}")


async def test_who_owes_a_disposition_gets_no_call_until_it_is_chosen(console: Console, ana: Browser) -> None:
    doors = console.desk._holds = Doors()
    await taken(console)
    assert doors.told == ["hold ana"]
    await ended(console)
    assert doors.told == ["hold ana"]
    await post(ana, f"{WORK}/finish", version="2", disposition="none", **{"answer-plan": "x"})
    assert doors.told == ["hold ana", "release ana"]


async def test_a_call_past_the_queue_owes_its_disposition_too(console: Console, ana: Browser) -> None:
    doors = console.desk._holds = Doors()
    await show(console, a_state(queue="", is_talking=False))
    await show(console, a_state(queue=""))
    await ended(console)
    assert doors.told == ["hold ana", "rest ana"]
    assert (await stored(console)).completed_at is None


async def test_a_call_that_nobody_answered_owes_nothing(console: Console, ana: Browser) -> None:
    doors = console.desk._holds = Doors()
    await show(console, a_state(queue="", is_talking=False))
    await ended(console)
    assert doors.told[:2] == ["hold ana", "release ana"]
    assert (await stored(console)).completed_at is not None


async def test_the_rule_chooses_for_who_is_late_once(console: Console, ana: Browser) -> None:
    doors = console.desk._holds = Doors()
    await taken(console)
    await ended(console)
    await console.desk.choose_for_the_late()
    assert (await stored(console)).disposition == ""
    async with console.database.transaction() as tx:
        await tx.execute(update(WorkRow).values(ended_at=NOW - dt.timedelta(seconds=61)))
    for _ in range(2):
        await console.desk.choose_for_the_late()
    work = await stored(console)
    assert (work.disposition, work.chosen_by) == ("none", "timeout")
    assert doors.told == ["hold ana", "release ana"]


async def test_a_new_daemon_goes_on_with_what_is_open(console: Console) -> None:
    await taken(console)
    doors = Doors()
    desk = Desk("local", console.database, console.live, hub=console.hub, service=console.desk._service, holds=doors)
    await desk._load()
    console.live.is_connected = False
    console.live.state = State()
    await desk.look()  # nothing is known yet: nothing ended
    assert (await stored(console)).ended_at is None
    console.live.is_connected = True
    await desk.look()
    assert (await stored(console)).ended_at is not None
    later = Desk("local", console.database, console.live, hub=console.hub, service=console.desk._service, holds=doors)
    await later._load()
    assert doors.told == ["hold ana", "hold ana"]  # each daemon holds her anew


async def next_news(response: ClientResponse, *but: str) -> Any:
    """Of the desk; how many pages there are changes with each that opens, its own among them."""
    while (news := await next_event(response, "desk"))["what"] in but:
        pass
    return news


async def next_event(response: ClientResponse, wanted: str) -> Any:
    event, data = "", ""
    async with asyncio.timeout(5):
        while event != wanted or not data:
            line = (await response.content.readline()).decode().rstrip("\n")
            name, _, value = line.partition(": ")
            if name == "event":
                event, data = value, ""
            elif name == "data":
                data = value
    return json.loads(data)


async def test_two_pages_of_one_agent_stay_in_step(console: Console, ana: Browser) -> None:
    await taken(console)
    other = await console.signed_in("agent")
    luis = console.browser()
    await luis.sign_in("luis")
    async with ana.client.get("/stream?desk") as here, luis.client.get("/stream?desk") as elsewhere:
        assert (await next_event(here, "snapshot"))["pages"] == 1
        assert (await next_event(elsewhere, "snapshot"))["pages"] == 1
        async with other.client.get("/stream?desk") as there:
            assert (await next_event(there, "snapshot"))["pages"] == 2
            counts = [(await next_event(here, "desk"))["count"] for _ in range(2)]
            assert counts == [1, 2]
            await post(other, WORK, version="1", notes="From the other page")
            news = await next_news(here)
            assert news == {"what": "work", "agent": "ana", "guid": GUID, "version": 2}
        assert (await next_event(here, "desk"))["count"] == 1
        console.hub.publish("desk", {"what": "messages", "agent": "luis"})
        assert (await next_news(elsewhere, "pages"))["what"] == "messages"  # and nothing of Ana's before it


async def test_agents_see_how_many_wait_in_their_queues_and_no_number(console: Console, ana: Browser) -> None:
    await taken(console)
    async with ana.client.get("/stream?desk") as response:
        snapshot = await next_event(response, "snapshot")
        assert snapshot["queues"] == {"sales": {"waiting": 1, "longest": NOW.isoformat()}}
        assert snapshot["names"]["queues"] == {"sales": "Sales"}
        assert set(snapshot["calls"]) == {"c"}
        row = {"waiting": 4, "longest": None, "agents": {"ready": 3}}
        changes = [{"kind": "queues", "key": key, "row": row} for key in ("support", "sales")]
        console.hub.publish("live", {"seq": 9, "connected": True, "changes": changes})
        [change] = (await next_event(response, "live"))["changes"]
        assert change == {"kind": "queues", "key": "sales", "row": {"waiting": 4, "longest": None}}
    site = the_site().model_dump(mode="json")
    site["agent_rules"]["main"]["see_waiting"] = False
    async with console.database.transaction() as tx:
        await replace_site(tx, Site.model_validate(site), by="test", summary="test")
    async with ana.client.get("/stream?desk") as response:
        assert (await next_event(response, "snapshot"))["queues"] == {}
    assert "data-waiting-list" not in await ana.get("/me")


async def test_promises_are_made_told_and_kept(console: Console, ana: Browser) -> None:
    soon = NOW + dt.timedelta(hours=1)
    due = soon.strftime("%Y-%m-%dT%H:%M")
    assert await post(ana, "/me/reminders", number="", due="") == (
        422, "must be 2 to 20 digits, with or without a leading + must be a day and a time")  # fmt: skip
    assert (await post(ana, "/me/reminders", number="912345678", due=due, note="Offer"))[0] == 303
    async with console.database.transaction() as tx:
        await promise_call(tx, Promise("5550002", soon, "luis"), by="x")
        await promise_call(tx, Promise("5550003", soon, ""), by="x")
    listed = await ana.get("/me/reminders")
    assert "+51912345678" in listed
    assert "5550003" in listed
    assert "5550002" not in listed  # another's
    assert (await ana.post("/me/reminders/2/cancelled")).status == 404
    assert (await ana.post("/me/reminders/999999999999/called")).status == 404
    jobs = Reminders(console.database, console.hub)
    async with ana.client.get("/stream?desk") as response:
        await next_event(response, "snapshot")
        async with console.database.transaction() as tx:
            await tx.execute(update(ReminderRow).values(due_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)))
        since = await jobs.tell_due(dt.datetime.now(dt.UTC) - dt.timedelta(seconds=5))
        told = [await next_news(response, "pages") for _ in range(2)]
        assert [(each["what"], each["reminder_id"]) for each in told] == [("reminder", 1), ("reminder", 3)]
        await jobs.tell_due(since)
        assert (await ana.post("/me/reminders/1/called", headers={"HX-Request": "true"})).status == 204
        assert (await next_event(response, "desk"))["what"] == "reminders"  # it was not told a second time
    assert "+51912345678" not in await ana.get("/me/reminders")


async def test_nobody_hides_the_promises_of_others_below_many(console: Console, ana: Browser) -> None:
    soon = NOW + dt.timedelta(hours=1)
    async with console.database.transaction() as tx:
        await promise_call(tx, Promise("912345678", soon + dt.timedelta(hours=1), "ana"), by="ana")
        for _ in range(MOST_OPEN):
            await promise_call(tx, Promise("5550003", soon), by="luis")
        with pytest.raises(Invalid):
            await promise_call(tx, Promise("5550003", soon), by="luis")
    assert "+51912345678" in await ana.get("/me/reminders")


async def test_messages_are_read_by_whom_they_are_for(console: Console, ana: Browser) -> None:
    async with console.database.transaction() as tx:
        for number, agent in ((1, "ana"), (2, "luis")):
            tx.add(
                MessageRow(message_id=number, sent_by="boss", sent_at=NOW, text=f"<i>Hello {agent}</i>", audience="")
            )
            await tx.flush()
            tx.add(MessageReadingRow(message_id=number, agent=agent, read_at=None))
    page = await ana.get("/me")
    assert "&lt;i&gt;Hello ana" in page
    assert "Hello luis" not in page
    assert (await ana.post("/me/messages/2/read")).status == 404
    assert (await ana.post("/me/messages/1/read")).status == 303
    assert (await ana.post("/me/messages/1/read")).status == 404
    assert "Hello" not in await ana.get("/me/messages")


async def test_help_is_asked_for_and_taken_back(console: Console, ana: Browser) -> None:
    await ana.get("/me")
    assert (await post(ana, "/me/help", detail=" Angry\ncustomer ", guid=GUID))[0] == 303
    async with console.database.reading() as tx:
        [found] = (await tx.execute(select(RequestRow))).scalars()
    assert (found.agent, found.kind, found.detail, found.guid) == ("ana", "help", "Angry customer", GUID)
    assert "You asked the supervisors" in await ana.get("/me/help")
    assert (await post(ana, "/me/help/withdraw"))[0] == 303
    assert "You asked the supervisors" not in await ana.get("/me/help")


async def test_who_takes_a_cry_for_help_is_told(console: Console, ana: Browser) -> None:
    await taken(console)
    await post(ana, "/me/help", detail="Angry customer", guid=GUID)
    async with console.database.transaction() as tx:
        [asked] = (await tx.execute(select(RequestRow.request_id))).scalars()
    supervisor = await console.signed_in("supervisor")
    assert (await supervisor.post(f"/board/requests/{asked}/grant")).status == 303
    assert "Supervisor takes care of it." in await ana.get("/me/help")
    await note(console.database, "whisper", "ana", by="somebody-else", call=GUID)
    assert "takes care of it." in await ana.get("/me")
    await note(console.database, "listen", "ana", by="supervisor", call=GUID)
    assert "Supervisor is listening to your call." in await ana.get("/me/help")
    await ended(console)
    assert "Supervisor takes care of it." in await ana.get("/me/help")
    await post(ana, "/me/help", detail="Again", guid=GUID)
    assert "takes care" not in await ana.get("/me/help")


async def test_the_dial_box_tells_who_would_carry_a_number(console: Console, ana: Browser) -> None:
    assert "A number of this house: Luis" in await ana.get("/me/dial?number=1002")
    assert "No outbound route carries 5" in await ana.get("/me/dial?number=555-0001")
    assert "has no trunk that places calls" in await ana.get("/me/dial?number=0034911")
    assert "class=" not in await ana.get("/me/dial?number=call")


async def test_a_call_may_be_sent_to_whom_the_search_finds(console: Console, ana: Browser) -> None:
    await taken(console)
    everybody = await ana.get("/me/targets?q=")
    assert "Luis" in everybody
    assert "Ana López" not in everybody
    assert "Support" in await ana.get("/me/targets?q=supp")
    assert "+34911" in await ana.get("/me/targets?q=%2B34911")
    assert "Nothing matches" in await ana.get("/me/targets?q=zzz")


async def test_a_page_of_another_system_opens_in_a_tab(console: Console, ana: Browser) -> None:
    await taken(console)
    card = await ana.get("/me/card")
    assert 'href="https://crm.example/%2B51987654321" target="_blank" rel="noopener noreferrer" data-pop="tab"' in card
    assert (await ana.client.get(f"/me/pop/{GUID}")).status == 404  # it is not framed


async def test_a_framed_page_may_be_its_origin_and_no_other(database: Database, tmp_path: Path) -> None:
    site = the_site(kind="iframe", url="https://crm.example:8443/who?n={caller}&d={digits.customer}")
    async with a_console(database, tmp_path, site) as console:
        ana = await console.signed_in("agent")
        await journal(database)
        await taken(console)
        assert f'data-frame="/me/pop/{GUID}"' in await ana.get("/me/card")
        response = await ana.client.get(f"/me/pop/{GUID}")
        policy = response.headers["Content-Security-Policy"]
        assert "frame-src https://crm.example:8443; " in policy
        assert "script-src" not in policy
        assert "default-src 'none'" in policy
        text = await response.text()
        assert 'src="https://crm.example:8443/who?n=%2B51987654321&amp;d=%2A%2A%2A%2A4321"' in text
        assert "frame-src 'self'" in (await ana.client.get("/me")).headers["Content-Security-Policy"]


async def test_a_webhook_is_sent_signed_once(database: Database, tmp_path: Path) -> None:
    got: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        await got.put((dict(request.headers), await request.read()))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/pop", take)
    async with TestServer(app) as server:
        site = the_site(kind="webhook", url=f"http://127.0.0.1:{server.port}/pop?agent={{agent}}", secret="our-key")
        async with a_console(database, tmp_path, site) as console:
            await journal(database)
            await taken(console)
            async with asyncio.timeout(5):
                headers, raw = await got.get()
            sent = json.loads(raw)
            assert (sent["caller"], sent["did"], sent["agent"]) == ("+51987654321", "5550100", "ana")
            assert sent["digits"] == {"customer": "****4321"}
            signed = hmac.new(b"our-key", headers["X-Appliance-Time"].encode() + b"." + raw, sha256).hexdigest()
            assert headers["X-Appliance-Signature"] == f"sha256={signed}"
            console.desk._open.clear()  # as a new daemon
            await taken(console)
            assert got.empty()
            assert "data-pop" not in await (await console.signed_in("agent")).get("/me/card")


async def test_the_shift_is_told_to_who_works_by_it(database: Database, tmp_path: Path) -> None:
    """Until an hour from now, or since an hour ago for who came before."""
    fields = the_site().model_dump(mode="json")
    fields["schedules"] |= {"late": a_shift(until=60), "early": a_shift(until=-60)}
    for agent, shift in (("ana", "late"), ("luis", "early")):
        fields["agents"][agent]["shift"] = shift
    async with a_console(database, tmp_path, Site.model_validate(fields)) as console:
        async with database.transaction() as tx:
            tx.add(a_user("luis", "agent", agent="luis"))
            since = NOW - dt.timedelta(hours=2)
            tx.add(AgentSessionRow(agent="luis", node="local", extension="1002", logged_in_at=since))
        ana, luis = await console.signed_in("agent"), await console.signed_in("luis")
        assert "Shift until" in await ana.get("/me")
        assert "Shift until" in await ana.get("/me/shift")
        assert "Shift ended at" in await luis.get("/me")


def a_shift(*, until: int) -> dict[str, Any]:
    """From twelve hours before, in minutes from now."""
    end = NOW + dt.timedelta(minutes=until)
    hours = {"days": list(DAYS), "start": f"{end - dt.timedelta(hours=12):%H:%M}", "end": f"{end:%H:%M}"}
    return {"key": "late" if until > 0 else "early", "name": "A shift", "time_zone": "UTC", "hours": [hours]}


async def test_the_page_offers_only_what_this_house_can_do(console: Console, ana: Browser) -> None:
    page = await ana.get("/me")
    assert ('action="/me/call/hold"' in page) == any(
        route.resource is not None and route.resource.canonical == "/me/call/hold"
        for route in console.server.app.router.routes()
    )
    assert "script-src 'self'" in (await ana.client.get("/me")).headers["Content-Security-Policy"]
    for word in ("My day", "My calls today", "Call back", "Dial", "Waiting"):
        assert word in page, word
