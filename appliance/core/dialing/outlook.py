"""What lies ahead of a dialer: when its hours begin, and when a list is called through if all goes on as now."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from appliance.core.dialing.hours import may_call, next_open, zone_of
from appliance.core.dialing.law import rules_of
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


def ends_at(site: Site, dialer: Dialer, at: dt.datetime, left: dt.timedelta) -> dt.datetime | None:
    """When so much of its calling hours will have passed; None: nobody can tell."""
    for begins_at in _open_steps(site, dialer, at):
        if left <= STEP:
            return begins_at + left
        left -= STEP
    return None


def _open_steps(site: Site, dialer: Dialer, at: dt.datetime) -> Iterator[dt.datetime]:
    rules, zones = rules_of(site, dialer), _zones(site, dialer)
    for _ in range(MOST_STEPS):
        if not any(may_call(rules, zone, at) for zone in zones):
            opens = opens_at(site, dialer, at)
            if opens is None:
                return
            at = opens
        yield at
        at += STEP


def opens_at(site: Site, dialer: Dialer, at: dt.datetime) -> dt.datetime | None:
    """From `at` on, when it is the hour in the own time zone of one of its lists; None: never."""
    rules = rules_of(site, dialer)
    return min(filter(None, (next_open(rules, zone, at) for zone in _zones(site, dialer))), default=None)


def _zones(site: Site, dialer: Dialer) -> set[str]:
    return {zone_of("", site.lists[each.list].time_zone, site.settings.time_zone) for each in dialer.lists}
