"""What boards show: figures call by call, the differences between two pictures, whose day it is."""

import datetime as dt

from appliance.core.board import differences, midnight
from appliance.core.live.screen import Screen
from appliance.core.queue_figures import Counts, DayFigures, Finished
from appliance.core.sight import Sight

NOON = dt.datetime(2030, 1, 2, 12, tzinfo=dt.UTC)
MORNING = NOON.replace(hour=5)


def a_call(guid: str, *, minutes_ago: int = 1, outcome: str = "answered", wait_s: float = 5) -> Finished:
    return Finished(guid, "sales", outcome, wait_s, NOON - dt.timedelta(minutes=minutes_ago))


def test_figures_count_each_call_once_and_forget_the_half_hour() -> None:
    day = DayFigures(MORNING, {"sales": Counts(10, 8, 1, 6)}, [a_call("known", minutes_ago=10)], {"sales": 20})
    for call in (
        a_call("known"),
        a_call("new"),
        a_call("new"),
        a_call("late", wait_s=21),
        a_call("gone", outcome="abandoned"),
        a_call("yesterday", minutes_ago=60 * 24),
        a_call("nowhere")._replace(queue=""),
    ):
        day.add(call)
    row = {"offered": 13, "answered": 10, "abandoned": 2, "in_time": 7, "offered_now": 4, "in_time_now": 2}
    assert day.rows(NOON) == {"sales": row}
    later = day.rows(NOON + dt.timedelta(minutes=25))["sales"]
    assert (later["offered_now"], later["offered"]) == (3, 13)


def test_differences_turn_one_picture_into_the_other() -> None:
    before = {"figures": {"a": {"n": 1}, "b": {"n": 1}}, "requests": {}}
    after = {"figures": {"a": {"n": 2}, "b": {"n": 1}}, "requests": {"7": {"about": "ana"}}}
    assert differences(before, after) == [
        {"kind": "figures", "key": "a", "row": {"n": 2}},
        {"kind": "requests", "key": "7", "row": {"about": "ana"}},
    ]
    assert differences(after, {})[0] == {"kind": "figures", "key": "a", "row": None}
    assert differences(after, after) == []


def test_the_day_begins_where_the_company_is() -> None:
    assert midnight(NOON, "America/Lima") == NOON.replace(hour=5)
    assert midnight(NOON.replace(hour=3), "America/Lima") == NOON.replace(day=1, hour=5)


def test_a_board_tells_nothing_of_others() -> None:
    screen = Screen(
        Sight(is_limited=True, queues=frozenset({"sales"}), agents=frozenset({"ana"})),
        ("figures", "requests", "alarms", "messages"),
    )
    picture = {
        "figures": {"sales": {}, "other": {}},
        "requests": {"1": {"section": "agents", "about": "ana"}, "2": {"section": "agents", "about": "zoe"}},
        "alarms": {
            "1": {"section": "queues", "about": "other"},
            "2": {"section": "trunks", "about": "line"},
            "3": {"section": "agents", "about": "zoe"},
        },
        "messages": {},
    }
    seen = screen.begin(picture)
    assert {kind: list(rows) for kind, rows in seen.items()} == {
        "figures": ["sales"],
        "requests": ["1"],
        "alarms": ["2"],
        "messages": [],
    }
    gone = [{"kind": "requests", "key": key, "row": None} for key in ("1", "2")]
    assert screen.follow(gone) == gone[:1]
