"""What lies ahead of a dialer: when its hours begin, and when a list is called through if all goes on as now."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from appliance.core.dialing.hours import may_call, next_open, zone_of
from appliance.core.dialing.law import DialingRules
from appliance.core.entities.dialers import Dialer
from appliance.core.site import Site

SHORTEST = 20  # attempts; of fewer nothing is foretold
STEP = dt.timedelta(minutes=15)  # in which calling hours are added up
MOST_STEPS = 2000  # nothing is foretold of what is farther away


class Group(NamedTuple):
    """So many contacts, that were called so often all together."""

    contacts: int
    tries: int


def time_left(done: Group, left: Group, lately: tuple[int, dt.timedelta]) -> dt.timedelta | None:
    """Of calling, if those that are left take as many tries each as those that are done, and at least one more.

    `lately` so many attempts in so much time. None where it cannot be told: too little was called, or nothing is left.
    """
    number, span = lately
    if not left.contacts or not done.contacts or number < SHORTEST:
        return None
    to_come = max(left.contacts * done.tries / done.contacts - left.tries, left.contacts)
    return span * (to_come / number)


def ends_at(rules: DialingRules, zones: Collection[str], at: dt.datetime, left: dt.timedelta) -> dt.datetime | None:
    """When so much of the calling hours in these time zones will have passed; None: nobody can tell."""
    for begins_at in _open_steps(rules, zones, at):
        if left <= STEP:
            return begins_at + left
        left -= STEP
    return None


def _open_steps(rules: DialingRules, zones: Collection[str], at: dt.datetime) -> Iterator[dt.datetime]:
    for _ in range(MOST_STEPS):
        if not any(may_call(rules, zone, at) for zone in zones):
            opens = opens_at(rules, zones, at)
            if opens is None:
                return
            at = opens
        yield at
        at += STEP


def opens_at(rules: DialingRules, zones: Collection[str], at: dt.datetime) -> dt.datetime | None:
    """From `at` on, when it is the hour in one of these time zones; None: never."""
    return min(filter(None, (next_open(rules, zone, at) for zone in zones)), default=None)


def zones_of(site: Site, dialer: Dialer, waiting: Iterable[tuple[str, str]]) -> set[str]:
    """Where those are who are to be called, each with list and own time zone; without any, where its lists are."""
    places = {*waiting} or {(each.list, "") for each in dialer.lists}
    return {zone_of(zone, site.lists[key].time_zone, site.settings.time_zone) for key, zone in places}
