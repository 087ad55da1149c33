"""The clock: set back, run wild, put right; and the machine that is the same with another network card."""

import datetime as dt

import pytest

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


def test_after_a_day_a_leap_is_the_time() -> None:
    """The machine stood still for months."""
    leap = advance(MARK, NOW + 90 * DAY)
    assert advance(leap, NOW + 91 * DAY) == Mark(NOW + 91 * DAY)


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


def test_nothing_of_the_machine_is_told() -> None:
    assert not set(fingerprint_of(PROPERTIES).values()) & set(PROPERTIES.values())
    assert len(short(fingerprint_of(PROPERTIES))) == 14


def test_a_license_for_any_machine_runs_here() -> None:
    assert may_run([], {})
    assert not may_run([fingerprint_of(PROPERTIES)], {})
