"""A dialer's own pages: what they tell, what may be done on them and by whom."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, inspect, select, update

from appliance.core.dialing.attempts import Result
from appliance.core.dialing.law import Kind
from appliance.core.live.state import Agent, State
from appliance.core.site import Site
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.clock import now
from appliance.services.dialers import Change, change_state
from appliance.services.do_not_call import add_entry
from appliance.services.entities import replace_site, save_entity
from appliance.store.db import Database
from appliance.store.dialing.attempt_rows import load_attempts
from appliance.store.dialing.attempts import begin_attempts, end_attempt
from appliance.store.dialing.detection import Detected, Detection, load_detection
from appliance.store.dialing.figures import load_dialer_figures
from appliance.store.reminders import insert_reminder
from appliance.store.tables.dialing import AttemptRow, ListContactRow
from appliance.store.work import Work, insert_work
from tests.app.console import Browser, Console, a_console, a_user
from tests.app.test_console_entities import form_of
from tests.dialing import a_wish, add_contacts
from tests.sites import a_site

LIVE, RECYCLE = "/dialers/sales/live", "/dialers/sales/recycle"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def the_site() -> Site:
    site = a_site().model_dump(mode="json")
    site["dialers"]["sales"] |= {"mode": "predictive", "lists": [{"list": "winter"}], "abandoned_limit_tenths": 100}
    site["queues"]["support"]["members"] = [{"agent": "ana"}, {"agent": "luis"}]
    site["lists"]["summer"] = {"key": "summer", "name": "Summer"}
    site["campaigns"]["other"] = {"key": "other", "name": "Other", "queue": "sales"}
    site["security_groups"]["north"] |= {"supervisors": [{"login": "ann"}], "campaigns": [{"campaign": "other"}]}
    return Site.model_validate(site)


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, the_site()) as made:
        await add_contacts(made.database, [{"numbers": [f"+5191234567{n}"], "zone": "Asia/Tokyo"} for n in range(6)])
        yield made


@pytest.fixture
async def supervisor(console: Console) -> Browser:
    return await console.signed_in("supervisor")


async def call(console: Console, *outcomes: str, kind: Kind = "auto") -> None:
    """So many attempts, which ended so; whoever answered had an agent after a second."""
    site, at = the_site(), now()
    async with console.database.transaction() as tx:
        wish = a_wish(len(outcomes), at, kind=kind)
        begun = await begin_attempts(tx, site, site.dialers["sales"], wish)
        for attempt, outcome in zip(begun, outcomes, strict=True):
            later = [at + dt.timedelta(seconds=each) for each in (10, 11, 71)]
            answered_at = later[0] if outcome in ("answered", "abandoned", "opted_out") else None
            connected_at = later[1] if outcome == "answered" else None
            result = Result(attempt.guid, outcome, later[2], answered_at, connected_at, wait_s=1.0, talk_s=60.0)
            assert await end_attempt(tx, site, result)


async def test_its_day_stands_on_the_page(console: Console, supervisor: Browser) -> None:
    await call(console, "answered", "answered", "answered")
    assert "One more now would be over the limit." in await supervisor.get(LIVE)
    await call(console, "abandoned", "busy")
    text = await supervisor.get(LIVE)
    assert "Draft" in text
    assert "25.0%" in text  # one of four persons found nobody
    assert "10.0% allowed" in text
    assert "Over the limit" in text
    assert '<progress id="m-abandoned" class="is-over"' in text
    assert "Outside the calling hours" not in text  # it does not run
    assert "abandoned now" not in text
    assert "One more now" not in text
    assert "Not called yet" in text
    part = await supervisor.get(f"{LIVE}/now")
    assert "no calls are placed" in part
    assert "<html" not in part
    assert "Busy" in await supervisor.get(f"{LIVE}/progress")


async def test_when_it_ends_is_told_while_it_runs(supervisor: Browser) -> None:
    assert "Ends about" not in await supervisor.get(LIVE)
    for act, is_told in (("start", True), ("drain", False), ("pause", False), ("start", True), ("finish", False)):
        assert (await supervisor.post("/dialers/sales/state", {"act": act})).status == 303
        assert ("Ends about" in await supervisor.get(f"{LIVE}/progress")) == is_told, act


async def test_it_does_not_end_before_the_last_one_may_be_called_again(console: Console, supervisor: Browser) -> None:
    await call(console, "rejected", "rejected", "rejected")
    later = now() + dt.timedelta(days=3, hours=1)
    some = select(ListContactRow.contact_id).where(ListContactRow.state == "fresh").limit(1).scalar_subquery()
    waits = update(ListContactRow).where(ListContactRow.contact_id == some).values(state="retry", next_at=later)
    async with console.database.transaction() as tx:
        row = (await tx.execute(select(AttemptRow).limit(1))).scalar_one()
        told = {column.key: getattr(row, column.key) for column in inspect(AttemptRow).columns}
        tx.add_all([AttemptRow(**told | {"guid": f"attempt-{n}"}) for n in range(20)])
        await tx.execute(waits)
    assert (await supervisor.post("/dialers/sales/state", {"act": "start"})).status == 303
    text = re.sub(r"<[^>]+>", " ", await supervisor.get(f"{LIVE}/progress"))
    assert re.search(r"Ends about\s+in 3 days", text), text


async def test_what_was_never_placed_is_no_call_anywhere(console: Console, supervisor: Browser) -> None:
    await call(console, "busy", "cancelled", "cancelled")
    now, progress = await supervisor.get(f"{LIVE}/now"), await supervisor.get(f"{LIVE}/progress")
    assert "<dt>Attempts today</dt><dd>1</dd>" in now
    assert "Cancelled" not in progress
    lines = (await supervisor.get("/dialers/sales/calls.csv")).strip().splitlines()
    assert [line.split(",")[7] for line in lines[1:]] == ["busy"]


async def test_who_talks_at_this_moment_has_answered(console: Console) -> None:
    await call(console, "answered", "busy", "busy")
    async with console.database.reading() as tx:
        found = await load_dialer_figures(tx, "sales", now() - dt.timedelta(hours=1), 2)
    assert found.answer_rate == pytest.approx(1 / 3)
    found = found.with_open(2)
    assert (found.attempts, found.answers, found.connected, found.answer_rate) == (3, 3, 3, 0.6)


async def test_it_says_how_it_dials_and_where_its_contacts_are(console: Console, supervisor: Browser) -> None:
    text = await supervisor.get(LIVE)
    assert "Predictive · " in text
    assert 'href="/lists/winter/contacts"' in text
    assert "done after one try" not in text
    assert 'href="/dialers/sales/live"' in await supervisor.get("/lists/winter/contacts")
    lists = re.sub(r"<[^>]+>", " ", await supervisor.get("/lists"))
    assert re.search(r"winter\s+6\s+Winter sales", lists), lists


async def test_who_is_done_without_a_call_stands_there_with_why(console: Console, supervisor: Browser) -> None:
    await call(console, "rejected", "rejected")
    barred = update(ListContactRow).where(ListContactRow.state == "fresh").values(state="done", result="never")
    async with console.database.transaction() as tx:
        await tx.execute(barred)
        await add_entry(tx, the_site(), {"number": "+519123*"}, source="console", by="eva")
    text = re.sub(r"<[^>]+>", " ", await supervisor.get(f"{LIVE}/progress"))
    assert re.search(r"those who are done\s+On the do-not-call list\s+4\s+Refused\s+2", text), text
    assert "4 contacts may not be called" in await supervisor.get(RECYCLE)


async def test_a_new_one_begins_with_rules_for_trying_again(console: Console) -> None:
    admin = await console.signed_in("administrator")
    form = dict(form_of(await admin.get("/dialers/_new")))
    assert form["retries.0.outcome"] == "busy"
    assert (form["retries.1.outcome"], form["retries.1.delay_min"]) == ("no_answer", "120")
    made = form | {"key": "spring", "name": "Spring", "campaign": "other"}
    refused = await admin.post("/dialers/_new", made | {"mode": "agentless"})
    assert refused.status == 422
    at_field = r'-agentless_destination-help">\s*<p class="field-error">[^/]*needs the place where its calls go'
    assert re.search(at_field, re.sub(r"<svg.*?</svg>", "", await refused.text(), flags=re.DOTALL))
    assert (await admin.post("/dialers/_new", made)).status == 303
    assert "done after one try" not in await admin.get("/dialers/spring/live")
    without = {name: value for name, value in made.items() if not name.startswith("retries.")} | {"version": "1"}
    assert (await admin.post("/dialers/spring", without)).status == 303
    assert "done after one try" in await admin.get("/dialers/spring/live")


async def test_a_contact_tells_where_it_stands_in_its_lists(console: Console, supervisor: Browser) -> None:
    await call(console, "busy")
    [found] = set(re.findall(r"/contacts/(\d+)", await supervisor.get("/lists/winter/contacts?result=busy")))
    text = re.sub(r"<[^>]+>", " ", await supervisor.get(f"/contacts/{found}"))
    assert re.search(r"Waits for its next try\s+By the rules for trying again\s+1\s+Busy", text), text


async def test_who_heard_a_message_and_wants_no_more_was_not_abandoned(console: Console, supervisor: Browser) -> None:
    await call(console, "opted_out", "opted_out", kind="agentless")
    text = await supervisor.get(f"{LIVE}/now")
    assert "0 · —" in text


async def test_what_was_detected_stands_beside_what_agents_said(console: Console, supervisor: Browser) -> None:
    """Left to the message, a disposition for machines, and any other one; who hung up on a machine is not asked."""
    await call(console, *["answered"] * 5)
    async with console.database.transaction() as tx:
        guids = list(
            (await tx.execute(select(AttemptRow.guid).order_by(AttemptRow.position, AttemptRow.guid))).scalars()
        )
        said = [("human", "answered", "won"), ("human", "delivered", ""), ("machine", "answered", "voicemail")]
        said += [("machine", "answered", "won"), ("machine", "machine", "")]
        for guid, (amd, outcome, disposition) in zip(guids, said, strict=True):
            own = update(AttemptRow).where(AttemptRow.guid == guid)
            has_agent = disposition or outcome == "delivered"
            await tx.execute(
                own.values(amd=amd, outcome=outcome, agent="ana", **({} if has_agent else {"connected_at": None}))
            )
            if disposition:
                work = {"guid": guid, "agent": "ana", "campaign": "support", "queue": "sales", "number": "1"}
                texts = {"chosen_by": "agent", "notes": "", "form": "", "answers": {}, "is_marked": False}
                times = {"began_at": now(), "ended_at": now(), "completed_at": now(), "version": 1}
                await insert_work(tx, Work(**work, **texts, **times, contact_id=None, disposition=disposition))
        found = await load_detection(tx, "sales", now() - dt.timedelta(days=1), ["voicemail"])
    assert found == Detection(human=Detected(2, 1, 1), machine=Detected(3, 1, 1))
    assert found.right_share == 0.5
    assert "Machines told from people" in await supervisor.get(LIVE)


async def test_its_calls_are_a_file_at_any_time(console: Console, supervisor: Browser) -> None:
    await call(console, "answered", "busy", "abandoned")
    text = await supervisor.get("/dialers/sales/calls.csv")
    lines = text.strip().splitlines()
    assert lines[0].startswith("\ufeffCalled,List,Name,Key of its own,Number,Kind,Agent,Outcome")
    assert sorted(line.split(",")[7] for line in lines[1:]) == ["abandoned", "answered", "busy"]
    assert all(",winter,Somebody,," in line for line in lines[1:])
    answered = next(line for line in lines if ",answered," in line)
    assert ",1.0,60.0," in answered
    async with console.database.reading() as tx:
        read, after = list[str](), None
        while some := await load_attempts(tx, "sales", after=after, size=2):
            read, after = [*read, *(each.guid for each in some)], some[-1]
        everything = await load_attempts(tx, "sales", after=None, size=10)
    assert read == [each.guid for each in everything]
    assert len(read) == 3


async def test_promised_calls_that_are_late_stand_on_the_page(console: Console, supervisor: Browser) -> None:
    async with console.database.transaction() as tx:
        promise = {"agent": "", "campaign": "support", "number": "+51987654321", "note": "", "created_by": "ana"}
        for minutes in (-4, -6, 30):
            due_at = now() + dt.timedelta(minutes=minutes)
            await insert_reminder(tx, **promise, guid="", due_at=due_at, created_at=due_at, result="")
    text = await supervisor.get(f"{LIVE}/progress")
    assert "1 promised call is late." in text
    assert "&lt;time" not in text


async def test_a_supervisor_starts_and_pauses_it_and_that_is_written_down(supervisor: Browser) -> None:
    response = await supervisor.post("/dialers/sales/state", {"act": "start", "note": "go <b>"})
    assert response.status == 303
    text = await supervisor.get(LIVE)
    assert "Running" in text
    assert "go &lt;b&gt;" in text
    assert (await supervisor.post("/dialers/sales/state", {"act": "reopen"})).status == 422
    assert (await supervisor.post("/dialers/sales/state", {"act": "explode"})).status == 400
    assert (
        await supervisor.post("/dialers/sales/state", {"act": "schedule", "starts_at": "2001-01-01T10:00"})
    ).status == 422
    assert (await supervisor.post("/dialers/sales/state", {"act": "pause"})).status == 303
    assert "Paused" in await supervisor.get("/dialers")


async def test_a_page_that_is_open_follows_the_state(supervisor: Browser) -> None:
    assert (await supervisor.post("/dialers/sales/state", {"act": "start"})).status == 303
    assert "It begins in a moment." in await supervisor.get(LIVE)
    before = await supervisor.get(f"{LIVE}/now?state=draft")
    assert 'id="dialer-state"' in before
    assert 'value="pause"' in before
    assert 'id="dialer-next"' not in await supervisor.get(f"{LIVE}/now?state=running")  # a note may be half typed there


async def test_who_waits_stands_there_with_why_and_for_how_long(console: Console, supervisor: Browser) -> None:
    assert "Why contacts wait" not in await supervisor.get(f"{LIVE}/progress")
    at = now() + dt.timedelta(hours=3)
    capped = update(ListContactRow).where(ListContactRow.contact_id < 3)
    async with console.database.transaction() as tx:
        await tx.execute(capped.values(state="retry", held_by="cap", next_at=at))
    text = re.sub(r"<[^>]+>", " ", await supervisor.get(f"{LIVE}/progress"))
    assert re.search(r"Called as often as allowed for now\s+2\s+The next one\s+in \d hours", text), text


async def test_its_log_says_which_settings_were_changed(console: Console, supervisor: Browser) -> None:
    site = the_site()
    changed = site.dialers["sales"].model_copy(update={"abandoned_limit_tenths": 7, "machines": "hang_up"})
    async with console.database.transaction() as tx:
        await save_entity(tx, "dialers", changed, by="eva", version=1)
    text = await supervisor.get(LIVE)
    assert "Most abandoned calls: 100 → 7" in text
    assert "Answering machines: off → hang_up" in text
    assert "Intensity: " not in text


async def test_who_only_looks_changes_nothing(console: Console) -> None:
    auditor = await console.signed_in("auditor")
    assert "What next" not in await auditor.get(LIVE)
    for path in ("state", "pace", "recycle", "recycle/preview", "copy"):
        assert (await auditor.post(f"/dialers/sales/{path}", {"act": "start"})).status == 403


async def test_another_teams_dialer_is_not_found(console: Console) -> None:
    async with console.database.transaction() as tx:
        tx.add(a_user("ann", "supervisor"))
    ann = console.browser()
    await ann.sign_in("ann")
    for path in (LIVE, f"{LIVE}/now", f"{LIVE}/progress", "/dialers/sales/rehearsal", "/dialers/sales/recycle"):
        assert (await ann.client.get(path)).status == 404
    assert (await ann.post("/dialers/sales/state", {"act": "start"})).status == 404


async def test_the_knobs_hold_at_once_and_have_bounds(supervisor: Browser) -> None:
    seen = dict(re.findall(r'name="(seen_\w+)" value="(\d+)"', await supervisor.get(LIVE)))
    knobs = {"intensity_pct": "50", "max_ratio_pct": "300"} | seen
    assert (await supervisor.post("/dialers/sales/pace", knobs)).status == 303
    assert "Intensity 50 %, at most 300 % for each agent" in await supervisor.get(LIVE)
    for bad in ({"intensity_pct": "101"}, {"max_ratio_pct": "99"}, {"intensity_pct": "many"}):
        assert (await supervisor.post("/dialers/sales/pace", knobs | bad)).status == 422


async def test_of_two_who_turn_the_knobs_the_later_one_is_told(supervisor: Browser) -> None:
    opened = await supervisor.get(LIVE)
    seen = dict(re.findall(r'name="(seen_\w+)" value="(\d+)"', opened))
    assert (await supervisor.post("/dialers/sales/state", {"act": "start"})).status == 303  # no knob is turned by it
    first = {"intensity_pct": "50", "max_ratio_pct": "300"}
    assert (await supervisor.post("/dialers/sales/pace", first | seen)).status == 303
    response = await supervisor.post("/dialers/sales/pace", {"intensity_pct": "90", "max_ratio_pct": "500"} | seen)
    text = await response.text()
    assert response.status == 422
    assert "Somebody else turned them meanwhile" in text
    assert 'name="intensity_pct" inputmode="numeric" value="50"' in text


async def test_contacts_are_counted_before_they_are_called_again(console: Console, supervisor: Browser) -> None:
    assert "Nobody is done yet" in await supervisor.get(RECYCLE)
    async with console.database.transaction() as tx:
        await tx.execute(update(ListContactRow).values(state="done", result="busy"))
        first = select(func.min(ListContactRow.contact_id)).scalar_subquery()
        await tx.execute(update(ListContactRow).where(ListContactRow.contact_id == first).values(disposition="won"))
    offered = re.findall(r'value="(\w+)"><span>[^<]*<span class="number">(\d)', await supervisor.get(RECYCLE))
    assert offered == [("won", "1"), ("busy", "6")]  # each as many as it would call again by itself
    counted = await (await supervisor.post("/dialers/sales/recycle/preview", {"result": "busy"})).text()
    assert "6 contacts would be called again." in counted
    for path in (RECYCLE, f"{RECYCLE}/preview"):
        assert (await supervisor.post(path, {"into": ""})).status == 422, "somebody must be chosen"
    done = await (await supervisor.post("/dialers/sales/recycle", {"result": "busy"})).text()
    assert "6 contacts are called again." in done
    assert "once it is started" in done
    assert "Recycled 6 contacts" in await supervisor.get(LIVE)


async def test_a_rehearsal_says_what_is_to_be_expected(supervisor: Browser) -> None:
    usual = await supervisor.get("/dialers/sales/rehearsal")
    assert 'value="6"' in usual  # contacts that are left
    assert 'name="agents" inputmode="numeric" value="2"' in usual  # all of its queue, for nobody is logged in
    asked = "agents=8&hours=1&answer_pct=30&talk_s=60&wrap_s=10&ring_s=10&machine_pct=0&contacts=50"
    found = await supervisor.get(f"/dialers/sales/rehearsal?{asked}")
    assert "To be expected" in found
    assert "50 calls" in found
    for bad in ("agents=0", "answer_pct=x", "machine_pct=80"):
        name = bad.partition("=")[0]
        rest = "&".join(each for each in asked.split("&") if not each.startswith(name))
        response = await supervisor.client.get(f"/dialers/sales/rehearsal?{rest}&{bad}")
        assert response.status == 422
        assert f'id="e-{name}"' in await response.text()
    assert "100%" in await supervisor.get("/dialers/sales/pace/effects")


async def test_knobs_tell_what_they_would_come_to_as_they_are_typed(supervisor: Browser) -> None:
    effects = "/dialers/sales/pace/effects"
    text = await supervisor.get(f"{effects}?intensity_pct=33&max_ratio_pct=100")
    rows = [re.findall(r"([0-9.]+)%", row) for row in text.split("<tr>")[2:]]
    assert [row[0] for row in rows] == ["33", "50", "75", "100"]
    more = await supervisor.get(f"{effects}?intensity_pct=33&max_ratio_pct=600")
    busy = re.findall(r"([0-9.]+)%", more.split("<tr>")[2])[1]
    assert int(rows[0][1]) < int(busy), "with fewer calls at once agents are less busy"
    assert "400%" in await supervisor.get(f"{effects}?intensity_pct=33&max_ratio_pct=1e9"), "as it is now"


async def test_a_copy_has_the_rules_and_no_lists(console: Console) -> None:
    admin = await console.signed_in("administrator")
    assert "Other" in await admin.get("/dialers/sales/copy")
    values = {"key": "spring", "name": "Spring", "campaign": "other"}
    assert (await admin.post("/dialers/sales/copy", values | {"key": "sales"})).status == 422
    assert (await admin.post("/dialers/sales/copy", values | {"campaign": "support"})).status == 422
    assert (await admin.post("/dialers/sales/copy", values)).status == 303
    assert "Spring" in await admin.get("/dialers/spring/live")
    assert "No campaign is free" in await admin.get("/dialers/sales/copy")


async def test_a_ready_agent_sees_whom_to_call_and_says_why_not(console: Console) -> None:
    site = the_site().model_dump(mode="json")
    site["dialers"]["sales"] |= {"mode": "preview", "preview_s": 20}
    site["queues"]["support"]["members"] = [{"agent": "ana"}]
    async with console.database.transaction() as tx:
        await replace_site(tx, Site.model_validate(site), by="test", summary="test")
        await log_in(tx, "ana", Place("local"), Act("test"))
        await change_state(tx, Site.model_validate(site).dialers["sales"], Change("start"), by="test")
    ana = await console.signed_in("agent")
    assert "every 3s" in await ana.get("/me/preview/card")
    console.live.state = State(agents={"ana": Agent("PJSIP/1001", now(), state="ready")})
    card = await ana.get("/me/preview/card")
    assert "Somebody" in card
    assert "+51912345670" in card
    assert 'data-after="20"' in card
    assert "itself in 20 s" in card
    assert (await ana.post("/me/preview/call", {"dialer": "sales"})).status == 503, "nothing dials here"
    shown = dict(re.findall(r'name="(dialer|kind|contact|number)" value="([^"]*)"', card))
    assert (await ana.post("/me/preview/skip", shown | {"reason": "knows us"})).status == 303
    assert "+51912345671" in await ana.get("/me/preview/card")
