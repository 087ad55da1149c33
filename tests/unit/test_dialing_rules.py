"""The rules of calling out: of law and dialer the stricter, hours where the contact is, caps, and when to try again."""

import datetime as dt
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.dialing.caps import FOR_EVER, Calls, blocked_until
from appliance.core.dialing.choice import caller_number, turns
from appliance.core.dialing.hours import REACHES, closes_at, may_begin, may_call, next_open, zone_of
from appliance.core.dialing.law import rules_of, told
from appliance.core.dialing.laws import LAWS
from appliance.core.dialing.life import ACTS, STATES, STEPS, acts_in
from appliance.core.dialing.tries import Ended, Progress, after_attempt, next_position, parse_positions, position_now
from appliance.core.entities.dialer_parts import Law
from appliance.core.problems import check_site
from tests.dialing import LIMA, NOON, a_dialer, a_dialing_site
from tests.sites import a_site

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ZONES = ("America/Lima", "America/New_York", "Europe/London", "Asia/Kolkata", "Pacific/Auckland", "UTC")


def rules(**fields: Any) -> Any:
    dialer = a_dialer(**fields)
    return rules_of(a_dialing_site(dialer), dialer)


@pytest.mark.parametrize("law", get_args(Law))
def test_a_dialer_can_only_be_stricter(law: str) -> None:
    loose = {"abandoned_limit_tenths": 1000, "connect_s": 10, "ring_s": 10, "abandoned_quiet_h": 0}
    strict = {"abandoned_limit_tenths": 1, "connect_s": 1, "ring_s": 90, "abandoned_quiet_h": 999}
    assert all(getattr(rules(law=law, **strict), name) == value for name, value in strict.items())
    asked = LAWS[law]._asdict()
    assert all(getattr(rules(law=law, **loose), name) == asked[name].value for name in loose)


@pytest.mark.parametrize("law", get_args(Law))
def test_each_value_says_where_it_stands(law: str) -> None:
    dialer = a_dialer(law=law)
    lines = told(a_dialing_site(dialer), dialer)
    assert len(lines) == 7
    assert all(len(line.source) > 20 for line in lines)


def test_of_the_british_rules_it_says_that_no_share_is_safe() -> None:
    dialer = a_dialer(law="uk")
    sources = {line.field: line.source for line in told(a_dialing_site(dialer), dialer)}
    assert "20 December 2016" in sources["abandoned_limit_tenths"]
    assert "no share is safe" in sources["abandoned_limit_tenths"]
    assert all("replaced" in sources[name] for name in ("connect_s", "ring_s", "needs_message", "abandoned_quiet_h"))


@pytest.mark.parametrize(
    ("law", "zone", "local", "may"),
    [
        ("us", "America/New_York", "2026-06-01 08:00", True),
        ("us", "America/New_York", "2026-06-01 07:59", False),
        ("us", "America/Los_Angeles", "2026-06-06 20:59", True),
        ("us", "America/Los_Angeles", "2026-06-06 21:00", False),
        ("ca", "America/Toronto", "2026-06-01 21:29", True),
        ("ca", "America/Toronto", "2026-06-06 18:00", False),
        ("ca", "America/Toronto", "2026-06-07 10:00", True),
        ("mx", "America/Mexico_City", "2026-06-06 12:00", False),
        ("id", "Asia/Jakarta", "2026-06-06 17:59", True),
        ("id", "Asia/Jakarta", "2026-06-07 12:00", False),
        ("none", "Asia/Jakarta", "2026-06-07 03:00", True),
    ],
)
def test_hours_of_the_law(law: str, zone: str, local: str, may: bool) -> None:
    at = dt.datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    assert may_call(rules(law=law, schedule=""), zone, at) is may


@given(
    law=st.sampled_from(get_args(Law)),
    schedule=st.sampled_from(["", "day"]),
    zone=st.sampled_from(ZONES),
    hours=st.integers(0, 24 * 400),
    minute=st.integers(0, 59),
)
def test_the_next_moment_is_the_first_one(law: str, schedule: str, zone: str, hours: int, minute: int) -> None:
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=hours, minutes=minute)
    found = next_open(rules(law=law, schedule=schedule), zone, at)
    assert found is not None
    assert found >= at
    assert may_call(rules(law=law, schedule=schedule), zone, found)
    if found > at:
        assert not may_call(rules(law=law, schedule=schedule), zone, at)
        assert not may_call(rules(law=law, schedule=schedule), zone, found - dt.timedelta(minutes=1))


