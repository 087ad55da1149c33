"""Dialers while they live: steps, knobs, ends by itself, recycling, promised calls, previews."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from appliance.core.dialing.attempts import Attempt, Result
from appliance.core.problems import Invalid
from appliance.core.site import Site
from appliance.services.agents.sessions import Place, log_in, log_out
from appliance.services.agents.trail import Act
from appliance.services.clock import now
from appliance.services.dialer.life import DialerLife
from appliance.services.dialer.reading import Reader
from appliance.services.dialers import Change, Knobs, change_state, settle, turn_knobs
from appliance.services.emergency import set_emergency
from appliance.services.entities import remove_entity, replace_site
from appliance.services.errors import NotFound, Refused
from appliance.services.previews import Shown, accept, offer, skip
from appliance.services.recycling import recycle
from appliance.services.reminders import Promise, promise_call
from appliance.services.work import Closing, finish_work, own_work
from appliance.store.db import Database
from appliance.store.dialing.attempts import begin_attempts, end_attempt
from appliance.store.dialing.do_not_call import never_called
from appliance.store.dialing.lanes import load_zones
from appliance.store.dialing.previews import LEASE
from appliance.store.dialing.promised import begin_promised, load_promised
from appliance.store.dialing.recycling import Recycling, count_done
from appliance.store.dialing.states import load_next_tries, load_progress, load_state
from appliance.store.reminders import insert_reminder
from appliance.store.tables.configuration import AuditRow
from appliance.store.tables.dialing import AttemptRow, ListContactRow
from appliance.store.tables.work import ReminderRow
from appliance.store.work import Work, insert_work
from tests.app.api import Api, an_api
from tests.app.console import a_console
from tests.app.test_last_look import never_again
from tests.dialing import NOON, a_wish, add_contacts, load_row
from tests.sites import a_site
from tests.waiting import eventually

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MINUTE = dt.timedelta(minutes=1)


def the_site(**dialer: Any) -> Site:
    site = a_site().model_dump(mode="json")
    site["queues"]["support"]["members"] = [{"agent": "ana"}]
    site["dialers"]["sales"] |= {"lists": [{"list": "winter"}], "retries": [{"outcome": "disposition"}]} | dialer
    site["lists"]["summer"] = {"key": "summer", "name": "Summer"}
    site["dispositions"]["again"] = {"key": "again", "name": "Again", "retry": True}
    site["dispositions"]["never"] = {"key": "never", "name": "Never", "do_not_call": True}
    return Site.model_validate(site)


SITE = the_site()
DIALER = SITE.dialers["sales"]
PREVIEW = the_site(mode="preview", preview_s=20)


async def furnish(database: Database, site: Site = SITE) -> None:
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")


async def do(database: Database, act: Any, **change: Any) -> None:
    async with database.transaction() as tx:
        await change_state(tx, DIALER, Change(act, **change), by="eva")


async def state_of(database: Database) -> str:
    async with database.reading() as tx:
        return (await load_state(tx, "sales")).state


async def test_where_those_are_who_may_be_waiting(database: Database) -> None:
    await furnish(database)
    rows = [{"zone": "Asia/Tokyo"}, {"zone": "", "owner": "ana"}, {"zone": "Europe/London", "state": "done"}]
    await add_contacts(database, [row | {"numbers": [f"+5198700000{n}"]} for n, row in enumerate(rows)])
    async with database.reading() as tx:
        assert await load_zones(tx, ["winter"]) == {("winter", "Asia/Tokyo"), ("winter", "")}
        assert await load_zones(tx, []) == set()


async def test_when_the_first_and_the_last_may_be_tried_again(database: Database) -> None:
    await furnish(database)
    times = [NOON + n * MINUTE for n in (9, 3, 7, 5)]
    rows = [{"state": "retry", "next_at": at, "numbers": [f"+5198700000{n}"]} for n, at in enumerate(times)]
    async with database.reading() as tx:
        assert await load_next_tries(tx, DIALER) == (None, None)
    await add_contacts(database, [*rows, {"state": "done", "next_at": NOON, "numbers": ["+51987000009"]}])
    async with database.reading() as tx:
        assert await load_next_tries(tx, DIALER) == (NOON + 3 * MINUTE, NOON + 9 * MINUTE)


@on_one_database
async def test_a_life(database: Database) -> None:
    await furnish(database)
    assert await state_of(database) == "draft"
    for act, after in [("start", "running"), ("pause", "paused"), ("start", "running"), ("drain", "draining")]:
        await do(database, act, note="because")
        assert await state_of(database) == after
    with pytest.raises(Invalid, match="a dialer that runs or ends cannot be archived"):
        await do(database, "archive")
    async with database.transaction() as tx:
        await turn_knobs(tx, DIALER, Knobs(intensity_pct=50), by="eva")
        await settle(tx, SITE, now())
        assert (await load_state(tx, "sales")).pace_of(DIALER).intensity_pct == 50
        trail = await tx.execute(select(AuditRow).where(AuditRow.section == "dialers", AuditRow.generation == 0))
        told = [(row.action, row.by, row.after["state"], row.after.get("note")) for row in trail.scalars()]
    assert told[0] == ("start", "eva", "running", "because")
    assert told[-1] == ("finish", "appliance", "finished", None), "it was ending, and no call was left"


@on_one_database
@pytest.mark.parametrize("way", ["removed", "by a file"])
async def test_one_that_is_gone_does_not_run_when_it_is_made_again(database: Database, way: str) -> None:
    await furnish(database)
    await do(database, "start")
    without = SITE.model_copy(update={"dialers": {}})
    async with database.transaction() as tx:
        if way == "removed":
            await remove_entity(tx, "dialers", "sales", version=1, by="eva")
        else:
            await replace_site(tx, without, by="eva", summary="import")
    await furnish(database)
    assert await state_of(database) == "draft"


@on_one_database
async def test_it_starts_and_ends_by_itself(database: Database) -> None:
    await furnish(database)
    [contact] = await add_contacts(database, [{"numbers": ["+51987000001"]}])
    never = dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.timezone(-5 * 60 * MINUTE))
    for wrong in (now() - MINUTE, never, None):
        with pytest.raises(Invalid, match="within a year"):
            await do(database, "schedule", starts_at=wrong)
    await do(database, "schedule", starts_at=now() + MINUTE)
    async with database.transaction() as tx:
        assert await settle(tx, SITE, now()) == []
        await settle(tx, SITE, now() + 2 * MINUTE)
    assert await state_of(database) == "running"
    async with database.transaction() as tx:
        assert await settle(tx, SITE, now()) == [], "there is a contact"
        await tx.execute(update(ListContactRow).where(ListContactRow.contact_id == contact).values(state="done"))
        waiting = the_site(waits_for_contacts=True)
        assert await settle(tx, waiting, now()) == []
    await DialerLife(database).look()
    assert await state_of(database) == "finished"


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_who_pauses_it_in_the_moment_of_its_end_ends_nothing_else(database: Database) -> None:
    await furnish(database)
    await do(database, "start")

    async def waits() -> bool:
        async with database.reading() as tx:
            blocked = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
            return bool((await tx.execute(blocked)).scalar_one())

    async with database.transaction() as tx:
        await change_state(tx, DIALER, Change("pause"), by="eva")
        life = asyncio.create_task(DialerLife(database).look())
        await eventually(waits)
    await life
    assert await state_of(database) == "paused"


async def test_who_was_kept_back_by_rules_that_were_changed_is_looked_at_anew(database: Database) -> None:
    """Not who was skipped, or waits for a next try; and nobody where nothing was changed."""
    await furnish(database)
    why, later = ("filter", "cap", "hours", "skip", ""), now() + 30 * MINUTE
    ids = await add_contacts(
        database,
        [
            {"numbers": [f"+5198700000{n}"], "state": "retry", "held_by": held_by, "next_at": later}
            for n, held_by in enumerate(why)
        ],
    )
    await do(database, "start")
    life = DialerLife(database)
    for site, kept in ((SITE, why), (the_site(day_cap=5), ("skip", ""))):
        await furnish(database, site)
        await life.look()
        rows = [await load_row(database, each) for each in ids]
        assert tuple(row.held_by for row in rows if row.next_at == later) == kept


@on_one_database
async def test_two_at_once_do_not_overwrite_each_other(database: Database) -> None:
    with pytest.raises(Invalid, match="a time to come"):
        await do(database, "schedule", starts_at=now() - MINUTE)
    await do(database, "start")
    with pytest.raises(Invalid, match="a dialer that runs or is archived cannot be started"):
        await do(database, "start")


async def test_recycling_counts_first(database: Database) -> None:
    done = {"state": "done", "tries": 2}
    rows = [
        done | {"result": "busy"},
        done | {"result": "answered", "disposition": "again"},
        done | {"result": "never"},
        done | {"result": "opted_out"},
    ]
    ids = await add_contacts(database, [{"numbers": [f"+5198700000{n}"]} | done | row for n, row in enumerate(rows)])
    wanted = Recycling(("busy", "never", "opted_out"), ("again",))
    async with database.transaction() as tx:
        await never_again(tx, "+51987000002")
        await never_again(tx, "+51987000003")
        assert [each.contacts for each in await count_done(tx, DIALER, now())] == [1, 1]
        assert sum(each.contacts for each in await count_done(tx, DIALER, now(), wanted)) == 2
        copied = await recycle(tx, SITE, DIALER, wanted._replace(into="summer"), by="eva")
        again = await recycle(tx, SITE, DIALER, wanted._replace(into="summer"), by="eva")
        assert (copied, again) == (2, 0)
        assert await recycle(tx, SITE, DIALER, wanted, by="eva") == 2
        with pytest.raises(Invalid, match="no such list"):
            await recycle(tx, SITE, DIALER, wanted._replace(into="spring"), by="eva")
    states = [(await load_row(database, each)).state for each in ids]
    assert states == ["fresh", "fresh", "done", "done"], "who is never called stays so"
    assert (await load_row(database, ids[0], "summer")).tries == 0
    async with database.reading() as tx:
        assert sum(row.contacts for row in await load_progress(tx, DIALER)) == 4


FREED: dict[str, tuple[dict[str, Any], set[str]]] = {
    "for all": ({}, set()),
    "the beginning": ({"number": "+5198", "is_prefix": True}, set()),
    "for this campaign": ({"campaign": "support"}, set()),
    "for another one": ({"campaign": "other"}, {"never", "opted_out"}),
    "until yesterday": ({"expires_at": NOON}, {"never", "opted_out"}),
    "another number": ({"number": "+51987000099"}, {"never", "opted_out"}),
    "one of two numbers": ({"number": "+51987000000"}, {"never"}),
}


@pytest.mark.parametrize("why", FREED)
async def test_who_is_on_the_do_not_call_list_no_more_can_be_recycled(database: Database, why: str) -> None:
    entry, freed = FREED[why]
    numbers = ["+51987000000", "+51987000001"] if why == "one of two numbers" else ["+51987000001"]
    for result in ("never", "opted_out"):
        await add_contacts(database, [{"numbers": numbers, "state": "done", "result": result}])
    async with database.transaction() as tx:
        await never_again(tx, **{"number": "+51987000001"} | entry)
    async with database.reading() as tx:
        assert {each.result for each in await count_done(tx, DIALER, now())} == freed


async def test_who_asked_for_no_more_calls_stays_done_however_their_card_writes_the_number(database: Database) -> None:
    await add_contacts(database, [{"numbers": ["987000001", "987000002"]}])
    [attempt] = await begin(database)
    async with database.transaction() as tx:
        await end_attempt(tx, SITE, Result(attempt.guid, "opted_out", now()))
        assert await never_called(tx, {"+51987000001"}, "", now())
        assert await count_done(tx, DIALER, now()) == []


async def begin(database: Database, site: Site = SITE, **wish: Any) -> list[Attempt]:
    async with database.transaction() as tx:
        return await begin_attempts(tx, site, site.dialers["sales"], a_wish(**{"at": now()} | wish))


async def keep(database: Database, *ready: str, at: dt.datetime | None = None) -> list[Attempt]:
    async with database.transaction() as tx:
        wish = a_wish(len(ready), at or now(), kind="promised", ready=ready)
        return await begin_promised(tx, SITE, DIALER, wish)


async def promise(database: Database, **values: Any) -> int:
    usual = {"agent": "ana", "campaign": "support", "number": "+51987000009", "note": "", "guid": "", "result": ""}
    times = {"due_at": now() - MINUTE, "created_at": now(), "created_by": "ana"}
    async with database.transaction() as tx:
        return await insert_reminder(tx, **usual | times | values)


async def test_promised_calls_are_kept(database: Database) -> None:
    mine = await promise(database)
    await promise(database, number="+51987000008", agent="", due_at=now() + 5 * MINUTE)
    assert await keep(database, "ben") == [], "it is another agent's"
    [kept] = await keep(database, "ben", "ana")
    assert (kept.kind, kept.agent, kept.number) == ("promised", "ana", "+51987000009")
    assert await keep(database, "ben", "ana") == [], "one call at a time"
    async with database.transaction() as tx:
        await end_attempt(tx, SITE, Result(kept.guid, "no_answer", now()))
        assert mine in [each.reminder_id for each in await load_promised(tx, DIALER)], "it is still owed"
    [again] = await keep(database, "ana", at=now() + 11 * MINUTE)
    async with database.transaction() as tx:
        await end_attempt(tx, SITE, Result(again.guid, "answered", now()))
        found = (await tx.execute(select(ReminderRow).where(ReminderRow.reminder_id == mine))).scalar_one()
    assert found.result == "called"
    [anyones] = await keep(database, "ben", at=now() + 12 * MINUTE)
    assert anyones.agent == "ben"


async def test_a_promise_is_kept_to_a_person_not_to_a_number(database: Database) -> None:
    """Whoever is called at another number, or was called there as often as may be in a day, is not called now."""
    numbers = ["+51987000001", "+51987000009"]
    [contact] = await add_contacts(database, [{"numbers": numbers}])
    await promise(database, contact_id=contact, due_at=NOON)
    [attempt] = await begin(database, at=NOON)
    assert attempt.number == numbers[0]
    assert await keep(database, "ana", at=NOON) == [], "they are being called"
    async with database.transaction() as tx:
        await end_attempt(tx, SITE, Result(attempt.guid, "busy", NOON))
    capped = the_site(day_cap=1).dialers["sales"]
    async with database.transaction() as tx:
        wish = a_wish(1, kind="promised", ready=("ana",))
        assert await begin_promised(tx, SITE, capped, wish) == []
    assert [each.number for each in await keep(database, "ana", at=NOON)] == [numbers[1]]


async def test_a_promise_waits_while_the_card_is_called_at_a_number_that_it_had(database: Database) -> None:
    numbers = ["+51987000001", "+51987000009"]
    [contact] = await add_contacts(database, [{"numbers": numbers[:1]}])
    await promise(database, contact_id=contact, number=numbers[1], due_at=NOON)
    await promise(database, contact_id=contact, number="+51987000008", due_at=NOON, agent="ben")
    assert len(await keep(database, "ana", "ben", at=NOON)) == 1
    assert await begin(database, at=NOON) == []


async def test_a_promise_is_kept_when_it_is_the_hour_where_the_number_is(database: Database) -> None:
    """Their card says Lima, the number which they want to be called at says Tokyo."""
    noon = dt.datetime.combine(now().date(), dt.time(17), dt.UTC)
    day = the_site(law="us", abandoned_prompt="welcome", schedule="")
    [contact] = await add_contacts(database, [{"numbers": ["+51987000001"], "zone": "America/Lima"}])
    await promise(database, contact_id=contact, number="+81312345678", due_at=noon - MINUTE)
    wish = a_wish(1, noon, kind="promised", ready=("ana",))
    async with database.transaction() as tx:
        assert await begin_promised(tx, day, day.dialers["sales"], wish) == []
    async with database.transaction() as tx:
        morning = noon.replace(hour=13) + dt.timedelta(days=1)  # eight in Lima, ten in the evening in Tokyo
        assert await begin_promised(tx, day, day.dialers["sales"], wish._replace(at=morning)) == []
        both = noon.replace(hour=1)  # eight in the evening in Lima, ten in the morning in Tokyo
        await tx.execute(update(ReminderRow).values(due_at=both - MINUTE))
        assert await begin_promised(tx, day, day.dialers["sales"], wish._replace(at=both)) != []


async def test_calls_that_reached_nobody_end_no_promise(database: Database) -> None:
    """The lines were taken, or the agent's own phone did not answer: the customer was not called."""
    mine, at = await promise(database), now()
    for outcome in ("cancelled", "congestion", "cancelled", "cancelled", "no_answer"):
        [kept] = await keep(database, "ana", at=at)
        at += 11 * MINUTE
        async with database.transaction() as tx:
            await end_attempt(tx, SITE, Result(kept.guid, outcome, at))
            assert [each.reminder_id for each in await load_promised(tx, DIALER)] == [mine], outcome


