"""What lies ahead of a dialer: when its hours begin, and when a list is called through if all goes on as now."""

import datetime as dt
from collections.abc import Mapping

from appliance.core.dialing.hours import next_open, zone_of
from appliance.core.dialing.law import rules_of
from appliance.core.entities.dialers import Dialer
from appliance.core.site import Site

OVER = "done"
SHORTEST = 20  # attempts; of fewer nothing is foretold


def list_ends_at(
    now: dt.datetime, contacts: Mapping[str, int], attempts: int, lately: tuple[int, dt.timedelta]
) -> dt.datetime | None:
    """`contacts` by state, `attempts` of all that are done; `lately` so many attempts in so much time.

    None where it cannot be told: too little was called, nothing lately, or nothing is left.
    """
    done, left = contacts.get(OVER, 0), sum(number for state, number in contacts.items() if state != OVER)
    number, span = lately
    if not left or not number or attempts < SHORTEST or not done:
        return None
    return now + span * (left * (attempts / done) / number)


def opens_at(site: Site, dialer: Dialer, at: dt.datetime) -> dt.datetime | None:
    """From `at` on, when it is the hour in the own time zone of one of its lists; None: never."""
    rules = rules_of(site, dialer)
    zones = {zone_of("", site.lists[each.list].time_zone, site.settings.time_zone) for each in dialer.lists}
    return min(filter(None, (next_open(rules, zone, at) for zone in zones)), default=None)
