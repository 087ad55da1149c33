"""When a list is foretold to end, and when the hours of a dialer begin."""

import datetime as dt

import pytest

from appliance.core.dialing.outlook import list_ends_at, opens_at
from tests.dialing import NOON, TOKYO, a_dialer, a_dialing_site

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_as_many_attempts_for_each_contact_as_so_far() -> None:
    contacts = {"fresh": 500, "retry": 100, "done": 200}
    assert list_ends_at(NOW, contacts, 400, (300, HOUR)) == NOW + 4 * HOUR


@pytest.mark.parametrize(
    ("contacts", "attempts", "lately"),
    [({"done": 9}, 90, 9), ({"fresh": 9, "done": 9}, 90, 0), ({"fresh": 9}, 90, 9), ({"fresh": 9, "done": 1}, 9, 9)],
)
def test_without_knowing_nothing_is_foretold(contacts: dict[str, int], attempts: int, lately: int) -> None:
    assert list_ends_at(NOW, contacts, attempts, (lately, HOUR)) is None


def test_when_its_hours_begin() -> None:
    """The day after is a holiday; a list of its own time zone may be called before the others."""
    dialer = a_dialer(lists=[{"list": "winter"}, {"list": "summer"}])
    site, evening = a_dialing_site(dialer), NOON + dt.timedelta(hours=10)
    assert opens_at(site, dialer, NOON) == NOON
    assert opens_at(site, dialer, evening) == dt.datetime(2026, 5, 6, 14, tzinfo=dt.UTC)
    tokyo = site.lists["summer"].model_copy(update={"time_zone": TOKYO})
    assert opens_at(site.replaced("lists", "summer", tokyo), dialer, evening) == dt.datetime(2026, 5, 6, tzinfo=dt.UTC)
    never = site.schedules["day"].model_copy(update={"hours": []})
    assert opens_at(site.replaced("schedules", "day", never), dialer, evening) is None