@on_one_database
async def test_a_call_is_promised_once_however_often_it_is_said(database: Database) -> None:
    """Until the agent says something else: a call of today may be opened again."""
    await furnish(database)
    await finish(database, "a-call", "+51987000009", "later", due_at=now() + 9 * MINUTE)
    for disposition, due in (("later", 5), ("later", 7), ("again", None)):
        at = now() + due * MINUTE if due else None
        async with database.transaction() as tx:
            await finish_work(tx, await own_work(tx, "a-call", "ana"), Closing(disposition, at), by="ana")
            assert [each.due_at for each in await load_promised(tx, DIALER)] == ([at] if at else [])


@on_one_database
async def test_what_cannot_be_kept_is_not_promised(database: Database) -> None:
    """The law of the country where the number is ends the day at nine; without a dialer nobody minds."""
    await furnish(database, the_site(law="us", abandoned_prompt="welcome", schedule=""))
    morning = dt.datetime.combine(now().date() + dt.timedelta(days=3), dt.time(15), dt.UTC)  # ten in Lima
    wished = Promise("+51987000009", morning, "ana", campaign="support")
    async with database.transaction() as tx:
        assert await promise_call(tx, wished, by="ana")
        for at, number in ((morning.replace(hour=4), "+51987000009"), (morning, "+81312345678")):
            with pytest.raises(Invalid, match="outside the calling hours"):
                await promise_call(tx, replace(wished, due_at=at, number=number), by="ana")
        assert await promise_call(tx, replace(wished, due_at=morning.replace(hour=4), campaign=""), by="ana")


