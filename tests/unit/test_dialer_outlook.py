"""When a list is foretold to end."""

import datetime as dt

import pytest

from appliance.core.dialing.outlook import list_ends_at

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
