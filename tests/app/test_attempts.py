"""Attempts: who is called next, who is not, and what becomes of a contact afterwards."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from appliance.core.dialing.attempts import Attempt, Result
from appliance.core.entities.dialers import Dialer
from appliance.services.contacts import load_contact, save_contact
from appliance.store.db import Database
from appliance.store.dialing.attempts import begin_attempts, end_attempt, load_open_attempts, release_attempt
from appliance.store.dialing.contact_progress import note_disposition
from appliance.store.dialing.figures import load_dialer_figures
from appliance.store.dialing.lanes import wake_contacts
from appliance.store.tables.dialing import AttemptRow, DoNotCallRow, ListContactRow
from tests.dialing import LIMA, NOON, TOKYO, a_dialer, a_dialing_site, a_wish, add_contacts, load_row

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def number(n: int) -> str:
    return f"+5198700{n:04}"


async def begin(database: Database, dialer: Dialer, most: int = 10, **wish: Any) -> list[Attempt]:
    async with database.transaction() as tx:
        return await begin_attempts(tx, a_dialing_site(dialer), dialer, a_wish(most, **wish))


async def end(database: Database, dialer: Dialer, attempt: Attempt, outcome: str, at: dt.datetime = NOON) -> bool:
    async with database.transaction() as tx:
        return await end_attempt(tx, a_dialing_site(dialer), Result(attempt.guid, outcome, at))


async def test_contacts_are_begun_once_in_their_order(database: Database) -> None:
    ids = await add_contacts(
        database, [{"numbers": [number(n)], "priority": 5 - n, "zone": (LIMA, "")[n % 2]} for n in range(4)]
    )
    dialer = a_dialer()
    first, rest = await begin(database, dialer, 2), await begin(database, dialer)
    assert {each.contact_id for each in first} == {ids[2], ids[3]}
    assert {each.contact_id for each in rest} == {ids[0], ids[1]}
    assert await begin(database, dialer) == []
    async with database.reading() as tx:
        assert sorted(await load_open_attempts(tx, "local")) == sorted(first + rest)
    assert (await load_row(database, ids[0])).state == "dialing"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("priority", [1, 3, 0, 2]),
        ("fresh_first", [0, 2, 1, 3]),
        ("oldest_attempt", [0, 2, 3, 1]),
        ("newest_first", [2, 0, 1, 3]),
    ],
)
async def test_orders(database: Database, order: str, expected: list[int]) -> None:
    """0 and 2 are fresh, 2 the newer one; 1 and 3 were called, 3 longest ago."""
    due = {"state": "due", "tries": 1, "priority": 1}
    rows = [
        {"added_at": NOON - DAY},
        due | {"last_at": NOON - HOUR},
        {},
        due | {"last_at": NOON - DAY},
    ]
    ids = await add_contacts(database, [{"numbers": [number(n)]} | row for n, row in enumerate(rows)])
    dialer = a_dialer(order=order)
    begun = [(await begin(database, dialer, 1))[0].contact_id for _ in rows]
    assert begun == [ids[n] for n in expected]


async def test_only_where_it_is_the_hour(database: Database) -> None:
    """In Tokyo it is the second hour of a feast."""
    ids = await add_contacts(database, [{"numbers": [number(n)], "zone": z} for n, z in enumerate((TOKYO, LIMA))])
    assert [each.contact_id for each in await begin(database, a_dialer())] == [ids[1]]
    feast_is_over = dt.datetime(2026, 5, 6, 1, tzinfo=dt.UTC)
    assert [each.contact_id for each in await begin(database, a_dialer(), at=feast_is_over)] == [ids[0]]


async def test_who_is_never_called(database: Database) -> None:
    """The other number of a contact is called instead; without one, the contact is done."""
    ids = await add_contacts(database, [{"numbers": [number(1), number(2)]}, {"numbers": [number(3)]}])
    async with database.transaction() as tx:
        usual = {"source": "console", "created_at": NOON, "is_prefix": False}
        await tx.execute(insert(DoNotCallRow), [usual | {"number": number(n)} for n in (1, 3)])
    assert [(each.number, each.position) for each in await begin(database, a_dialer())] == [(number(2), 1)]
    row = await load_row(database, ids[1])
    assert (row.state, row.result) == ("done", "never")


@pytest.mark.parametrize(
    ("country", "barred", "contact"),
    [
        ("PE", "+51987654321", "987654321"),  # the contact came before the country was set
        ("PE", "987654321", "+51987654321"),
        ("PE", "51987654321", "+51987654321"),
        ("", "+51987654321", "51987654321"),
        ("", "51987654321", "+51987654321"),
    ],
)
async def test_who_is_never_called_however_it_was_written(
    database: Database, country: str, barred: str, contact: str
) -> None:
    [refused, _other] = await add_contacts(database, [{"numbers": [contact]}, {"numbers": ["+51987654322"]}])
    async with database.transaction() as tx:
        usual = {"source": "console", "created_at": NOON, "is_prefix": False}
        await tx.execute(insert(DoNotCallRow).values(**usual, number=barred))
        dialer = a_dialer()
        begun = await begin_attempts(tx, a_dialing_site(dialer, country=country), dialer, a_wish())
    assert [each.number for each in begun] == ["+51987654322"]
    assert (await load_row(database, refused)).result == "never"


async def test_a_second_number_waits_for_its_own_hour(database: Database) -> None:
    """The contact's zone is that of the first number; in Tokyo it is the second hour of a feast."""
    tokyo = {"numbers": [number(1), "+81312345678"], "zone": LIMA, "position": 1}
    lima = {"numbers": ["+81312345679", number(2)], "zone": LIMA}  # a file said where they are
    [waits, called] = await add_contacts(database, [tokyo, lima])
    assert [each.contact_id for each in await begin(database, a_dialer())] == [called]
    row = await load_row(database, waits)
    assert (row.state, row.held_by) == ("retry", "hours")
    assert row.next_at == dt.datetime(2026, 5, 6, tzinfo=dt.UTC), "when the day begins there"


