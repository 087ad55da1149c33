"""What people dial by hand counts for whoever is called: in the caps of dialers."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select

from appliance.core.dialing.attempts import Attempt, Result
from appliance.core.journal.cel import CelReading
from appliance.core.journal.facts import ByHand, CallFacts, Interaction
from appliance.core.site import Site
from appliance.services.entities import replace_site
from appliance.store.calls import save_calls
from appliance.store.db import Database
from appliance.store.dialing.attempts import begin_attempts
from appliance.store.tables.calls import HandCallRow
from tests.app.test_dialers import the_site
from tests.dialing import NOON, a_wish, add_contacts, load_row

DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
ONE, OTHER = "+51987654321", "+51987654322"
GUID = "6f1c9f3e-0000-4000-8000-00000000000{}"


def a_site(**dialer: Any) -> Site:
    """In Peru; who dials a 9 first gets a line."""
    site = the_site(**{"schedule": "", "week_cap": 0} | dialer).model_dump()
    site["general"]["main"]["country"] = "PE"
    site["trunks"] = {"peru": {"key": "peru", "name": "Peru", "host": "198.51.100.7"}}
    route = {"trunks": [{"trunk": "peru"}]}
    site["outbound_routes"] = {
        "line": {"key": "line", "name": "A line", "patterns": [{"pattern": "9X*", "strip": 1}]} | route,
        "help": {"key": "help", "name": "Help", "emergency": True, "patterns": [{"pattern": "116123"}]} | route,
    }
    return Site.model_validate(site)


def a_call(n: int, dialled: str, *, route: str = "line", ago: dt.timedelta = MINUTE) -> CallFacts:
    guid, at = GUID.format(n), NOON - ago
    told: dict[str, Any] = dict.fromkeys(Interaction._fields, "")
    told |= {"entered_at": at, "answered_at": None, "ended_at": at, "wait_s": 0.0, "talk_s": 0.0, "hangup_cause": 17}
    own = {"guid": guid, "node": "local", "direction": "outbound", "did": dialled, "outcome": "busy"}
    return CallFacts(Interaction(**told | own), [], [], by_hand=ByHand(guid, dialled, route, at))


async def tell(database: Database, site: Site, *calls: CallFacts) -> None:
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")
    for _ in range(2):  # a journal may be read again
        await database.write(lambda tx: save_calls(tx, "local", CelReading(finished=list(calls))))


async def begin(database: Database, site: Site, at: dt.datetime = NOON) -> list[Attempt]:
    async with database.transaction() as tx:
        return await begin_attempts(tx, site, site.dialers["sales"], a_wish(at=at))


@pytest.mark.parametrize("dialled", [f"9{ONE.removeprefix('+51')}", ONE.removeprefix("+51"), "0051987654321", ONE])
async def test_a_call_by_hand_counts_for_its_person_alone(database: Database, dialled: str) -> None:
    site = a_site(day_cap=1)
    await tell(database, site, a_call(1, dialled, route="line" if dialled.startswith("99") else "gone"))
    ids = await add_contacts(database, [{"numbers": [ONE]}, {"numbers": [OTHER]}, {"numbers": ["+51900000000", ONE]}])
    assert [each.contact_id for each in await begin(database, site)] == [ids[1]]
    row = await load_row(database, ids[0])
    assert (row.state, row.held_by, row.next_at) == ("retry", "cap", NOON + dt.timedelta(hours=12))
    assert (await load_row(database, ids[2])).held_by == "cap", "whichever of the numbers was called"


@pytest.mark.parametrize(
    ("caps", "days_ago", "is_called"),
    [
        ({"day_cap": 2}, [0], True),
        ({"day_cap": 1}, [1], True),
        ({"day_cap": 0, "week_cap": 2}, [1, 5], False),
        ({"day_cap": 0, "week_cap": 2}, [1, 8], True),
        ({"day_cap": 0, "life_cap": 2}, [30, 400], False),
        ({"day_cap": 0, "life_cap": 3}, [30, 400], True),
    ],
)
async def test_each_cap_counts_it(
    database: Database, caps: dict[str, int], days_ago: list[int], is_called: bool
) -> None:
    site = a_site(**caps)
    await tell(database, site, *(a_call(n, ONE, ago=MINUTE + days * DAY) for n, days in enumerate(days_ago)))
    await add_contacts(database, [{"numbers": [ONE]}])
    assert bool(await begin(database, site)) == is_called


async def test_calls_of_dialers_and_by_hand_are_counted_together_and_once(database: Database) -> None:
    site = a_site(day_cap=2, retries=[{"outcome": "busy", "delay_min": 1}])
    await add_contacts(database, [{"numbers": [ONE]}])
    [attempt] = await begin(database, site)
    by_dialer = a_call(1, ONE)._replace(attempt=Result(attempt.guid, "busy", NOON + MINUTE), by_hand=None)
    await tell(database, site, by_dialer)
    [second] = await begin(database, site, NOON + 3 * MINUTE)
    async with database.transaction() as tx:
        assert (await tx.execute(select(func.count()).select_from(HandCallRow))).scalar_one() == 0
    assert second.number == ONE


async def test_an_emergency_call_is_nobodys(database: Database) -> None:
    site = a_site(day_cap=1)
    await tell(database, site, a_call(1, "116123", route="help"))
    await add_contacts(database, [{"numbers": ["+51116123"]}, {"numbers": ["116123"]}])
    assert len(await begin(database, site)) == 2
