"""Opening hours: a table, and the ranges for Asterisk against a naive look at every minute."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.entities.schedules import DAYS, Holiday, Hours, Schedule
from appliance.core.hours import WeekRange, state_at, week_ranges

LIMA = ZoneInfo("America/Lima")
MONDAY = dt.date(2026, 1, 5)
FIRST = dt.datetime(2026, 1, 4, tzinfo=dt.UTC)


def a_schedule(
    *hours: tuple[str, str, str], holidays: tuple[dt.date, ...] = (), zone: str = "America/Lima"
) -> Schedule:
    return Schedule(
        key="office",
        name="Office",
        time_zone=zone,
        hours=[Hours.model_validate({"days": days.split(), "start": start, "end": end}) for days, start, end in hours],
        holidays=[Holiday(date=date, name="A holiday") for date in holidays],
    )


OFFICE = a_schedule(("mon tue wed thu fri", "09:00", "13:00"), ("mon tue wed thu fri", "15:00", "19:00"))
NIGHT = a_schedule(("sun", "22:00", "06:00"))


@pytest.mark.parametrize(
    ("schedule", "local", "state"),
    [
        (OFFICE, "2026-01-05 08:59:59", "closed"),
        (OFFICE, "2026-01-05 09:00:00", "open"),
        (OFFICE, "2026-01-05 12:59:59", "open"),
        (OFFICE, "2026-01-05 13:00:00", "closed"),
        (OFFICE, "2026-01-05 15:00:00", "open"),
        (OFFICE, "2026-01-10 10:00:00", "closed"),
        (NIGHT, "2026-01-04 21:59:00", "closed"),
        (NIGHT, "2026-01-04 22:00:00", "open"),
        (NIGHT, "2026-01-05 05:59:00", "open"),
        (NIGHT, "2026-01-05 06:00:00", "closed"),
        (NIGHT, "2026-01-05 23:00:00", "closed"),
        (a_schedule(("mon", "00:00", "24:00")), "2026-01-05 23:59:59", "open"),
        (a_schedule(("mon", "00:00", "24:00")), "2026-01-06 00:00:00", "closed"),
        (a_schedule(("mon", "08:00", "08:00")), "2026-01-06 07:59:00", "open"),
        (a_schedule(("mon", "00:00", "00:00")), "2026-01-06 00:00:00", "closed"),
        (a_schedule(), "2026-01-05 10:00:00", "closed"),
        (a_schedule(("mon", "09:00", "18:00"), holidays=(MONDAY,)), "2026-01-05 10:00:00", "holiday"),
        (a_schedule(("sun", "22:00", "06:00"), holidays=(MONDAY,)), "2026-01-05 01:00:00", "holiday"),
        (a_schedule(("sun", "22:00", "06:00"), holidays=(MONDAY,)), "2026-01-04 23:00:00", "open"),
    ],
)
def test_state(schedule: Schedule, local: str, state: str) -> None:
    assert state_at(schedule, dt.datetime.fromisoformat(local).replace(tzinfo=LIMA)) == state


def test_the_zone_of_the_schedule_counts() -> None:
    at = dt.datetime(2026, 1, 5, 15, 0, tzinfo=dt.UTC)  # 10:00 in Lima
    assert state_at(a_schedule(("mon", "10:00", "11:00")), at) == "open"
    assert state_at(a_schedule(("mon", "10:00", "11:00"), zone="UTC"), at) == "closed"


def test_hours_follow_the_clock_on_the_wall_when_summer_begins() -> None:
    madrid = a_schedule(("sun", "03:00", "04:00"), zone="Europe/Madrid")
    assert state_at(madrid, dt.datetime(2026, 3, 29, 1, 0, tzinfo=dt.UTC)) == "open"  # 03:00 CEST, there is no 02:00
    assert state_at(madrid, dt.datetime(2026, 3, 29, 0, 59, tzinfo=dt.UTC)) == "closed"


def test_ranges_for_asterisk_end_with_the_last_open_minute() -> None:
    assert week_ranges(OFFICE) == [
        WeekRange("mon-fri", "09:00", "12:59"),
        WeekRange("mon-fri", "15:00", "18:59"),
    ]
    assert week_ranges(NIGHT) == [WeekRange("mon", "00:00", "05:59"), WeekRange("sun", "22:00", "23:59")]
    assert week_ranges(a_schedule((" ".join(DAYS), "00:00", "24:00"))) == [WeekRange("*", "00:00", "23:59")]
    assert week_ranges(a_schedule(("mon tue thu sat sun", "08:00", "09:00")))[0].days == "mon-tue&thu&sat-sun"


def as_asterisk_reads(ranges: list[WeekRange], at: dt.datetime) -> bool:
    def has_day(days: str) -> bool:
        for run in days.split("&"):
            first, _, last = run.partition("-")
            if run == "*" or DAYS.index(first) <= at.weekday() <= DAYS.index(last or first):
                return True
        return False

    return any(has_day(each.days) and each.start <= at.strftime("%H:%M") <= each.last for each in ranges)


def naively_open(schedule: Schedule, at: dt.datetime) -> bool:
    """Walk each range minute by minute from its start."""
    for hours in schedule.hours:
        for back in (0, 1):
            day = at.date() - dt.timedelta(days=back)
            start = dt.datetime.combine(day, dt.time.fromisoformat(hours.start))
            end = dt.datetime.combine(day, dt.time()) + dt.timedelta(
                hours=int(hours.end[:2]), minutes=int(hours.end[3:])
            )
            if end <= start:
                end += dt.timedelta(days=1)
            if DAYS[day.weekday()] in hours.days and start <= at.replace(tzinfo=None) < end:
                return True
    return False


clocks = st.times().map(lambda time: time.strftime("%H:%M"))
weeks = st.lists(
    st.builds(
        lambda days, start, end: (" ".join(days), start, end),
        st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
        clocks,
        st.one_of(clocks, st.just("24:00"), st.just("00:00")),
    ),
    max_size=4,
)


moments = st.integers(0, 9 * 24 * 60).map(lambda minutes: FIRST + dt.timedelta(minutes=minutes))


@settings(max_examples=60, deadline=None)
@given(week=weeks, at=moments)
def test_both_answers_are_the_naive_one(week: list[tuple[str, str, str]], at: dt.datetime) -> None:
    schedule = a_schedule(*week, zone="UTC")
    naive = naively_open(schedule, at)
    assert (state_at(schedule, at) == "open") is naive
    assert as_asterisk_reads(week_ranges(schedule), at) is naive