@pytest.mark.parametrize(
    ("zone", "numbers", "at", "begun"),
    [
        ("", ["+12083200001"], dt.timedelta(), 1),  # Idaho: Boise or Los Angeles, 11:00 or 10:00
        ("", ["+12083200001"], dt.timedelta(hours=-2), 0),  # 9:00 or 8:00
        (LIMA, ["+12083200001"], dt.timedelta(hours=-2), 1),  # a file said where they are
        ("", [number(1), "+12083200001"], dt.timedelta(hours=-2), 1),  # the first number is at home
        ("", ["+51987000001"], dt.timedelta(hours=-2), 1),
    ],
)
async def test_where_a_number_tells_of_several_zones_it_has_to_be_the_hour_in_all(
    database: Database, zone: str, numbers: list[str], at: dt.timedelta, begun: int
) -> None:
    """The centre's own zone, Lima, is none of them: there it is noon."""
    [contact] = await add_contacts(database, [{"numbers": numbers, "zone": zone}])
    assert len(await begin(database, a_dialer(), at=NOON + at)) == begun
    row = await load_row(database, contact)
    assert (row.state, row.held_by) == (("dialing", "") if begun else ("retry", "hours"))
    assert begun or row.next_at == NOON - HOUR, "nine in Los Angeles"


async def test_a_number_is_open_once(database: Database) -> None:
    """Two contacts of two lists with the same number: the second comes again when the first call is over."""
    rows = [{"numbers": [number(1)]}, {"numbers": [number(1)], "list": "summer"}, {"numbers": [number(1)]}]
    ids = await add_contacts(database, rows)
    assert len(await begin(database, a_dialer())) == 1
    other = a_dialer(key="other", lists=[{"list": "summer"}])
    assert await begin(database, other) == []
    row = await load_row(database, ids[1], "summer")
    assert (row.state, row.held_by) == ("retry", "open")


