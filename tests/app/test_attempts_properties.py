"""Whatever the contacts, the clock and what becomes of the calls: nobody is called against a rule, nobody twice."""

import asyncio
import datetime as dt
import shutil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from appliance.core.dialing.attempts import Attempt, Result
from appliance.store.db import Database
from appliance.store.dialing.attempts import begin_attempts, end_attempt, release_attempt
from appliance.store.tables.dialing import DoNotCallRow
from tests.dialing import LIMA, NOON, TOKYO, a_dialer, a_dialing_site, a_wish, add_contacts

NUMBERS = ("+51111", "+51112", "+51211", "+81311", "+81312", "+44411")
FREE = ("congestion", "cancelled")
OUTCOMES = ("answered", "abandoned", "busy", "no_answer", "bad_number", "lost", "opted_out", "released", *FREE)
DELAY = {"busy": 10, "no_answer": 45, "abandoned": 72 * 60, "lost": 60}
RETRIED = ("busy", "no_answer", "abandoned")
CAPS = {"day_cap": 1, "week_cap": 2}
DIALERS = [
    a_dialer(
        key=key,
        campaign=key,
        lists=[{"list": key}],
        max_tries=4,
        abandoned_quiet_h=72,
        retries=[
            {"outcome": each, "delay_min": DELAY[each], "tries": 2} for each in ("busy", "no_answer", "abandoned")
        ],
        **CAPS,
    )
    for key in ("winter", "summer")
]
SITE = a_dialing_site(*DIALERS)
A_CONTACT = st.fixed_dictionaries(
    {
        "numbers": st.lists(st.sampled_from(NUMBERS), max_size=3, unique=True),
        "zone": st.sampled_from([LIMA, TOKYO, "", "no/zone"]),
        "list": st.sampled_from(["winter", "summer"]),
        "priority": st.integers(1, 3),
    }
)
AN_ENTRY = st.fixed_dictionaries(
    {
        "number": st.sampled_from([*NUMBERS, "+5111", "+81"]),
        "is_prefix": st.booleans(),
        "campaign": st.sampled_from(["", "winter"]),
        "expires_at": st.sampled_from([None, NOON - dt.timedelta(days=1), NOON + dt.timedelta(days=2)]),
    }
)
A_STEP = st.one_of(
    st.tuples(st.just("begin"), st.integers(1, 4), st.integers(0, 1)),
    st.tuples(st.just("end"), st.integers(0, 3), st.sampled_from(OUTCOMES)),
    st.tuples(st.just("round"), st.sampled_from((60, 1440)), st.sampled_from(RETRIED)),
    st.tuples(st.just("wait"), st.sampled_from((5, 60, 600, 1440)), st.none()),
    st.tuples(st.just("wait"), st.sampled_from((-5, -600, -1440)), st.none()),  # somebody sets the clock back
)


