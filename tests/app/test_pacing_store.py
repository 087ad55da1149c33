"""What pacing asks the database: how many were lost within several windows, and which agents will pause."""

import datetime as dt
from random import Random

import pytest

from appliance.core.rehearsal.rehearse import rehearse
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.rehearsals import usual_plan
from appliance.store.db import Database
from appliance.store.dialing.results import load_counts
from appliance.store.sessions import load_going
from appliance.store.tables.calls import AgentIntervalRow
from appliance.store.tables.dialing import AttemptRow
from appliance.store.tables.floor import RequestRow
from appliance.store.tables.sessions import AgentSessionRow
from tests.sites import a_site


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


async def test_who_answered_into_a_crash_found_no_agent(database: Database) -> None:
    """Who was never heard to answer, or talked with an agent by then, is not lost to the limit."""
    at = now()
    async with database.transaction() as tx:
        for number, fields in enumerate(({}, {"connected_at": at}, {"answered_at": None})):
            tx.add(an_attempt(f"g{number}", at, outcome="lost", **fields))
    async with database.reading() as tx:
        assert await load_counts(tx, "d", [at]) == [(2, 1)]


async def test_a_rehearsal_begins_with_what_was_seen(database: Database) -> None:
    """Of 400 calls a quarter was answered by a person, a tenth by a machine; talks of 10 s and of 110 s.

    After every second talk somebody wrapped up for 30 s. What came of other calls is not asked for.
    """
    site, at = the_site(), now()
    async with database.transaction() as tx:
        for number in range(400):
            talked = {
                "outcome": "answered",
                "connected_at": at,
                "wait_s": 1.0,
                "talk_s": 10.0 + 100 * (number % 8 == 0),
            }
            machine = {"outcome": "machine"}
            rang_out = {"outcome": "no_answer", "answered_at": None}
            fields = talked if number % 4 == 0 else machine if number % 10 == 1 else rang_out
            ended_at = at - dt.timedelta(minutes=number)
            tx.add(an_attempt(f"g{number}", at, **fields | {"dialer": "sales", "agent": "ana", "ended_at": ended_at}))
            for agent in ("ana", "luis") if number % 8 == 0 else ():
                began_at, until = (ended_at + dt.timedelta(seconds=each) for each in (1, 31))
                where = {"node": "local", "agent": agent, "session_at": at, "state": "wrapup", "reason": ""}
                tx.add(AgentIntervalRow(**where, began_at=began_at, ended_at=until))
    async with database.reading() as tx:
        plan = await usual_plan(tx, site, site.dialers["sales"], 10)
    assert (plan.agents, plan.answer_pct, plan.talk_s) == (10, 25.0, 60.0)
    assert (plan.machine_pct, plan.wrap_s) == (10.0, 15.0)
    assert sorted(set(plan.talks_s)) == [10.0, 110.0]
    found = rehearse(plan, Random(1))
    assert found.answers == pytest.approx(0.25 * found.calls, rel=0.1)
    assert found.talk_pct * 10 * 8 * 36 / found.answers == pytest.approx(60.0, rel=0.1)


def the_site() -> Site:
    site = a_site().model_dump(mode="json")
    site["dialers"]["sales"] |= {"mode": "predictive", "lists": [{"list": "winter"}]}
    return Site.model_validate(site)


async def test_who_pauses_or_has_asked_to_is_going(database: Database) -> None:
    at = now()
    async with database.transaction() as tx:
        for agent, node, reason in (("ana", "local", "lunch"), ("luis", "local", None), ("eva", "other", "lunch")):
            tx.add(AgentSessionRow(agent=agent, node=node, extension="1", logged_in_at=at, paused_reason=reason))
        tx.add(RequestRow(agent="rosa", kind="pause", detail="lunch", asked_at=at))
        tx.add(RequestRow(agent="ivan", kind="help", detail="", asked_at=at))
    async with database.reading() as tx:
        assert await load_going(tx, "local") == {"ana", "rosa"}
