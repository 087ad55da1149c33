"""When alarms are raised and over, as a pure rule."""

import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError

from appliance.core.alarm_news import News, compose, make_message, name_of
from appliance.core.alarms import Place, Readings, Seen, look, step
from appliance.core.entities.supervision import USUAL_LIMITS, Alarm
from appliance.core.site import Site
from tests.sites import a_site

AT = dt.datetime(2030, 1, 2, 12, tzinfo=dt.UTC)
SALES = Place("a", "queues:sales")


def watching(kind: str, limit: int, **fields: Any) -> Site:
    alarm = {"key": "a", "name": "A", "kind": kind, "limit": limit, **fields}
    return Site.model_validate({**a_site().model_dump(mode="json"), "alarms": {"a": alarm}})


@pytest.mark.parametrize(
    ("kind", "limit", "readings", "seen"),
    [
        ("service_level", 80, Readings(levels_pct={"sales": 79.9}), Seen(True, "80")),
        ("service_level", 80, Readings(levels_pct={"sales": 80.0}), Seen(False, "80")),
        ("service_level", 80, Readings(), Seen(None)),
        ("longest_wait", 60, Readings(waits_s={"sales": 61}), Seen(True, "61")),
        ("longest_wait", 60, Readings(waits_s={"sales": 60}), Seen(False, "60")),
        ("agents_ready", 2, Readings(ready={"sales": 1}), Seen(True, "1")),
        ("agents_ready", 2, Readings(ready={"sales": 2}), Seen(False, "2")),
        ("agents_ready", 2, Readings(), Seen(None)),
    ],
)
def test_a_queue_is_looked_at(kind: str, limit: int, readings: Readings, seen: Seen) -> None:
    assert look(watching(kind, limit), readings)[SALES] == seen


def test_agents_and_the_disk_are_looked_at() -> None:
    agents = look(watching("pause_over", 5), Readings(over_min={"ana": 6, "luis": 5}))
    assert agents[Place("a", "agents:ana")] == Seen(True, "6")
    assert agents[Place("a", "agents:luis")] == Seen(False, "5")
    assert look(watching("disk_full", 90), Readings(disk_pct=91.2)) == {Place("a", "disk:"): Seen(True, "91")}


def test_dialers_and_their_promises_are_looked_at() -> None:
    (campaign,) = list(a_site().campaigns)[:1]
    late = look(watching("promise_late", 5), Readings(late_min={campaign: 5.6}))
    assert late[Place("a", f"campaigns:{campaign}")] == Seen(True, "6")
    in_time = look(watching("promise_late", 5), Readings(late_min={campaign: 5.0}))
    assert in_time[Place("a", f"campaigns:{campaign}")] == Seen(False, "5")
    (dialer,) = list(a_site().dialers)[:1]
    finished = look(watching("dialer_finished", 0), Readings(has_finished={dialer: True}))
    assert finished[Place("a", f"dialers:{dialer}")] == Seen(True)


@pytest.mark.parametrize(("kind", "limit"), USUAL_LIMITS.items())
def test_a_limit_that_is_not_given_is_the_usual_one(kind: str, limit: int) -> None:
    for given in ({}, {"limit": None}):
        alarm = Alarm.model_validate({"key": "a", "name": "A", "kind": kind, **given})
        assert alarm.limit == limit


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        ("service_level", 0),
        ("disk_full", 101),
        ("longest_wait", 0),
        ("agents_ready", 0),
        ("trunk_down", 5),
        ("dialer_finished", 1),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(kind: str, limit: int) -> None:
    with pytest.raises(ValidationError) as refused:
        Alarm.model_validate({"key": "a", "name": "A", "kind": kind, "limit": limit})
    assert [error["loc"] for error in refused.value.errors()] == [("limit",)]  # where a form says it


def test_only_the_chosen_queues_are_watched_and_none_that_is_gone() -> None:
    site = watching("longest_wait", 1, queues=[{"queue": "sales"}, {"queue": "gone"}])
    assert set(look(site, Readings())) == {SALES}


def test_it_is_raised_and_over_only_after_its_time() -> None:
    raised: set[Place] = set()
    since: dict[Place, dt.datetime] = {}
    told = []
    # over the limit from second 0, for a moment not in 4, well again from 20 on, for a moment not in 25
    for second in range(40):
        is_over = (second < 20 and second != 4) or second == 25
        at = AT + dt.timedelta(seconds=second)
        done = step({SALES: Seen(is_over, "7")}, raised, since, for_s={"a": 10}, at=at)
        since = dict(done.since)
        raised = (raised | done.raised.keys()) - done.cleared
        told += [(second, "raised", value) for value in done.raised.values()]
        told += [(second, "over", "") for _ in done.cleared]
    assert told == [(15, "raised", "7"), (36, "over", "")]


def test_what_is_not_known_changes_nothing_and_what_is_gone_is_over() -> None:
    unknown = step({SALES: Seen(None)}, [SALES], {SALES: AT - dt.timedelta(hours=1)}, for_s={"a": 0}, at=AT)
    assert (unknown.raised, unknown.cleared, unknown.since) == ({}, frozenset(), {})
    gone = step({}, [SALES], {}, for_s={}, at=AT)
    assert gone.cleared == {SALES}
    at_once = step({SALES: Seen(True, "3")}, [], {}, for_s={"a": 0}, at=AT)
    assert at_once.raised == {SALES: "3"}


def test_news_are_told_in_the_language_of_the_company() -> None:
    news = News(7, "raised", "a", "Waits", "longest_wait", "queues:sales", about="Sales", value="75", at=AT)
    mail = compose(news, "boss@example.net", "es-PE")
    assert mail["Subject"] == "Alarma: Waits"
    assert "Sales: alguien espera desde hace 75 s." in mail.get_content()
    assert "Sales: a caller has waited for 75 s." in compose(news, "boss@example.net", "xx").get_content()
    assert name_of(news) == make_message(news)["id"] == "alarm-7-raised"