@pytest.mark.parametrize(
    ("country", "one", "other"), [("PE", "987654321", "+51987654321"), ("", "51987654321", "+51987654321")]
)
async def test_a_number_is_open_once_and_capped_however_it_was_written(
    database: Database, country: str, one: str, other: str
) -> None:
    """Two lists from two times: the country was set, or changed, between them."""
    await add_contacts(database, [{"numbers": [one]}, {"numbers": [other], "list": "summer"}])
    first, second = a_dialer(), a_dialer(key="other", lists=[{"list": "summer"}], day_cap=1)
    site = a_dialing_site(first, second, country=country)
    async with database.transaction() as tx:
        [attempt] = await begin_attempts(tx, site, first, a_wish())
        assert await begin_attempts(tx, site, second, a_wish()) == []
        await end_attempt(tx, site, Result(attempt.guid, "busy", NOON))
    async with database.transaction() as tx:
        assert await begin_attempts(tx, site, second, a_wish(at=NOON + HOUR)) == []


async def change_numbers(database: Database, contact_id: int, *numbers: str) -> None:
    async with database.transaction() as tx:
        values = {"name": "Somebody", "numbers": [{"number": each} for each in numbers]}
        version = (await load_contact(tx, contact_id)).version
        await save_contact(tx, contact_id, values, version=version, by="ana")


@pytest.mark.parametrize(("zone", "begun"), [(LIMA, 0), ("", 0), (TOKYO, 0), ("America/Bogota", 1)])
async def test_whose_number_is_changed_is_called_when_it_is_the_hour_there(
    database: Database, zone: str, begun: int
) -> None:
    """From Lima, where it is noon, to Tokyo, where it is night; unless a file said where they are."""
    [contact] = await add_contacts(database, [{"numbers": [number(1)], "zone": zone}])
    dialer = a_dialer(schedule="", law="us")
    await change_numbers(database, contact, "+81312345678")
    assert len(await begin(database, dialer)) == begun


async def test_what_is_known_of_a_number_goes_with_it(database: Database) -> None:
    """One that is none is called once it was put right, and none is called again where it stands now."""
    numbers = [number(1), number(2), number(3)]
    row = {"position": 2, "bad_positions": "0,1", "zone": LIMA}
    [contact] = await add_contacts(database, [{"numbers": numbers} | row])
    await change_numbers(database, contact, number(3), number(4), number(1))
    moved = await load_row(database, contact)
    assert (moved.position, moved.bad_positions, moved.zone) == (0, "2", LIMA)
    dialer, called = a_dialer(), list[str]()
    for hour in range(3):
        for attempt in await begin(database, dialer, at=NOON + hour * HOUR):
            called.append(attempt.number)
            await end(database, dialer, attempt, "bad_number", NOON + hour * HOUR)
    assert called == [number(3), number(4)]


async def test_nobody_is_called_at_two_numbers_at_once(database: Database) -> None:
    """One who stands in two lists of a dialer, at another number in each; and two cards of one household."""
    ids = await add_contacts(database, [{"numbers": [number(1), number(2)]}, {"numbers": [number(3), number(4)]}])
    second = {"list": "summer", "contact_id": ids[0], "added_at": NOON, "position": 1, "bad_positions": "0"}
    async with database.transaction() as tx:
        await tx.execute(insert(ListContactRow).values(**second))
    await add_contacts(database, [{"numbers": [number(4)], "priority": 1}])
    dialer = a_dialer(lists=[{"list": "winter"}, {"list": "summer"}])
    begun = await begin(database, dialer)
    assert sorted(each.number for each in begun) in ([number(1), number(4)], [number(2), number(4)])
    assert len(await begin(database, dialer)) == 0, "as long as these calls last"


async def test_caps_count_all_dialers(database: Database) -> None:
    ids = await add_contacts(database, [{"numbers": [number(1)]}])
    dialer = a_dialer(day_cap=2, week_cap=3)
    past = {"node": "local", "campaign": "x", "list": "x", "kind": "auto", "number": number(1), "dialer": "another"}
    calls = [NOON - 6 * DAY, NOON - 2 * HOUR, NOON - HOUR]
    async with database.transaction() as tx:
        for n, at in enumerate(calls):
            free = {"outcome": "congestion"} if n == 2 else {"outcome": "busy"}
            row = past | {"guid": str(n), "begun_at": at, "ended_at": at} | free
            await tx.execute(insert(AttemptRow).values(**row))
    [first] = await begin(database, dialer)
    await end(database, a_dialer(retries=[{"outcome": "busy", "delay_min": 1}]), first, "busy")
    assert await begin(database, dialer, at=NOON + HOUR) == []
    row = await load_row(database, ids[0])
    assert (row.state, row.held_by, row.next_at) == ("retry", "cap", NOON + DAY), "the oldest leaves the seven days"


