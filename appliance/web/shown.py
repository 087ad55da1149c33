"""How values are written for people: instants in their zone, durations, relative times, problems in their language."""

import asyncio
import datetime as dt
from contextvars import ContextVar
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, dates, numbers
from markupsafe import Markup

from appliance.core.problems import Problem
from appliance.services.clock import now
from appliance.web.language import _, language

ZONES = sorted(available_timezones())
_KNOWN = frozenset(ZONES)
_zone: ContextVar[dt.tzinfo] = ContextVar("zone", default=dt.UTC)


async def use_zone(name: str) -> None:
    """The browser tells its zone in a cookie; without one, times are UTC."""
    _zone.set(await asyncio.to_thread(ZoneInfo, name) if name in _KNOWN else dt.UTC)


def zone() -> dt.tzinfo:
    return _zone.get()


def moment(at: dt.datetime | None, style: str = "relative") -> Markup:
    """A <time> element: relative or exact, with the exact time on hover."""
    if at is None:
        return Markup("—")
    local = at.astimezone(zone())
    exact = dates.format_datetime(local, "medium", tzinfo=zone(), locale=language())
    shown = _STYLES.get(style, ago)(at) if style != "exact" else exact
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.astimezone(dt.UTC).isoformat(), exact, shown)


def ago(at: dt.datetime) -> str:
    if abs((now() - at).total_seconds()) < 5:
        return _("just now")
    return str(dates.format_timedelta(at - now(), add_direction=True, locale=language()))


def clock(at: dt.datetime) -> str:
    return str(dates.format_time(at, "HH:mm:ss", tzinfo=zone(), locale=language()))


def minute(at: dt.datetime) -> str:
    """The time of day; with the day where it is another one than today."""
    local = at.astimezone(zone())
    time = str(dates.format_time(local, "HH:mm", tzinfo=zone(), locale=language()))
    if local.date() == now().astimezone(zone()).date():
        return time
    return f"{dates.format_skeleton('MMMEd', local, tzinfo=zone(), locale=language())} {time}"


_STYLES = {"clock": clock, "minute": minute}


def day(date: dt.date) -> str:
    return str(dates.format_date(date, "medium", locale=language()))


def duration(seconds: float | None) -> str:
    """1:05 or 2:03:09."""
    if seconds is None:
        return "—"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def number(value: float) -> str:
    return str(numbers.format_decimal(value, locale=language()))


def percent(value: float | None) -> str:
    return "—" if value is None else str(numbers.format_percent(value, locale=language()))


def share(value: float | None) -> str:
    """A percentage whose tenths matter."""
    if value is None:
        return "—"
    whole = str(Locale.parse(language()).percent_formats[None].pattern)  # the sign stands as in `percent`
    return str(numbers.format_percent(value, format=whole.replace("#0", "#0.0"), locale=language()))


def tenths(value: float) -> str:
    return str(numbers.format_decimal(value, format="0.0", locale=language()))


def problem_text(problem: Problem) -> str:
    return _(problem.message, **problem.context)


FILTERS: dict[str, Any] = {
    "moment": moment,
    "ago": ago,
    "clock": clock,
    "day": day,
    "duration": duration,
    "number": number,
    "percent": percent,
    "share": share,
    "tenths": tenths,
}