async def test_a_promise_does_not_outweigh_do_not_call(database: Database) -> None:
    await furnish(database)
    await promise(database)
    await finish(database, "guid-of-another-call", "+51987000009", "never")
    assert await keep(database, "ana") == []
    async with database.reading() as tx:
        assert await never_called(tx, ["+51987000009"], "any", now()) == {"+51987000009"}
        assert await load_promised(tx, DIALER) == []


async def finish(
    database: Database, guid: str, number: str, disposition: str, due_at: dt.datetime | None = None
) -> None:
    """The agent has talked and says how it was."""
    nothing: dict[str, Any] = {"contact_id": None, "disposition": "", "chosen_by": "", "notes": "", "form": ""}
    times = {"began_at": now(), "ended_at": now(), "completed_at": None}
    work = Work(
        guid=guid,
        agent="ana",
        campaign="support",
        queue="support",
        number=number,
        answers={},
        is_marked=False,
        version=1,
        **nothing,
        **times,
    )
    async with database.transaction() as tx:
        await insert_work(tx, work)
        await finish_work(tx, await own_work(tx, guid, "ana"), Closing(disposition, due_at), by="ana")


@on_one_database
async def test_what_the_agent_says_reaches_the_list(database: Database) -> None:
    await furnish(database)
    [contact] = await add_contacts(database, [{"numbers": ["+51987000001"]}])
    [attempt] = await begin(database)
    async with database.transaction() as tx:
        await end_attempt(tx, SITE, Result(attempt.guid, "answered", now()))
    await finish(database, attempt.guid, attempt.number, "again")
    row = await load_row(database, contact)
    assert (row.state, row.disposition) == ("retry", "again")


