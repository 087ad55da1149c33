"""Opening hours: whether a schedule is open at a moment, and its hours as the ranges that Asterisk understands."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from appliance.core.entities.schedules import DAYS, Closing, Hours, Schedule

State = Literal["open", "closed", "holiday"]
DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class DayRange:
    """Minutes of one weekday (0 is Monday), from `start` up to but not including `end`; never over midnight."""

    weekday: int
    start: int
    end: int


@dataclass(frozen=True)
class WeekRange:
    """The same hours on several days, in Asterisk's words: `days` is `mon-fri`, and the last minute is open too."""

    days: str
    start: str
    last: str


def state_at(schedule: Schedule, at: dt.datetime) -> State:
    """Open, closed or holiday at an aware instant; the same answer as the rendered dialplan gives."""
    local = at.astimezone(ZoneInfo(schedule.time_zone))
    if any(holiday.date == local.date() for holiday in schedule.holidays):
        return "holiday"
    minute, weekday = local.hour * 60 + local.minute, local.weekday()
    ranges = (part for hours in schedule.hours for part in day_ranges(hours))
    return "open" if any(r.weekday == weekday and r.start <= minute < r.end for r in ranges) else "closed"


def is_shut(schedule: Schedule, at: dt.datetime) -> bool:
    """Within a closing, whatever the hours say."""
    if not schedule.closings:
        return False
    clock = f"{at.astimezone(ZoneInfo(schedule.time_zone)):%Y%m%d%H%M}"
    return any(begins(closing) <= clock < ends(closing) for closing in schedule.closings)


def day_ranges(hours: Hours) -> Iterator[DayRange]:
    """Each day's part of the range; what goes over midnight belongs to the next day."""
    start, end = _minutes(hours.start), _minutes(hours.end)
    for weekday in (DAYS.index(day) for day in hours.days):
        if end > start:
            yield DayRange(weekday, start, end)
        else:
            yield DayRange(weekday, start, DAY_MINUTES)
            if end > 0:
                yield DayRange((weekday + 1) % 7, 0, end)


def week_ranges(schedule: Schedule) -> list[WeekRange]:
    """The opening hours for GotoIfTime, days with the same hours together."""
    days: dict[tuple[int, int], set[int]] = {}
    for hours in schedule.hours:
        for part in day_ranges(hours):
            days.setdefault((part.start, part.end), set()).add(part.weekday)
    return [WeekRange(_days(found), _clock(start), _clock(end - 1)) for (start, end), found in sorted(days.items())]


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _days(found: set[int]) -> str:
    """`*`, or runs of days such as `mon-wed&fri`."""
    if len(found) == len(DAYS):
        return "*"
    runs: list[list[int]] = []
    for day in sorted(found):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return "&".join(DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs)


def begins(closing: Closing) -> str:
    """Year to minute in digits, as the dialplan compares them; in the schedule's own time."""
    return f"{closing.first_date:%Y%m%d}{closing.start.replace(':', '')}"


def ends(closing: Closing) -> str:
    """The first minute in which it is over; 24:00 sorts after every minute of its day."""
    return f"{closing.last_date:%Y%m%d}{closing.end.replace(':', '')}"