MINUTE, LATEST = dt.timedelta(minutes=1), dt.timedelta(minutes=10)


@given(
    st.sampled_from(get_args(Law)),
    st.sampled_from(["", "day"]),
    st.sampled_from(ZONES),
    st.integers(0, 400 * 24 * 60),
    st.integers(0, 59_999),
)
def test_nobody_is_called_over_the_border(law: str, schedule: str, zone: str, minutes: int, ms: int) -> None:
    """A year of minutes, with both changes of the clocks: who may begin may still when the call rings, not after."""
    found = rules(law=law, schedule=schedule)
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes, milliseconds=ms)
    until = closes_at(found, zone, at)
    assert at < until <= at + LATEST
    if may_begin(found, zone, at):
        assert may_call(found, zone, at)
        assert may_call(found, zone, at + REACHES)
        assert until > at + REACHES
        assert all(
            may_call(found, zone, at + dt.timedelta(seconds=s)) for s in range(0, int((until - at).total_seconds()), 7)
        )
        assert until > at + LATEST - MINUTE or not may_call(found, zone, until)


@pytest.mark.parametrize(
    ("zone", "local", "may"),
    [
        ("America/New_York", "2026-06-01 20:59:57.9", True),
        ("America/New_York", "2026-06-01 20:59:58", False),
        ("America/New_York", "2026-06-01 20:59:59.9", False),
        ("America/New_York", "2026-06-01 07:59:59.9", False),
        ("America/New_York", "2026-06-01 08:00:00", True),
        ("America/New_York", "2026-11-01 20:59:59", False),  # the day on which summer time ends
        ("America/Los_Angeles", "2026-06-01 20:59:50", True),
    ],
)
def test_the_last_seconds_of_the_hours(zone: str, local: str, may: bool) -> None:
    at = dt.datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    assert may_begin(rules(law="us", schedule=""), zone, at) is may


def test_a_holiday_is_where_the_contact_is() -> None:
    late = dt.datetime(2026, 5, 4, 23, tzinfo=dt.UTC)  # in Tokyo the feast has begun, in Lima it is six
    assert not may_call(rules(), "Asia/Tokyo", late)
    assert may_call(rules(), LIMA, late)


def test_whose_time_zone() -> None:
    assert zone_of("Mars/Base", "Asia/Tokyo", LIMA) == "Asia/Tokyo"
    assert zone_of("", "", "") == "UTC"


@pytest.mark.parametrize(
    ("fields", "calls", "until"),
    [
        ({"day_cap": 2}, [NOON - HOUR], None),
        ({"day_cap": 2}, [NOON - HOUR, NOON - 2 * HOUR], NOON + 12 * HOUR),
        ({"day_cap": 1, "week_cap": 0}, [NOON - 13 * HOUR], None),
        ({"week_cap": 2, "day_cap": 0}, [NOON - 6 * DAY, NOON - 2 * DAY], NOON + DAY),
        ({"week_cap": 1, "day_cap": 0}, [NOON - 8 * DAY], None),
        ({"life_cap": 1, "day_cap": 0}, [NOON - 900 * DAY], FOR_EVER),
        ({"day_cap": 0, "week_cap": 0}, [NOON - HOUR] * 40, None),
    ],
)
def test_caps(fields: dict[str, int], calls: list[dt.datetime], until: dt.datetime | None) -> None:
    """It is noon in Lima; the night before is another day there."""
    known = Calls(calls, len(calls))
    assert blocked_until(rules(**fields), known, kind="auto", zone=LIMA, at=NOON) == until


@pytest.mark.parametrize("hours", [1, 13, 30, 60])
def test_a_clock_that_was_set_back_frees_nobody(hours: int) -> None:
    """Calls of a time that has not come yet are calls all the same: of today, and of every day until then."""
    made = NOON + hours * HOUR
    until = blocked_until(rules(day_cap=1, week_cap=0), Calls((made,), 1), kind="auto", zone=LIMA, at=NOON)
    assert until is not None
    assert until > made


@pytest.mark.parametrize(("kind", "is_quiet"), [("auto", True), ("agentless", True), ("preview", False)])
def test_quiet_after_an_abandoned_call(kind: str, is_quiet: bool) -> None:
    """Where an agent is there first, it may be called."""
    known = Calls([NOON - DAY], 1, quiet_until=NOON + 2 * DAY)
    until = blocked_until(rules(), known, kind=kind, zone=LIMA, at=NOON)
    assert until == (NOON + 2 * DAY if is_quiet else None)