async def log_ana_in(database: Database) -> None:
    async with database.transaction() as tx:
        await log_in(tx, "ana", Place("local"), Act("test"))


@on_one_database
async def test_a_preview_is_shown_skipped_and_called(database: Database) -> None:
    await furnish(database, PREVIEW)
    first, second = await add_contacts(database, [{"numbers": [f"+5198700000{n}"]} for n in range(2)])
    await do(database, "start")

    async def shown() -> int | None:
        async with database.transaction() as tx:
            found = await offer(tx, "local", "ana")
        return found.contact_id if found else None

    assert await shown() is None, "who is not logged in gets none"
    await log_ana_in(database)
    assert await shown() == await shown() == first
    assert await begin(database, PREVIEW, most=5) != [], "the other one may be called"
    assert (await load_row(database, first)).reserved_by == "ana"
    async with database.transaction() as tx:
        attempt = await accept(tx, "local", "ana", Shown("sales", first))
    assert (attempt.kind, attempt.agent, attempt.contact_id) == ("preview", "ana", first)
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await skip(tx, "ana", Shown("other", first), "busy")
        await end_attempt(tx, PREVIEW, Result(attempt.guid, "congestion", now() - 60 * MINUTE))
    assert await shown() == first
    async with database.transaction() as tx:
        await skip(tx, "ana", Shown("sales", first), "knows them")
    row = await load_row(database, first)
    assert (row.state, row.held_by, row.reserved_by) == ("retry", "skip", "")
    assert second


