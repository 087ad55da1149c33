"""When a list is foretold to end, and when the hours of a dialer begin."""

import datetime as dt

import pytest

from appliance.core.dialing.law import rules_of
from appliance.core.dialing.outlook import Group, ends_at, opens_at, time_left, zones_of
from appliance.core.site import Site
from tests.dialing import LIMA, NOON, TOKYO, a_dialer, a_dialing_site

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


DONE, LEFT = Group(200, 400), Group(600, 200)


def test_as_many_tries_for_each_contact_as_so_far() -> None:
    assert time_left(DONE, LEFT, (250, HOUR)) == 4 * HOUR


def test_who_is_left_is_called_once_at_least() -> None:
    assert time_left(Group(10, 10), Group(100, 300), (50, HOUR)) == 2 * HOUR


@pytest.mark.parametrize(
    ("done", "left", "lately"), [(DONE, Group(0, 0), 90), (DONE, LEFT, 19), (DONE, LEFT, 0), (Group(0, 0), LEFT, 90)]
)
def test_without_knowing_nothing_is_foretold(done: Group, left: Group, lately: int) -> None:
    assert time_left(done, left, (lately, HOUR)) is None


def test_what_does_not_end_in_its_hours_ends_when_they_come_again() -> None:
    """Open from 9 to 20 o'clock; the next day is a holiday."""
    dialer = a_dialer()
    site = a_dialing_site(dialer)
    rules = rules_of(site, dialer)
    assert ends_at(rules, {LIMA}, NOON, 2 * HOUR) == NOON + 2 * HOUR
    assert ends_at(rules, {LIMA}, NOON, 8 * HOUR) == NOON + 8 * HOUR
    assert ends_at(rules, {LIMA}, NOON, 9 * HOUR) == dt.datetime(2026, 5, 6, 15, tzinfo=dt.UTC)
    assert ends_at(rules, {LIMA}, NOON, 9999 * HOUR) is None
    assert ends_at(rules, {TOKYO}, NOON, HOUR) == dt.datetime(2026, 5, 6, 1, tzinfo=dt.UTC)
    assert ends_at(rules_of(_never_open(site), dialer), {LIMA}, NOON, HOUR) is None


def test_when_its_hours_begin() -> None:
    """The day after is a holiday; who is elsewhere may be called before the others."""
    dialer = a_dialer()
    site, evening = a_dialing_site(dialer), NOON + dt.timedelta(hours=10)
    rules = rules_of(site, dialer)
    assert opens_at(rules, {LIMA}, NOON) == NOON
    assert opens_at(rules, {LIMA}, evening) == dt.datetime(2026, 5, 6, 14, tzinfo=dt.UTC)
    assert opens_at(rules, {LIMA, TOKYO}, evening) == dt.datetime(2026, 5, 6, tzinfo=dt.UTC)
    assert opens_at(rules_of(_never_open(site), dialer), {LIMA}, evening) is None


def _never_open(site: Site) -> Site:
    never = site.schedules["day"].model_copy(update={"hours": []})
    return site.replaced("schedules", "day", never)


def test_where_its_contacts_are() -> None:
    dialer = a_dialer(lists=[{"list": "winter"}, {"list": "summer"}])
    site = a_dialing_site(dialer)
    site = site.replaced("lists", "summer", site.lists["summer"].model_copy(update={"time_zone": TOKYO}))
    assert zones_of(site, dialer, []) == {LIMA, TOKYO}
    assert zones_of(site, dialer, [("summer", ""), ("winter", "Europe/London")]) == {TOKYO, "Europe/London"}
