"""Whether a contact may be called now, by the clock where the contact is: the law's hours and the dialer's schedule."""

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo, available_timezones

from appliance.core.dialing.law import DialingRules
from appliance.core.entities.schedules import Schedule
from appliance.core.hours import day_ranges, is_shut
from appliance.core.lists.zones import zones_of

REACHES = dt.timedelta(seconds=2)  # after so long at the latest a call that is placed now reaches the network
LONGEST_WAY = 10  # minutes that it may take where several trunks are tried
MOST_DAYS = 400  # holidays are dated; nothing is looked for beyond
_ZONES = frozenset(available_timezones())


def zone_of(contact: str, of_list: str, of_centre: str) -> str:
    """The contact's own, as far as it is one."""
    return next((zone for zone in (contact, of_list, of_centre) if zone in _ZONES), "UTC")


def further_zones(number: str, card: Mapping[int, str], listed: str, zone: str) -> tuple[str, ...]:
    """Where it has to be the hour besides the contact's `zone`: everywhere the number may be, if that is elsewhere.

    Of the card's first number nothing where its place in a list says where the contact is (`listed`).
    """
    told = zones_of(number)
    is_said = zone == listed and bool(card) and told == zones_of(card[min(card)])
    return () if zone in told or is_said else told


def call_zones(number: str, card: Mapping[int, str], listed: str, homes: tuple[str, str]) -> set[str]:
    """All in which it has to be the hour; `homes` are the zones of the list and of the centre."""
    zone = zone_of(listed, *homes)
    return {zone, *further_zones(number, card, listed, zone)}


def may_call(rules: DialingRules, zone: str, at: dt.datetime) -> bool:
    local = at.astimezone(ZoneInfo(zone))
    minute, weekday = local.hour * 60 + local.minute, local.weekday()
    is_lawful = any(each.weekday == weekday and each.start <= minute < each.end for each in rules.hours)
    return is_lawful and (rules.schedule is None or _is_open(rules.schedule, local))


def may_begin(rules: DialingRules, zone: str, at: dt.datetime) -> bool:
    """Now, and still when the call reaches the network."""
    return may_call(rules, zone, at) and may_call(rules, zone, at + REACHES)


def closes_at(rules: DialingRules, zone: str, at: dt.datetime) -> dt.datetime:
    """Until when a call that is placed now may still reach the network: the end of the hours, where that is near."""
    minute = at.replace(second=0, microsecond=0)
    ahead = [minute + dt.timedelta(minutes=number) for number in range(1, LONGEST_WAY + 1)]
    return next((moment for moment in ahead if not may_call(rules, zone, moment)), ahead[-1])


def _is_open(schedule: Schedule, local: dt.datetime) -> bool:
    """Hours and holidays where the contact is; a closing is the centre's own, in its own time."""
    if any(holiday.date == local.date() for holiday in schedule.holidays) or is_shut(schedule, local):
        return False
    minute, weekday = local.hour * 60 + local.minute, local.weekday()
    return any(weekday == day and start <= minute < end for day, start, end in _ranges(schedule))


def _ranges(schedule: Schedule) -> list[tuple[int, int, int]]:
    return [(part.weekday, part.start, part.end) for hours in schedule.hours for part in day_ranges(hours)]


def next_open(rules: DialingRules, zone: str, at: dt.datetime) -> dt.datetime | None:
    """The first moment, from `at` on, at which contacts of the zone may be called; None: not within a year."""
    if may_call(rules, zone, at):
        return at
    here = ZoneInfo(zone)
    today = at.astimezone(here).date()
    for ahead in range(MOST_DAYS):
        day = today + dt.timedelta(days=ahead)
        for moment in sorted(_starts(rules, day, here)):
            if moment >= at and may_call(rules, zone, moment):
                return moment.astimezone(dt.UTC)
    return None


def _starts(rules: DialingRules, day: dt.date, here: ZoneInfo) -> set[dt.datetime]:
    """What could begin the day's hours: a range of either, or the end of a closing."""
    ranges = [(each.weekday, each.start) for each in rules.hours]
    found = set[dt.datetime]()
    if rules.schedule is not None:
        ranges += [(weekday, start) for weekday, start, _ in _ranges(rules.schedule)]
        there = ZoneInfo(rules.schedule.time_zone)
        found = {_end(each.last_date, each.end, there) for each in rules.schedule.closings}
    midnight = dt.datetime.combine(day, dt.time())
    starts = {midnight + dt.timedelta(minutes=start) for weekday, start in ranges if weekday == day.weekday()}
    local = {_real(moment, here) for moment in starts}
    return local | {moment for moment in found if moment.astimezone(here).date() == day}


def _real(moment: dt.datetime, here: ZoneInfo) -> dt.datetime:
    """Where clocks jump over it, what they show then."""
    return moment.replace(tzinfo=here).astimezone(dt.UTC)


def _end(day: dt.date, clock: str, there: ZoneInfo) -> dt.datetime:
    hour, minute = (int(part) for part in clock.split(":"))
    return _real(dt.datetime.combine(day, dt.time()) + dt.timedelta(hours=hour, minutes=minute), there)