@on_one_database
async def test_only_who_is_shown_is_called_or_skipped(database: Database) -> None:
    """The button was pressed twice, in another window, or when a promise had just come due in its place."""
    await furnish(database, PREVIEW)
    first, second = await add_contacts(database, [{"numbers": [f"+5198700000{n}"]} for n in range(2)])
    await do(database, "start")
    await log_ana_in(database)
    in_one_window = await show_ana(database)
    async with database.transaction() as tx:
        await skip(tx, "ana", in_one_window, "knows them")
    in_another = await show_ana(database)
    assert (in_one_window.contact_id, in_another.contact_id) == (first, second)
    for act in (lambda tx: accept(tx, "local", "ana", in_one_window), lambda tx: skip(tx, "ana", in_one_window, "")):
        with pytest.raises((Refused, NotFound)):
            async with database.transaction() as tx:
                await act(tx)
    await promise(database, number="+51987000009")
    async with database.reading() as tx:
        assert (await tx.execute(select(AttemptRow.guid))).all() == []
    async with database.transaction() as tx:
        attempt = await accept(tx, "local", "ana", in_another)
    assert (attempt.kind, attempt.contact_id) == ("preview", second), "the promise waits for this call"
    in_the_next = await show_ana(database)
    async with database.transaction() as tx:
        attempt = await accept(tx, "local", "ana", in_the_next)
    assert (attempt.kind, attempt.number) == ("promised", "+51987000009")


