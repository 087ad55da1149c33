"""Licences in the database: installed, replaced, revoked; seats given and counted; hand-edited lines are refused."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.license.body import Revocations
from appliance.core.license.clock import Mark, advance
from appliance.core.license.document import LicenseError, sign
from appliance.core.license.licensing import Licensing
from appliance.services.agents.sessions import Place, log_in, log_out
from appliance.services.agents.trail import Act
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.services.licenses.current import NoSeat, find_installed, load_licensing, with_seats
from appliance.services.licenses.files import audit_refusal, install_file, preview_file
from appliance.services.licenses.seats import SECTION, free_seat, give_seat
from appliance.services.licenses.trail import audit_foreign
from appliance.services.licenses.trial import may_start_trial, start_trial
from appliance.store import licenses as store
from appliance.store.db import Database
from appliance.store.sessions import load_sessions
from appliance.store.tables.configuration import AuditRow
from appliance.store.tables.licenses import LicenseFileRow, LicenseSeatRow
from tests.licenses import DAY, PRIVATE, TRIAL_PRIVATE, a_license
from tests.sites import a_site

TEN = tuple(f"seat-{n}" for n in range(1, 11))


@pytest.fixture
async def bare(database: Database) -> Database:
    """A new appliance with two agents, ana and luis, and no licence."""
    async with database.transaction() as tx:
        await tx.execute(delete(LicenseFileRow))
        await tx.execute(delete(AuditRow))
        await replace_site(tx, a_site(), by="test", summary="test")
    return database


def signed(number: str = "L-1", **fields: Any) -> str:
    begin = now() - DAY
    dates = {"issued_at": begin, "not_before": begin, "expires_at": begin + 365 * DAY}
    return sign(a_license(number, **{"seats": TEN} | dates | fields), PRIVATE)


def list_of(number: int, **what: Any) -> str:
    return sign(Revocations(key_id="tests", issued_at=now(), number=number, **what), PRIVATE)


async def install(database: Database, text: str) -> None:
    async with database.transaction() as tx:
        await install_file(tx, text, by="eva")


async def current(database: Database) -> Licensing:
    async with database.reading() as tx:
        return await load_licensing(tx)


async def may_log_in(database: Database, agent: str) -> str:
    """Why not, in one word."""
    try:
        async with database.transaction() as tx:
            await log_in(tx, agent, Place("local"), Act("test"))
    except NoSeat as refused:
        return refused.reason
    return ""


async def history(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as tx:
        return [(row.action, row.entity_key) for row in await store.load_history(tx, SECTION)][::-1]


async def test_without_a_license_nobody_logs_in_and_the_trial_changes_that(bare: Database) -> None:
    assert await may_log_in(bare, "ana") == "none"
    async with bare.transaction() as tx:
        assert await may_start_trial(tx)
        trial = await start_trial(tx, by="eva")
    assert (trial.trial, len(trial.seats), trial.model) == (True, 10, "concurrent")
    assert await may_log_in(bare, "ana") == ""
    async with bare.transaction() as tx:
        assert not await may_start_trial(tx)
        with pytest.raises(LicenseError, match="for a new appliance"):
            await start_trial(tx, by="eva")


async def test_whoever_is_there_gets_a_seat_with_the_license(bare: Database) -> None:
    await install(bare, signed())
    assert list((await current(bare)).holders) == ["ana", "luis"]
    assert await may_log_in(bare, "ana") == ""
    assert await history(bare) == [("install license", "L-1"), ("give seat", "seat-1"), ("give seat", "seat-2")]


async def test_a_seat_is_freed_and_given(bare: Database) -> None:
    await install(bare, signed())
    async with bare.transaction() as tx:
        await free_seat(tx, "seat-1", by="eva")
    assert await may_log_in(bare, "ana") == "no_seat"
    async with bare.transaction() as tx:
        with pytest.raises(LicenseError, match="has seat seat-2 already"):
            await give_seat(tx, "seat-3", "luis", by="eva")
        with pytest.raises(LicenseError, match="has no seat seat-99"):
            await give_seat(tx, "seat-99", "ana", by="eva")
        await give_seat(tx, "seat-7", "ana", by="eva")
    assert await may_log_in(bare, "ana") == ""


async def test_an_upgrade_keeps_the_seats_and_a_renewal_follows_without_a_gap(bare: Database) -> None:
    await install(bare, signed())
    more = (*TEN, *(f"seat-{n}" for n in range(11, 16)))
    await install(bare, signed("L-2", replaces=("L-1",), edition="omni", seats=more, issued_at=now()))
    after = await current(bare)
    assert after.license is not None
    assert (after.license.edition, after.places, after.channels) == ("omni", 15, 75)
    assert {agent: seat.seat_id for agent, seat in after.holders.items()} == {"ana": "seat-1", "luis": "seat-2"}
    end = after.license.expires_at
    renewal = signed(
        "L-3", replaces=("L-2",), edition="omni", seats=more, not_before=end, expires_at=end + 30 * DAY, issued_at=now()
    )
    async with bare.reading() as tx:
        preview = await preview_file(tx, renewal)
    assert {title for title, *_ in preview.changes} == {"License", "Valid from", "Valid until"}
    await install(bare, renewal)
    assert (await current(bare)).license == after.license
    for text, word in ((signed(), "replaced"), (renewal, "already"), (signed("L-9"), "does not replace")):
        with pytest.raises(LicenseError, match=word):
            await install(bare, text)


async def test_other_seats_take_over_who_had_one(bare: Database) -> None:
    await install(bare, signed())
    new = tuple(f"new-{n}" for n in range(10))
    await install(bare, signed("L-2", replaces=("L-1",), seats=new, issued_at=now()))
    assert {agent: seat.seat_id for agent, seat in (await current(bare)).holders.items()} == {
        "ana": "new-0",
        "luis": "new-1",
    }


async def test_revocations_hold_and_never_go_back(bare: Database) -> None:
    await install(bare, signed())
    await install(bare, list_of(1, seats=("seat-2",)))
    assert (await may_log_in(bare, "ana"), await may_log_in(bare, "luis")) == ("", "no_seat")
    await install(bare, list_of(3, licenses=("L-1",)))
    assert await may_log_in(bare, "luis") == "revoked"
    for text, word in ((list_of(2), "not newer"), (signed(), "revoked")):
        with pytest.raises(LicenseError, match=word):
            await install(bare, text)


async def test_rules_of_sale_hold_at_the_installation_too(bare: Database) -> None:
    with pytest.raises(LicenseError, match="at least 10"):
        await install(bare, signed(seats=TEN[:7]))
    with pytest.raises(LicenseError, match="another machine"):
        await install(bare, signed(machines=({"machine": "0" * 20, "board": "1" * 20, "disk": "2" * 20},)))
    assert await history(bare) == []
    async with bare.transaction() as tx:
        await audit_refusal(tx, LicenseError("why"), by="eva")
    assert await history(bare) == [("refuse license file", "")]


async def test_what_was_edited_by_hand_is_refused_once_and_stops_nobody_else(bare: Database) -> None:
    await install(bare, signed())
    async with bare.transaction() as tx:
        await tx.execute(update(LicenseSeatRow).where(LicenseSeatRow.seat_id == "seat-2").values(agent="rosa"))
    for _look in range(2):
        async with bare.transaction() as tx:
            await audit_foreign(tx, await find_installed(tx))
    assert (await history(bare))[3:] == [("refuse seat", "seat-2")]
    assert (await may_log_in(bare, "ana"), await may_log_in(bare, "luis")) == ("", "no_seat")


async def test_a_damaged_row_of_a_license_is_no_license_and_no_crash(bare: Database) -> None:
    await install(bare, signed())
    damaged = signed().replace("Seats: 10", "Seats: 90")
    async with bare.transaction() as tx:
        await tx.execute(update(LicenseFileRow).values(text=damaged))
    assert await may_log_in(bare, "ana") == "none"
    async with bare.transaction() as tx:
        found = await find_installed(tx)
        assert [number for number, _ in found.damaged] == ["L-1"]
        await audit_foreign(tx, found)
    assert ("refuse stored license", "L-1") in await history(bare)


async def test_the_key_that_everybody_has_signs_nothing_that_counts_in_the_database_either(bare: Database) -> None:
    """Put there by hand, past the installation: thousands of seats for ever, and a list that revokes nothing."""
    await install(bare, signed())
    await install(bare, list_of(1, licenses=("L-1",)))
    for_ever = {"key_id": "trial", "seats": tuple(f"seat-{n}" for n in range(5000)), "expires_at": now() + 9000 * DAY}
    nothing = Revocations(key_id="trial", issued_at=now(), number=99)
    forged = [
        ("license", "T-1", sign(a_license("T-1", **for_ever), TRIAL_PRIVATE)),
        ("license", "T-2", sign(a_license("T-2", trial=True, **for_ever), TRIAL_PRIVATE)),
        ("revocations", "99", sign(nothing, TRIAL_PRIVATE)),
    ]
    async with bare.transaction() as tx:
        for kind, number, text in forged:
            await store.insert_file(tx, store.LicenseFile(kind, number, text, now(), "mallory"))
        found = await find_installed(tx)
        await audit_foreign(tx, found)
    assert [number for number, _ in found.damaged] == [number for _, number, _ in forged]
    assert await may_log_in(bare, "ana") == "revoked"
    assert [key for action, key in await history(bare) if action == "refuse stored license"] == ["T-1", "T-2", "99"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("edit", "reasons"),
    [
        ("UPDATE license_seats SET moved_at = 'null' WHERE agent = 'luis'", ("", "no_seat")),
        ("UPDATE license_seats SET moved_at = '{bad' WHERE agent = 'luis'", ("", "no_seat")),
        ("UPDATE license_seats SET since_at = 'yesterday' WHERE agent = 'luis'", ("", "no_seat")),
        ("UPDATE license_seats SET agent = x'ff00' WHERE agent = 'luis'", ("", "no_seat")),
        ("UPDATE license_seats SET seat_id = x'ff00' WHERE agent = 'luis'", ("", "no_seat")),
        ("UPDATE license_seats SET agent = 'luis'", ("no_seat", "")),
        ("UPDATE license_state SET seen_at = 'long ago'", ("", "")),
        ("UPDATE license_state SET seen_at = '9999-12-31 23:59:59.999999'", ("", "")),
        ("DELETE FROM license_state", ("", "")),
        ("UPDATE license_files SET text = x'ff00'", ("none", "none")),
        ("UPDATE license_files SET text = replace(text, 'Seats: 10', 'Seats: 90')", ("none", "none")),
    ],
)
async def test_nothing_that_is_written_by_hand_stops_anything(
    bare: Database, edit: str, reasons: tuple[str, str]
) -> None:
    """SQLite keeps any value in any column."""
    await install(bare, signed())
    async with bare.engine.begin() as connection:
        await connection.exec_driver_sql(edit)
    async with bare.transaction() as tx:
        await store.lock_state(tx)
        found = await find_installed(tx)
        after = advance(found.installed.mark, now())
        await store.save_mark(tx, after)
        await audit_foreign(tx, found)
    assert abs((await current(bare)).judged_at - now()) < DAY
    assert (await may_log_in(bare, "ana"), await may_log_in(bare, "luis")) == reasons
    async with bare.reading() as tx:
        assert await store.load_mark(tx) == after


CONCURRENT = {"model": "concurrent", "seats": ("a",), "exemptions": ("sale",)}


async def test_one_place_is_given_once_and_freed_by_a_log_out(bare: Database) -> None:
    """Also to two who log in at the same moment, and at two nodes."""
    await install(bare, signed(**CONCURRENT))
    assert sorted(await asyncio.gather(may_log_in(bare, "ana"), may_log_in(bare, "luis"))) == ["", "full"]
    async with bare.reading() as tx:
        (row,) = await load_sessions(tx)
    winner = row.agent
    loser = "luis" if winner == "ana" else "ana"
    assert await may_log_in(bare, winner) == ""
    other_node = Database(bare.url)
    assert await may_log_in(other_node, loser) == "full"
    async with bare.transaction() as tx:
        await log_out(tx, winner, Act("test"))
    assert await may_log_in(other_node, loser) == ""
    await other_node.close()


async def test_who_loses_the_seat_leaves_the_queues_and_who_has_it_stays_after_the_end(bare: Database) -> None:
    begin = now() - 400 * DAY
    await install(bare, signed())
    assert await may_log_in(bare, "ana") == await may_log_in(bare, "luis") == ""

    async def in_queues(tx: AsyncSession) -> list[str]:
        return [row.agent for row in await with_seats(tx, await load_sessions(tx))]

    async with bare.transaction() as tx:
        await free_seat(tx, "seat-2", by="eva")
        assert await in_queues(tx) == ["ana"]
        old = sign(a_license(seats=TEN, issued_at=begin, not_before=begin, expires_at=begin + DAY), PRIVATE)
        await tx.execute(update(LicenseFileRow).values(text=old))
        assert (await load_licensing(tx)).phase == "over"
        assert await in_queues(tx) == ["ana"]


async def test_only_the_block_of_a_mail_is_kept(bare: Database) -> None:
    """What stands around it may be anything, also what a database cannot store."""
    await install(bare, f"Dear \x00 customer \ud800,\r\n\r\n{signed()}\r\n\x00 Regards")
    assert (await current(bare)).phase == "valid"
    async with bare.reading() as tx:
        (file,) = await store.load_files(tx)
    assert file.text.startswith("-----BEGIN")
    assert file.text.endswith("-----")


async def test_a_clock_before_the_vendors_signature_is_wrong(bare: Database) -> None:
    """The database forgot the newest time, or somebody helped it to."""
    in_a_week = now() + 7 * DAY
    await install(bare, signed(issued_at=in_a_week))
    async with bare.transaction() as tx:
        await store.save_mark(tx, Mark())
    found = await current(bare)
    assert (found.phase, found.is_clock_back, found.judged_at) == ("valid", True, in_a_week.replace(microsecond=0))
    assert await may_log_in(bare, "ana") == ""


async def test_a_vendors_word_puts_a_wrong_time_right(bare: Database) -> None:
    wrong = now() + dt.timedelta(days=2000)
    await install(bare, signed())
    async with bare.transaction() as tx:
        await store.save_mark(tx, Mark(wrong))
    assert (await current(bare)).phase == "over"
    license: dict[str, Any] = {"replaces": ("L-1",), "issued_at": now(), "exemptions": ("clock",)}
    await install(bare, signed("L-2", **license))
    assert ((await current(bare)).phase, (await current(bare)).is_clock_back) == ("valid", False)


async def test_channels_are_counted_over_all_nodes(bare: Database) -> None:
    at = now()
    async with bare.transaction() as tx:
        await store.save_channels(tx, "one", 3, at)
        assert await store.save_channels(tx, "two", 4, at) == (7, 7)
        assert await store.save_channels(tx, "one", 0, at) == (4, 7)
        assert (await store.load_channels(tx, at, without="two")).used == 0
        assert await store.load_channels(tx, at + dt.timedelta(days=1)) == (0, 0)