class World:
    """What was done, kept apart from the database, and asked by rules that are written here once more."""

    def __init__(self, database: Database, contacts: dict[int, Any], never: list[dict[str, Any]]) -> None:
        self.database, self.contacts, self.never = database, contacts, never
        self.at = NOON
        self.open: list[Attempt] = []
        self.ended: list[tuple[Attempt, str, dt.datetime]] = []

    async def take(self, step: tuple[str, Any, Any]) -> None:
        kind, first, second = step
        if kind == "round":
            for dialer in (0, 1):
                await self.take(("begin", 4, dialer))
            while self.open:
                await self.end(self.open.pop(), second)
            kind = "wait"
        if kind == "wait":
            self.at += dt.timedelta(minutes=first)
        elif kind == "begin":
            dialer = DIALERS[second]
            async with self.database.transaction() as tx:
                begun = await begin_attempts(tx, SITE, dialer, a_wish(first, self.at))
            for each in begun:
                self.check(each)
                self.open.append(each)
        elif self.open:
            await self.end(self.open.pop(first % len(self.open)), second)

    async def end(self, attempt: Attempt, outcome: str) -> None:
        async with self.database.transaction() as tx:
            if outcome == "released":
                await release_attempt(tx, attempt.guid)
            else:
                assert await end_attempt(tx, SITE, Result(attempt.guid, outcome, self.at))
        self.ended.append((attempt, outcome, self.at))

    def check(self, each: Attempt) -> None:
        contact = self.contacts[each.contact_id or 0]
        assert contact["numbers"][each.position] == each.number
        assert each.list == contact["list"] == each.dialer
        local = self.at.astimezone(ZoneInfo(contact["zone"] if contact["zone"] in (LIMA, TOKYO) else LIMA))
        assert 9 <= local.hour < 20
        assert local.date() != dt.date(2026, 5, 5), "a feast"
        assert not any(self._is_meant(entry, each) for entry in self.never)
        assert each.number not in {other.number for other in self.open}
        assert each.contact_id not in {other.contact_id for other in self.open}
        self._check_caps(each, local)
        self._check_tries(each)

    def _is_meant(self, entry: dict[str, Any], each: Attempt) -> bool:
        is_same = each.number.startswith(entry["number"]) if entry["is_prefix"] else each.number == entry["number"]
        holds = entry["expires_at"] is None or entry["expires_at"] > self.at
        return is_same and holds and entry["campaign"] in ("", each.campaign)

    def _check_caps(self, each: Attempt, local: dt.datetime) -> None:
        counted = [
            begun.begun_at
            for begun, outcome, _ in self.ended
            if begun.number == each.number and outcome not in (*FREE, "released")
        ]
        assert sum(at.astimezone(local.tzinfo).date() >= local.date() for at in counted) < CAPS["day_cap"]
        assert sum(at > self.at - dt.timedelta(days=7) for at in counted) < CAPS["week_cap"]
        for begun, outcome, at in self.ended:
            if begun.number == each.number:
                assert outcome != "opted_out"
                assert outcome != "abandoned" or self.at >= at + dt.timedelta(hours=72)

    def _check_tries(self, each: Attempt) -> None:
        own = [(begun, outcome, at) for begun, outcome, at in self.ended if begun.contact_id == each.contact_id]
        used = [outcome for _, outcome, _ in own if outcome not in (*FREE, "released")]
        assert len(used) < 4
        assert "answered" not in used
        for begun, outcome, at in own:
            assert outcome == "released" or self.at >= at + dt.timedelta(minutes=DELAY.get(outcome, 0))
            assert outcome != "bad_number" or begun.position != each.position


@pytest.fixture(scope="session")
def a_folder(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> tuple[Path, Path]:
    return tmp_path_factory.mktemp("attempts"), migrated_sqlite


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    contacts=st.lists(A_CONTACT, min_size=1, max_size=6),
    never=st.lists(AN_ENTRY, max_size=3, unique_by=lambda each: (each["number"], each["is_prefix"], each["campaign"])),
    steps=st.lists(A_STEP, min_size=10, max_size=40),
)
def test_no_rule_is_broken(
    a_folder: tuple[Path, Path], contacts: list[dict[str, Any]], never: list[Any], steps: list[Any]
) -> None:
    folder, migrated = a_folder
    shutil.copy(migrated, folder / "one.db")
    asyncio.run(_live(f"sqlite+aiosqlite:///{folder / 'one.db'}", contacts, never, steps))
    for each in folder.glob("one.db*"):
        each.unlink()


async def _live(url: str, contacts: list[dict[str, Any]], never: list[Any], steps: list[Any]) -> None:
    database = Database(url)
    ids = await add_contacts(database, [dict(each) for each in contacts])
    async with database.transaction() as tx:
        for entry in never:
            await tx.execute(insert(DoNotCallRow).values(**entry, source="console", created_at=NOON))
    world = World(database, dict(zip(ids, contacts, strict=True)), never)
    for step in steps:
        await world.take(step)
    await database.close()