BUSY = {"outcome": "busy", "tries": 3, "delay_min": 10}


@pytest.mark.parametrize(
    ("rule", "times", "wait_min"),
    [(BUSY, 1, 10), (BUSY, 3, 10), (BUSY, 4, None)]
    + [({**BUSY, "growth": "doubling"}, times, 10 * 2 ** (times - 1)) for times in (1, 2, 3)],
)
def test_how_long_until_the_next_try(rule: dict[str, Any], times: int, wait_min: int | None) -> None:
    dialer = a_dialer(retries=[rule], max_tries=10)
    after = after_attempt(
        dialer, rules(max_tries=10), Progress(times - 1, 0, [0], frozenset()), Ended("busy", NOON, times)
    )
    assert after.next_at == (NOON + dt.timedelta(minutes=wait_min) if wait_min else None)
    assert after.state == ("retry" if wait_min else "done")


def test_most_tries_and_numbers_in_turn() -> None:
    dialer = a_dialer(retries=[{**BUSY, "next_number": True}], max_tries=3)
    before, seen = Progress(0, 0, [0, 1, 4], frozenset({1})), []
    for times in (1, 2):
        after = after_attempt(dialer, rules(max_tries=3), before, Ended("busy", NOON, times))
        seen.append(after.position)
        before = before._replace(tries=after.tries, position=after.position)
    assert seen == [4, 0]
    assert after_attempt(dialer, rules(max_tries=3), before, Ended("busy", NOON, 3)).state == "done"


def test_a_number_that_is_none_is_left_out_for_good() -> None:
    after = after_attempt(a_dialer(), rules(), Progress(0, 0, [0, 1], frozenset()), Ended("bad_number", NOON))
    assert (after.state, after.position, after.bad_positions) == ("retry", 1, frozenset({0}))
    last = after_attempt(a_dialer(), rules(), Progress(1, 1, [0, 1], after.bad_positions), Ended("bad_number", NOON))
    assert (last.state, last.next_at) == ("done", None)


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)), st.integers(0, 9))
def test_a_position_is_never_a_bad_one(positions: set[int], bad: set[int], position: int) -> None:
    progress = Progress(0, position, sorted(positions), frozenset(bad))
    found = position_now(progress)
    assert (found is None) == (not positions - bad)
    assert found not in bad
    assert found is None or next_position(progress, found) in positions - bad


def test_positions_as_text() -> None:
    assert parse_positions("") == frozenset()
    assert parse_positions("0,2") == {0, 2}


@given(st.lists(st.integers(1, 100), min_size=1, max_size=5), st.integers(1, 300))
def test_shares(shares: list[int], most: int) -> None:
    """Never further from its share than one call for each list."""
    named = {str(n): share for n, share in enumerate(shares)}
    found = turns(named, [], most)
    assert len(found) == most
    for key, share in named.items():
        assert abs(found.count(key) - most * share / sum(shares)) <= len(shares)


def test_numbers_shown() -> None:
    numbers = [{"number": "5550100"}, {"number": "5550200", "area": "+511"}, {"number": "5550201", "area": "511"}]
    dialer = a_dialer(caller_numbers=numbers)
    assert {caller_number(dialer, "+5112345678", turn) for turn in range(4)} == {"5550200", "5550201"}
    assert {caller_number(dialer, "+51987654321", turn) for turn in range(4)} == {"5550100"}
    assert caller_number(a_dialer(), "+5112345678", 0) == ""


def test_every_state_can_be_left_and_reached() -> None:
    assert all(acts_in(state) for state in STATES)
    assert {step.after for step in STEPS.values()} == set(STATES)
    assert set(STEPS) == set(ACTS)


@pytest.mark.parametrize(("mode", "is_refused"), [("predictive", True), ("progressive", True), ("preview", False)])
def test_a_law_that_asks_for_a_message(mode: str, is_refused: bool) -> None:
    site = a_site()
    dialer = site.dialers["sales"].model_copy(update={"law": "uk", "mode": mode})
    problems = check_site(site.replaced("dialers", "sales", dialer))
    assert [each.path[-1] for each in problems] == (["abandoned_prompt"] if is_refused else [])