@on_one_database
async def test_a_promise_that_cannot_be_kept_now_is_not_shown(database: Database) -> None:
    await furnish(database, the_site(mode="preview", life_cap=1))
    [contact] = await add_contacts(database, [{"numbers": ["+51987000001"]}])
    await do(database, "start")
    await log_ana_in(database)
    await promise(database, number="+51987000002")
    async with database.transaction() as tx:
        called = {"node": "local", "dialer": "x", "campaign": "x", "list": "x", "kind": "auto", "outcome": "busy"}
        at = {"guid": "1", "number": "+51987000002", "begun_at": now(), "ended_at": now()}
        await tx.execute(insert(AttemptRow).values(**called | at))
    assert (await show_ana(database)).contact_id == contact
    await promise(database, number="+51987000003")
    assert (await show_ana(database)).number == "+51987000003"


async def show_ana(database: Database) -> Shown:
    async with database.transaction() as tx:
        found = await offer(tx, "local", "ana")
    assert found is not None
    return found.shown


async def test_two_windows_reserve_one_contact(database: Database) -> None:
    await furnish(database, PREVIEW)
    await add_contacts(database, [{"numbers": [f"+5198700000{n}"]} for n in range(5)])
    await do(database, "start")
    await log_ana_in(database)
    shown = await asyncio.gather(*(show_ana(database) for _ in range(4)))
    assert len({each.contact_id for each in shown}) == 1
    async with database.reading() as tx:
        reserved = await tx.execute(select(ListContactRow.contact_id).where(ListContactRow.state == "reserved"))
        assert len(reserved.all()) == 1


