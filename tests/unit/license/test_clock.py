"""The clock: set back, run wild, put right; and the machine that is the same with another network card."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.license.clock import Mark, advance, is_set_back, judged_at
from appliance.core.license.machine import fingerprint_of, is_same, may_run, short
from tests.licenses import DAY, NOW

HOUR = dt.timedelta(hours=1)
MARK = Mark(NOW)


@pytest.mark.parametrize(
    ("now", "journals", "after"),
    [
        (NOW + HOUR, None, Mark(NOW + HOUR)),
        (NOW - HOUR, None, MARK),
        (NOW - 400 * DAY, None, MARK),
        (NOW, NOW + DAY, Mark(NOW + DAY)),  # the database is older than Asterisk's own files
        (NOW + HOUR, NOW - DAY, Mark(NOW + HOUR)),
        (NOW + 900 * DAY, None, Mark(NOW, leap_at=NOW + 900 * DAY)),
        (NOW + HOUR, NOW + 900 * DAY, Mark(NOW + HOUR, leap_at=NOW + HOUR)),
    ],
)
def test_the_newest_time_is_kept(now: dt.datetime, journals: dt.datetime | None, after: Mark) -> None:
    assert advance(MARK, now, journals) == after


def test_the_first_look_takes_what_it_sees() -> None:
    assert advance(Mark(), NOW) == MARK
    assert advance(Mark(), NOW, NOW + 100 * DAY) == Mark(NOW + 100 * DAY)


def test_a_clock_that_ran_wild_for_hours_leaves_nothing_behind() -> None:
    wild = advance(MARK, NOW + 900 * DAY)
    wild = advance(wild, NOW + 900 * DAY + 20 * HOUR)
    assert judged_at(wild, NOW + 900 * DAY + 20 * HOUR) == NOW + 900 * DAY + 20 * HOUR  # believed while it lasts
    right = advance(wild, NOW + 21 * HOUR)
    assert right == Mark(NOW + 21 * HOUR)
    assert not is_set_back(right, NOW + 21 * HOUR)


def test_a_call_in_the_hour_of_a_wild_clock_locks_nobody_out() -> None:
    """Nothing is written after it for a week: the journals end with that hour."""
    wild = NOW + 900 * DAY
    mark = advance(MARK, wild, NOW)
    for hours in range(1, 24 * 7):
        mark = advance(mark, NOW + hours * HOUR, wild)
        assert judged_at(mark, NOW + hours * HOUR) == NOW + hours * HOUR
    assert is_set_back(mark, NOW + 24 * 7 * HOUR)  # the journals say another time than the clock
    called = NOW + 24 * 7 * HOUR
    assert advance(mark, called, called) == Mark(called)


@given(st.lists(st.integers(3, 9000), max_size=20), st.booleans())
def test_a_clock_that_is_wrong_in_many_ways_for_hours_leaves_nothing_behind(days: list[int], is_written: bool) -> None:
    mark, journals = MARK, NOW
    for day in days:
        if any(DAY <= dt.timedelta(days=abs(day - other)) <= 3 * DAY for other in days):
            continue  # so a clock could go that is right
        wild = NOW + day * DAY
        mark = advance(advance(mark, wild, journals), wild + HOUR, journals)
        journals = wild if is_written else journals
    right = advance(mark, NOW + 5 * HOUR, journals)
    assert judged_at(right, NOW + 5 * HOUR) == NOW + 5 * HOUR


def test_after_a_day_a_leap_is_the_time() -> None:
    """The machine stood still for months."""
    leap = advance(MARK, NOW + 90 * DAY)
    assert advance(leap, NOW + 91 * DAY) == Mark(NOW + 91 * DAY)
    assert advance(leap, NOW + 90 * DAY + 8 * HOUR) == leap  # an office that is switched off at night
    assert advance(leap, NOW + 95 * DAY) == Mark(NOW, leap_at=NOW + 95 * DAY)  # and for the weekend


def test_journals_that_are_far_ahead_tell_of_a_clock_that_was_set_back() -> None:
    """With a database that was put back too; the licence stays as that database knew it."""
    mark = advance(MARK, NOW, NOW + 60 * DAY)
    assert is_set_back(mark, NOW)
    assert judged_at(mark, NOW) == NOW
    assert not is_set_back(advance(mark, NOW + 60 * DAY), NOW + 60 * DAY)


def test_a_clock_that_is_set_back_is_seen_and_changes_nothing() -> None:
    for now in (NOW - 2 * HOUR, NOW - 4000 * DAY):
        assert is_set_back(MARK, now)
        assert judged_at(MARK, now) == NOW
    assert not is_set_back(MARK, NOW - HOUR / 2)  # put right
    assert not is_set_back(Mark(), NOW)


PROPERTIES = {"machine": "abc", "board": "X-1", "disk": "d9", "network": "02:00:00:00:00:01", "processor": "Xeon"}


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({}, True),
        ({"network": "02:00:00:00:00:99"}, True),
        ({"network": "02:00:00:00:00:99", "disk": "new"}, True),
        ({"network": "02:00:00:00:00:99", "disk": "new", "machine": "reinstalled"}, False),
        ({"network": "", "disk": ""}, True),
        ({"more": "than was signed"}, True),
    ],
)
def test_a_majority_tells_the_machine(changed: dict[str, str], same: bool) -> None:
    signed, here = fingerprint_of(PROPERTIES), fingerprint_of(PROPERTIES | changed)
    assert is_same(signed, here) is same
    assert may_run([signed], here) is same
    assert may_run([{"machine": "0" * 20}, signed], here) is same


ROOTS = {"product": "uuid", "board": "X-1", "chassis": "C-1"}  # what only root reads
LITTLE = {"machine": "abc", "processor": "Xeon", "network": "02:00:00:00:00:01"}
ANYBODYS = LITTLE | {"disk": "d9"}


@pytest.mark.parametrize(
    ("signed", "here", "same"),
    [
        (ROOTS | ANYBODYS, ANYBODYS, True),  # the request was made by root, the daemon is not
        (ROOTS | ANYBODYS, ANYBODYS | {"network": "new"}, True),
        (ROOTS | ANYBODYS, ANYBODYS | {"network": "new", "disk": "new"}, False),
        (ROOTS | LITTLE, LITTLE, True),
        (ANYBODYS, ROOTS | ANYBODYS | {"network": "new"}, True),
        (ROOTS | ANYBODYS, {"machine": "abc", "processor": "Xeon"}, False),  # a copy that hides the rest
        (ROOTS | ANYBODYS, {}, False),
        ({"machine": "abc", "board": "X-1", "disk": "d9"}, {"machine": "abc", "board": "X-1", "disk": "new"}, True),
        ({"machine": "abc", "disk": "d9"}, {"machine": "abc", "disk": "new"}, False),
        ({}, {}, False),
    ],
)  # fmt: skip
def test_what_cannot_be_read_does_not_count(signed: dict[str, str], here: dict[str, str], same: bool) -> None:
    assert is_same(fingerprint_of(signed), fingerprint_of(here)) is same


def test_nothing_of_the_machine_is_told() -> None:
    assert not set(fingerprint_of(PROPERTIES).values()) & set(PROPERTIES.values())
    assert len(short(fingerprint_of(PROPERTIES))) == 14


def test_a_license_for_any_machine_runs_here() -> None:
    assert may_run([], {})
    assert not may_run([fingerprint_of(PROPERTIES)], {})
