"""How often a person may be called, by all dialers together: a day of the own zone, seven days, ever."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from appliance.core.dialing.law import WITH_AN_AGENT, DialingRules

WEEK = dt.timedelta(days=7)
FOR_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)
FREE = frozenset({"congestion", "cancelled"})  # the network's or our own fault: they are not counted
NOT_RUNG = FREE | {"bad_number"}  # nobody heard of them


class Calls(NamedTuple):
    """What a number, or all numbers of a person, were called before, by any dialer."""

    recent: Sequence[dt.datetime] = ()  # of eight days at least
    ever: int = 0
    quiet_until: dt.datetime | None = None  # after a call for which no agent was there
    is_open: bool = False


def together(numbers: Iterable[Calls]) -> Calls:
    """Of all numbers of a person."""
    found = Calls()
    for each in numbers:
        quiet_until = max(filter(None, (found.quiet_until, each.quiet_until)), default=None)
        recent, is_open = (*found.recent, *each.recent), found.is_open or each.is_open
        found = Calls(recent, found.ever + each.ever, quiet_until, is_open)
    return found


def blocked_until(rules: DialingRules, calls: Calls, *, kind: str, zone: str, at: dt.datetime) -> dt.datetime | None:
    """None: it may be called now."""
    quiet = None if kind in WITH_AN_AGENT else calls.quiet_until
    found = [moment for moment in (quiet, *_capped_until(rules, zone, calls, at)) if moment and moment > at]
    return max(found, default=None)


def _capped_until(rules: DialingRules, zone: str, calls: Calls, at: dt.datetime) -> list[dt.datetime]:
    found = []
    if rules.life_cap and calls.ever >= rules.life_cap:
        found.append(FOR_EVER)
    here = ZoneInfo(zone)
    today = at.astimezone(here).date()
    # A clock that was set back: calls of a day that is still to come are calls of this one too.
    days = sorted(day for each in calls.recent if (day := each.astimezone(here).date()) >= today)
    if rules.day_cap and len(days) >= rules.day_cap:
        found.append(_midnight(days[len(days) - rules.day_cap] + dt.timedelta(days=1), here))
    week = sorted(each for each in calls.recent if each > at - WEEK)
    if rules.week_cap and len(week) >= rules.week_cap:
        found.append(week[len(week) - rules.week_cap] + WEEK)
    return found


def _midnight(day: dt.date, here: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=here).astimezone(dt.UTC)