@on_one_database
async def test_who_reads_a_preview_is_not_free_for_other_dialers(database: Database) -> None:
    await add_contacts(database, [{"numbers": ["+51987000001"]}])

    async def readers() -> frozenset[str]:
        return (await Reader(database, "local").read(())).notice.reading

    for seconds in (0, 20):
        await furnish(database, the_site(mode="preview", preview_s=seconds))
        if not seconds:
            await do(database, "start")
            await log_ana_in(database)
            assert await readers() == frozenset()
        async with database.transaction() as tx:
            assert await offer(tx, "local", "ana")
        assert await readers() == ({"ana"} if seconds else set()), "who dials by hand may take any time"
    async with database.transaction() as tx:
        await tx.execute(update(ListContactRow).values(next_at=now() + LEASE - dt.timedelta(seconds=26)))
    assert await readers() == frozenset(), "the page that should have dialled is gone"


@on_one_database
async def test_nobody_keeps_a_preview_for_ever(database: Database) -> None:
    await furnish(database, PREVIEW)
    [contact] = await add_contacts(database, [{"numbers": ["+51987000001"]}])
    await do(database, "start")
    for release in ("leaves", "is forgotten"):
        await log_ana_in(database)
        async with database.transaction() as tx:
            assert await offer(tx, "local", "ana")
            if release == "leaves":
                await log_out(tx, "ana", Act("test"))
            else:
                await tx.execute(update(ListContactRow).values(next_at=now() - MINUTE))
        await DialerLife(database).look()
        assert (await load_row(database, contact)).state == "fresh", release


@on_one_database
async def test_an_emergency_takes_the_contact_from_the_desk(database: Database) -> None:
    await furnish(database, PREVIEW)
    [contact] = await add_contacts(database, [{"numbers": ["+51987000001"]}])
    await do(database, "start")
    await log_ana_in(database)
    async with database.transaction() as tx:
        assert await offer(tx, "local", "ana")
    async with database.transaction() as tx:
        await set_emergency(tx, closed=True, by="eva")
    assert (await load_row(database, contact)).state == "fresh"
    async with database.transaction() as tx:
        assert await offer(tx, "local", "ana") is None
    with pytest.raises(Refused, match="closed for an emergency"):  # the page was open, and dials by itself
        async with database.transaction() as tx:
            await accept(tx, "local", "ana", Shown("sales", contact))
    async with database.transaction() as tx:
        await set_emergency(tx, closed=False, by="eva")
    async with database.reading() as tx:
        assert (await tx.execute(select(AttemptRow.guid))).all() == []
    async with database.transaction() as tx:
        assert await offer(tx, "local", "ana")


