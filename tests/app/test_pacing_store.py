"""What pacing asks the database: how many were lost within several windows, and which agents will pause."""

import datetime as dt

from appliance.services.clock import now
from appliance.store.db import Database
from appliance.store.dialing import load_counts
from appliance.store.sessions import load_going
from appliance.store.tables.dialing import AttemptRow
from appliance.store.tables.floor import RequestRow
from appliance.store.tables.sessions import AgentSessionRow


async def test_each_window_counts_its_own(database: Database) -> None:
    at = now()
    ended = [(5, "abandoned"), (10, "answered"), (20, "abandoned"), (50, "answered"), (90, "abandoned"), (7, "machine")]
    async with database.transaction() as tx:
        for number, (minutes, outcome) in enumerate(ended):
            began_at = at - dt.timedelta(minutes=minutes)
            connected_at = began_at if outcome == "answered" else None
            tx.add(an_attempt(f"g{number}", began_at, outcome=outcome, connected_at=connected_at))
    async with database.reading() as tx:
        counts = await load_counts(tx, "d", [at - dt.timedelta(minutes=each) for each in (120, 60, 30, 15)])
        assert await load_counts(tx, "other", [at]) == [(0, 0)]
    assert counts == [(5, 3), (4, 2), (3, 2), (2, 1)]


def an_attempt(guid: str, began_at: dt.datetime, **fields: object) -> AttemptRow:
    base = {"guid": guid, "node": "local", "dialer": "d", "campaign": "c", "list": "l", "number": guid, "kind": "auto"}
    return AttemptRow(**base | {"begun_at": began_at, "answered_at": began_at, "ended_at": began_at} | fields)


async def test_who_pauses_or_has_asked_to_is_going(database: Database) -> None:
    at = now()
    async with database.transaction() as tx:
        for agent, node, reason in (("ana", "local", "lunch"), ("luis", "local", None), ("eva", "other", "lunch")):
            tx.add(AgentSessionRow(agent=agent, node=node, extension="1", logged_in_at=at, paused_reason=reason))
        tx.add(RequestRow(agent="rosa", kind="pause", detail="lunch", asked_at=at))
        tx.add(RequestRow(agent="ivan", kind="help", detail="", asked_at=at))
    async with database.reading() as tx:
        assert await load_going(tx, "local") == {"ana", "rosa"}