async def test_caps_are_of_a_person_whichever_number_is_called(database: Database) -> None:
    """A number that is none told nobody of the call."""
    ids = await add_contacts(database, [{"numbers": [number(1), number(2), number(3)]}])
    dialer = a_dialer(day_cap=1, retries=[{"outcome": "busy", "delay_min": 1, "next_number": True}])
    [first] = await begin(database, dialer)
    await end(database, dialer, first, "bad_number")
    [second] = await begin(database, dialer, at=NOON + HOUR)
    await end(database, dialer, second, "busy", NOON + HOUR)
    assert await begin(database, dialer, at=NOON + 2 * HOUR) == []
    row = await load_row(database, ids[0])
    assert (first.number, second.number) == (number(1), number(2))
    assert (row.state, row.held_by, row.next_at) == ("retry", "cap", NOON + 12 * HOUR), "midnight where the contact is"


async def test_after_an_abandoned_call_it_is_quiet(database: Database) -> None:
    ids = await add_contacts(database, [{"numbers": [number(1)]}, {"numbers": [number(1)], "list": "summer"}])
    dialer = a_dialer(law="uk", retries=[{"outcome": "abandoned", "delay_min": 1}], abandoned_quiet_h=1)
    [first] = await begin(database, dialer)
    await end(database, dialer, first, "abandoned")
    assert (await load_row(database, ids[0])).next_at == NOON + 72 * HOUR
    other = a_dialer(key="other", lists=[{"list": "summer"}], law="uk")
    assert await begin(database, other, at=NOON + HOUR) == []
    assert await begin(database, other, at=NOON + 2 * HOUR, kind="preview") == [], "it is held back until then"
    assert (await load_row(database, ids[1], "summer")).next_at == NOON + 72 * HOUR


async def test_whoever_abandoned_a_call_says_how_long_it_is_quiet(database: Database) -> None:
    """Another dialer, without such rules, keeps to it."""
    ids = await add_contacts(database, [{"numbers": [number(1)]}, {"numbers": [number(1)], "list": "summer"}])
    first = a_dialer(law="uk", abandoned_prompt="sorry")
    other = a_dialer(key="other", campaign="other", lists=[{"list": "summer"}], abandoned_quiet_h=0)
    site = a_dialing_site(first, other)
    async with database.transaction() as tx:
        [attempt] = await begin_attempts(tx, site, first, a_wish())
        await end_attempt(tx, site, Result(attempt.guid, "abandoned", NOON))
    async with database.transaction() as tx:
        assert await begin_attempts(tx, site, other, a_wish(at=NOON + 71 * HOUR)) == []
    assert (await load_row(database, ids[1], "summer")).next_at == NOON + 72 * HOUR
    async with database.transaction() as tx:
        assert await begin_attempts(tx, site, other, a_wish(at=NOON + 72 * HOUR)) != []


@pytest.mark.parametrize(
    ("outcome", "state", "tries", "wait"),
    [
        ("answered", "done", 1, None),
        ("busy", "retry", 1, dt.timedelta(minutes=10)),
        ("no_answer", "done", 1, None),
        ("congestion", "retry", 0, dt.timedelta(minutes=3)),
        ("lost", "retry", 1, HOUR),
        ("bad_number", "retry", 1, dt.timedelta(minutes=1)),
    ],
)
async def test_after_an_outcome(
    database: Database, outcome: str, state: str, tries: int, wait: dt.timedelta | None
) -> None:
    ids = await add_contacts(database, [{"numbers": [number(1), number(2)]}])
    dialer = a_dialer(retries=[{"outcome": "busy", "delay_min": 10}])
    [attempt] = await begin(database, dialer)
    assert await end(database, dialer, attempt, outcome)
    assert not await end(database, dialer, attempt, "answered"), "it had ended before"
    row = await load_row(database, ids[0])
    assert (row.state, row.tries, row.result) == (state, tries, outcome)
    assert row.next_at == (NOON + wait if wait else None)
    if wait:
        again = await begin(database, dialer, at=NOON + wait)
        assert [each.number for each in again] == [number(2 if outcome == "bad_number" else 1)]


