"""When a shift ends: hours, nights, breaks, holidays, closings, changes of the clock."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from appliance.core.entities.schedules import Closing, Schedule
from appliance.core.shifts import shift_at
from tests.unit.test_hours import NIGHT, OFFICE, a_schedule

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
ROUND_THE_CLOCK = a_schedule(("mon tue wed thu fri sat sun", "00:00", "24:00"))


def at(text: str, zone: str = "America/Lima") -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("schedule", "now", "end"),
    [
        (OFFICE, "2026-01-05 09:00", "2026-01-05 13:00"),
        (OFFICE, "2026-01-05 12:59:59", "2026-01-05 13:00"),
        (OFFICE, "2026-01-05 13:00", "2026-01-05 13:00"),  # over
        (OFFICE, "2026-01-05 14:30", "2026-01-05 13:00"),
        (OFFICE, "2026-01-05 15:00", "2026-01-05 19:00"),
        (NIGHT, "2026-01-04 23:00", "2026-01-05 06:00"),  # midnight is no end
        (NIGHT, "2026-01-05 05:00", "2026-01-05 06:00"),
        (a_schedule(("mon", "08:00", "14:00"), ("mon", "14:00", "20:00")), "2026-01-05 09:00", "2026-01-05 20:00"),
        (a_schedule(("mon", "20:00", "24:00")), "2026-01-05 21:00", "2026-01-06 00:00"),
        (
            a_schedule(("sun", "22:00", "06:00"), holidays=(dt.date(2026, 1, 5),)),
            "2026-01-04 23:00",
            "2026-01-05 00:00",
        ),
    ],
)
def test_the_end_of_the_shift_that_is_on_or_was_last(schedule: Schedule, now: str, end: str) -> None:
    assert shift_at(schedule, at(now)).end_for(LONG_AGO) == at(end)


def test_a_closing_ends_a_shift() -> None:
    day = dt.date(2026, 1, 5)
    move = Closing(name="Move", first_date=day, start="11:30", last_date=day, end="24:00")
    assert shift_at(OFFICE.model_copy(update={"closings": [move]}), at("2026-01-05 10:00")).end_for(LONG_AGO) == at(
        "2026-01-05 11:30"
    )


def test_who_came_after_the_shift_is_bound_by_none() -> None:
    assert shift_at(OFFICE, at("2026-01-05 20:00")).end_for(at("2026-01-05 19:30")) is None
    assert shift_at(OFFICE, at("2026-01-05 20:00")).end_for(at("2026-01-05 18:59")) == at("2026-01-05 19:00")


def test_a_shift_without_an_end_has_none() -> None:
    assert shift_at(ROUND_THE_CLOCK, at("2026-01-05 10:00")).end_for(LONG_AGO) is None
    assert shift_at(a_schedule(), at("2026-01-05 10:00")).end_for(LONG_AGO) is None


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"])
def test_where_clocks_change_it_ends_by_the_clock_on_the_wall(day: str) -> None:
    shift = a_schedule(("sat sun", "22:00", "06:00"), zone="Europe/Madrid")
    now = at(f"{day} 23:00", "Europe/Madrid")
    end = shift_at(shift, now).end_for(LONG_AGO)
    assert end is not None
    assert f"{end.astimezone(ZoneInfo('Europe/Madrid')):%H:%M}" == "06:00"
    assert end - now < dt.timedelta(hours=9)
