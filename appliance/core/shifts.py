"""Shifts: when the hours of a schedule end for somebody who works by them."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from appliance.core.entities.schedules import Schedule
from appliance.core.hours import day_ranges, is_shut, state_at

_MINUTE, _DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
_DAYS = (-1, 0, 1, 2)  # from today on; an end that is farther away is not told


def shift_end(schedule: Schedule, at: dt.datetime, since: dt.datetime) -> dt.datetime | None:
    """Of the shift that is on; else of the last one that ended since somebody came."""
    ends = sorted({each for each in _turns(schedule, at) if _ends(schedule, each)})
    if _is_on(schedule, at):
        return next((each for each in ends if each > at), None)
    return next((each for each in reversed(ends) if since < each <= at), None)


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