async def test_released_means_never_dialled(database: Database) -> None:
    ids = await add_contacts(database, [{"numbers": [number(1)]}])
    [attempt] = await begin(database, a_dialer(day_cap=1))
    async with database.transaction() as tx:
        await release_attempt(tx, attempt.guid)
        figures = await load_dialer_figures(tx, attempt.dialer, NOON - DAY, 2.0)
    assert (figures.attempts, figures.ended) == (0, 0)
    assert (await load_row(database, ids[0])).tries == 0
    assert await begin(database, a_dialer(day_cap=1), at=NOON + dt.timedelta(minutes=2)) != []


@pytest.mark.parametrize("said_first", [True, False])
async def test_the_agent_says_try_again(database: Database, said_first: bool) -> None:
    ids = await add_contacts(database, [{"numbers": [number(1)]}])
    dialer = a_dialer(retries=[{"outcome": "disposition", "delay_min": 30, "tries": 1}])
    [attempt] = await begin(database, dialer)

    async def say() -> None:
        async with database.transaction() as tx:
            await note_disposition(tx, a_dialing_site(dialer), attempt.guid, "again")

    if said_first:
        await say()
    await end(database, dialer, attempt, "answered")
    if not said_first:
        await say()
    row = await load_row(database, ids[0])
    assert (row.state, row.tries, row.disposition) == ("retry", 1, "again")
    assert row.next_at == NOON + dt.timedelta(minutes=30)


@pytest.mark.parametrize("woken", [False, True])
async def test_the_agent_takes_back_to_try_again(database: Database, woken: bool) -> None:
    """Calls of the day may be opened and said anew; the last call with somebody decides."""
    [contact] = await add_contacts(database, [{"numbers": [number(1)]}])
    dialer = a_dialer(retries=[{"outcome": "disposition", "delay_min": 30, "tries": 5}])
    [first] = await begin(database, dialer)
    await end(database, dialer, first, "answered")

    async def say(attempt: Attempt, key: str) -> str:
        async with database.transaction() as tx:
            await note_disposition(tx, a_dialing_site(dialer), attempt.guid, key)
        return (await load_row(database, contact)).state

    assert await say(first, "again") == "retry"
    if woken:
        async with database.transaction() as tx:
            await wake_contacts(tx, ["winter"], NOON + HOUR, 10)
    assert await say(first, "sold") == "done"
    assert await begin(database, dialer, at=NOON + HOUR) == []
    assert await say(first, "again") == "retry"
    [second] = await begin(database, dialer, at=NOON + HOUR)
    assert await say(first, "sold") == "dialing", "the next call is under way"
    await end(database, dialer, second, "answered", NOON + HOUR)
    assert await say(second, "sold") == await say(first, "again") == "done"
    assert (await load_row(database, contact)).disposition == "sold"


async def test_lists_keep_to_their_shares(database: Database) -> None:
    await add_contacts(
        database, [{"numbers": [number(n)], "list": "winter" if n < 20 else "summer"} for n in range(23)]
    )
    dialer = a_dialer(lists=[{"list": "winter", "share_pct": 75}, {"list": "summer", "share_pct": 25}])
    begun = [(await begin(database, dialer, 1))[0].list for _ in range(8)]
    assert (begun.count("winter"), begun.count("summer")) == (6, 2)
    assert len(await begin(database, dialer, 12)) == 12, "one list gives what the other has not"