@pytest.fixture
async def api(database: Database, tmp_path: Path) -> AsyncIterator[Api]:
    async with an_api(database, tmp_path, SITE) as api:
        yield api


@on_one_database
async def test_the_api(api: Api) -> None:
    await add_contacts(api.database, [{"numbers": ["+51987000001"], "state": "done", "result": "busy", "tries": 1}])
    await promise(api.database, due_at=now() - 9 * MINUTE)
    one = "/dialers/sales"
    state = await api.json("GET", f"{one}/state", role="supervisor")
    assert (state["state"], state["acts"]) == ("draft", ["schedule", "start", "archive"])
    started = await api.json("POST", f"{one}/state", json={"act": "start", "note": "go"}, role="supervisor")
    assert started["state"] == "running"
    await api.json("POST", f"{one}/state", json={"act": "archive"}, status=422)
    assert (await api.json("POST", f"{one}/knobs", json={"intensity_pct": 40}))["intensity_pct"] == 40
    assert (await api.json("GET", f"{one}/progress"))["tried"] == 1
    assert [each["action"] for each in (await api.json("GET", f"{one}/changes"))["items"]][:2] == ["knobs", "start"]
    assert [each["is_late"] for each in (await api.json("GET", f"{one}/promised"))["items"]] == [True]
    law = await api.json("GET", f"{one}/law")
    assert {each["field"] for each in law["items"]} >= {"hours", "connect_s", "abandoned_limit_tenths"}
    assert all(each["source"] for each in law["items"])
    assert (await api.json("GET", f"{one}/recycling"))["contacts"] == 1
    busy = {"results": ["busy"]}
    assert (await api.json("POST", f"{one}/recycling/preview", json=busy))["contacts"] == 1
    assert (await api.json("POST", f"{one}/recycling", json=busy))["contacts"] == 1
    copy = {"key": "copy", "name": "Copy", "campaign": "support"}
    refused = await api.json("POST", f"{one}/copy", json=copy, status=422)
    assert "calls for this campaign already" in str(refused)
    await api.json("GET", "/dialers/none/state", status=404)


@on_one_database
async def test_the_desk_asks_for_the_next_contact(database: Database, tmp_path: Path) -> None:
    [contact] = await add_contacts(database, [{"numbers": ["+51987000001"]}])
    async with a_console(database, tmp_path, PREVIEW) as console:
        ana, eva = await console.signed_in("agent"), await console.signed_in("supervisor")
        assert (await eva.client.get("/me/preview")).status == 404, "who is no agent has no desk"
        await do(database, "start")
        assert await (await ana.client.get("/me/preview")).json() == {}
        await log_ana_in(database)
        shown = await (await ana.client.get("/me/preview")).json()
        assert (shown["contact_id"], shown["number"], shown["seconds"]) == (contact, "+51987000001", 20)
        form = {"csrf": ana.csrf, "dialer": "sales", "contact": str(contact), "reason": "on holiday"}
        assert (await ana.client.post("/me/preview/call", data=form)).status == 503, "nothing dials here"
        assert (await load_row(database, contact)).state == "reserved"
        assert (await ana.client.post("/me/preview/skip", data=form, allow_redirects=False)).status == 303
    async with database.reading() as tx:
        [trail] = (await tx.execute(select(AuditRow).where(AuditRow.action == "skip"))).scalars()
    assert (trail.entity_key, trail.after["reason"]) == (str(contact), "on holiday")
