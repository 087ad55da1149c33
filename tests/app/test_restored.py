"""A backup was put back: whom the journal knows to have been called is not called again, and nobody else unasked."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from appliance.core.dialing.attempts import Result
from appliance.core.journal.cel import CelReading
from appliance.core.journal.facts import CallFacts, Interaction
from appliance.core.site import Site
from appliance.services.entities import replace_site
from appliance.services.restored import MARK, hold_dialers
from appliance.store.calls import save_calls
from appliance.store.db import Database
from appliance.store.dialing.attempts import begin_attempts
from appliance.store.dialing.never_again import call_no_more
from appliance.store.dialing.states import load_states
from appliance.store.tables.dialing import AttemptRow
from tests.app.test_dialers import the_site
from tests.dialing import NOON, a_wish, add_contacts, load_row
from tests.pbx.dialer_site import set_state

MINUTE = dt.timedelta(minutes=1)
ONE, OTHER = "+51987654321", "+51987654322"


def a_call(site: Site, number: str, outcome: str, guid: str) -> CallFacts:
    told: dict[str, object] = dict.fromkeys(Interaction._fields, "")
    times = {"entered_at": NOON - 5 * MINUTE, "answered_at": None, "ended_at": NOON - 4 * MINUTE}
    numbers = {"wait_s": 0.0, "talk_s": 0.0, "hangup_cause": 17}
    own = {"guid": guid, "node": "local", "direction": "outbound", "did": number}
    campaign = {"campaign": site.dialers["sales"].campaign}
    interaction = Interaction(**told | times | numbers | own | campaign)  # type: ignore[arg-type]
    return CallFacts(interaction, [], [], Result(guid, outcome, NOON - 4 * MINUTE))


async def tell(database: Database, calls: Iterable[CallFacts]) -> None:
    await database.write(lambda tx: save_calls(tx, "local", CelReading(finished=list(calls))))  # as the journal does


@pytest.mark.parametrize("outcome", ["busy", "opted_out"])
async def test_what_only_the_journal_knows_was_a_call(database: Database, outcome: str) -> None:
    site = the_site(schedule="", day_cap=1)
    [called, free] = await add_contacts(database, [{"numbers": [ONE]}, {"numbers": [OTHER]}])
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")
    for _ in range(2):  # a journal may be read again
        await tell(database, [a_call(site, ONE.removeprefix("+"), outcome, "a-guid")])
    row = await load_row(database, called)
    assert (row.state, row.result, row.tries) == ("done", outcome, 1)
    async with database.transaction() as tx:
        assert (await tx.execute(select(func.count()).select_from(AttemptRow))).scalar_one() == 1
        begun = await begin_attempts(tx, site, site.dialers["sales"], a_wish())
    assert [each.contact_id for each in begun] == [free]


async def test_whoever_is_in_no_list_counts_for_the_caps(database: Database) -> None:
    site = the_site(schedule="", day_cap=1)
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")
        await call_no_more(tx, OTHER, source="caller", by="sales", at=NOON)
    await tell(database, [a_call(site, ONE, "no_answer", "a-guid")])
    [later] = await add_contacts(database, [{"numbers": [ONE]}])
    async with database.transaction() as tx:
        assert await begin_attempts(tx, site, site.dialers["sales"], a_wish()) == []
    assert (await load_row(database, later)).held_by == "cap"


async def test_dialers_are_held_once(database: Database, tmp_path: Path) -> None:
    async with database.transaction() as tx:
        await replace_site(tx, the_site(), by="test", summary="test")
        await set_state(tx, "sales", "running")
    await hold_dialers(database, tmp_path)
    assert await states(database) == {"sales": "running"}
    (tmp_path / MARK).touch()
    await hold_dialers(database, tmp_path)
    assert await states(database) == {"sales": "paused"}
    assert not (tmp_path / MARK).exists()


async def states(database: Database) -> dict[str, str]:
    async with database.reading() as tx:
        return {key: each.state for key, each in (await load_states(tx)).items()}