async def test_contacts_of_an_agent_wait_for_that_agent(database: Database) -> None:
    """They are called with that agent on the line: a call that looks for an agent might find another one."""
    await add_contacts(database, [{"numbers": [number(n)], "owner": "ana"} for n in range(2)])
    await add_contacts(database, [{"numbers": [number(3)]}])
    assert await begin(database, a_dialer(), ready=("ben",), kind="owned") == []
    [attempt] = await begin(database, a_dialer(), ready=("ben", "ana"))
    assert (attempt.agent, attempt.number) == ("", number(3))
    [attempt] = await begin(database, a_dialer(), 1, ready=("ben", "ana"), kind="owned")
    assert (attempt.agent, attempt.kind) == ("ana", "owned")


async def test_where_no_agent_talks_it_does_not_matter_whose_a_contact_is(database: Database) -> None:
    whose = ["ana", "", "ben", "ana", "gone"]
    await add_contacts(
        database,
        [{"numbers": [number(n)], "owner": owner, "priority": 9 - n, "zone": LIMA} for n, owner in enumerate(whose)],
    )
    await add_contacts(database, [{"numbers": [number(7)], "owner": "ana", "zone": TOKYO}])  # where it is night
    dialer = a_dialer(order="priority")
    begun = await begin(database, dialer, 3, kind="agentless")
    assert {(each.number, each.agent) for each in begun} == {(number(n), "") for n in (4, 3, 2)}
    assert {each.number for each in await begin(database, dialer, kind="agentless")} == {number(1), number(0)}
    assert await begin(database, dialer, kind="agentless") == []


async def test_who_may_not_be_called_does_not_stand_in_the_way(database: Database) -> None:
    """A list whose head is full of them: each is read once."""
    await add_contacts(database, [{"numbers": [number(n)], "priority": 1 if n < 200 else 2} for n in range(205)])
    async with database.transaction() as tx:
        rows = [{"number": number(n)} for n in range(200)]
        usual = {"source": "console", "created_at": NOON, "is_prefix": False}
        await tx.execute(insert(DoNotCallRow), [usual | row for row in rows])
    begun = [each for _ in range(3) for each in await begin(database, a_dialer(), 5)]
    assert len(begun) == 5
    async with database.reading() as tx:
        done = await tx.execute(select(ListContactRow.result).where(ListContactRow.state == "done"))
    assert set(done.scalars()) == {"never"}


async def test_only_who_belongs_to_the_filter(database: Database) -> None:
    """Others are looked at again later, for what is filtered by may change; nobody stands in the way."""
    ids = await add_contacts(
        database, [{"numbers": [number(n)], "own_key": "vip" if n > 250 else ""} for n in range(254)]
    )
    dialer = a_dialer(lists=[{"list": "winter", "filter": "vips"}])
    begun = [each.contact_id for _ in range(3) for each in await begin(database, dialer, 2)]
    assert sorted(filter(None, begun)) == ids[251:]
    row = await load_row(database, ids[0])
    assert (row.state, row.held_by, row.tries) == ("retry", "filter", 0)
    async with database.transaction() as tx:
        await tx.execute(update(ListContactRow).where(ListContactRow.contact_id == ids[0]).values(own_key="vip"))
    later = await begin(database, dialer, at=NOON + HOUR)
    assert [each.contact_id for each in later] == [ids[0]]


async def test_two_daemons_never_take_the_same_contact(database: Database) -> None:
    await add_contacts(database, [{"numbers": [number(n)]} for n in range(60)])
    dialer = a_dialer()
    both = await asyncio.gather(*(begin(database, dialer, 10) for _ in range(6)))
    begun = [each.contact_id for part in (*both, await begin(database, dialer, 60)) for each in part]
    assert len(begun) == len(set(begun)) == 60


async def test_nobody_is_called_where_it_cannot_be_checked(database: Database) -> None:
    await add_contacts(database, [{"numbers": [number(1)]}])
    async with database.transaction() as tx:
        await tx.execute(update(ListContactRow).values(bad_positions="what?"))
    with pytest.raises(ValueError, match="what"):
        await begin(database, a_dialer())
    async with database.reading() as tx:
        assert (await tx.execute(select(AttemptRow.guid))).all() == []
