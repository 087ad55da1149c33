"""Shifts: when the hours of a schedule end for somebody who works by them."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from appliance.core.entities.schedules import Schedule
from appliance.core.hours import day_ranges, is_shut, state_at

_MINUTE, _DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
_DAYS = (-1, 0, 1, 2)  # from today on; an end that is farther away is not told


class Shift(NamedTuple):
    """One that is on ends at the first of `ends`; one that is over has ended at the last."""

    is_on: bool
    ends: tuple[dt.datetime, ...]

    def end_for(self, since: dt.datetime) -> dt.datetime | None:
        """For somebody who came then: who came after the end is not bound by it."""
        if self.is_on:
            return self.ends[0] if self.ends else None
        return self.ends[-1] if self.ends and self.ends[-1] > since else None


def shift_at(schedule: Schedule, at: dt.datetime) -> Shift:
    is_on = _is_on(schedule, at)
    turns = sorted({each for each in _turns(schedule, at) if (each > at) == is_on})
    return Shift(is_on, tuple(each for each in turns if _ends(schedule, each)))


def _is_on(schedule: Schedule, at: dt.datetime) -> bool:
    return state_at(schedule, at) == "open" and not is_shut(schedule, at)


def _ends(schedule: Schedule, at: dt.datetime) -> bool:
    return _is_on(schedule, at - _MINUTE) and not _is_on(schedule, at)


def _turns(schedule: Schedule, at: dt.datetime) -> Iterator[dt.datetime]:
    """Moments at which it may end: midnights because of holidays, the ends of hours, the beginnings of closings."""
    zone = ZoneInfo(schedule.time_zone)
    today = at.astimezone(zone).date()
    for day in (today + number * _DAY for number in _DAYS):
        ranges = [part for hours in schedule.hours for part in day_ranges(hours) if part.weekday == day.weekday()]
        starts = [closing.start.split(":") for closing in schedule.closings if closing.first_date == day]
        minutes = {0, *(part.end for part in ranges), *(int(hour) * 60 + int(minute) for hour, minute in starts)}
        midnight = dt.datetime.combine(day, dt.time())
        yield from ((midnight + each * _MINUTE).replace(tzinfo=zone).astimezone(dt.UTC) for each in minutes)
