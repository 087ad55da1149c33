"""What a person sees: the union of the own security groups, and nothing of the others."""

import datetime as dt
from typing import Any

import pytest

from appliance.core.live.screen import Screen
from appliance.core.live.state import Agent, Call, Phone, Queue, State
from appliance.core.sight import EVERYTHING, LIMITED, Sight, own_sight, sight_of
from appliance.core.site import Site
from tests.sites import a_site

NOW = dt.datetime(2030, 1, 2, 12, 0, tzinfo=dt.UTC)


def a_group(key: str, *supervisors: str, **names: list[str]) -> dict[str, Any]:
    rows = {section: [{section[:-1]: name} for name in found] for section, found in names.items()}
    return {"key": key, "name": key, "supervisors": [{"login": login} for login in supervisors], **rows}


def a_grouped_site() -> Site:
    """North has sales, south has support with its campaign; nora and gil are in one, bea is in both."""
    groups = [
        a_group("north", "nora", "bea", queues=["sales"], agents=["ana"]),
        a_group("south", "gil", "bea", campaigns=["support"], agents=["luis"]),
        a_group("nobody", queues=["support"]),
    ]
    site = a_site().model_dump(mode="json") | {"security_groups": {group["key"]: group for group in groups}}
    route = site["inbound_routes"]["5550100"]
    site["inbound_routes"] |= {
        "5550200": {**route, "key": "5550200", "destination": "campaign:support"},
        "5550300": {**route, "key": "5550300", "destination": "queue:sales"},
        "55504XX": {**route, "key": "55504XX", "destination": "queue:sales"},
    }
    return Site.model_validate(site)


SITE = a_grouped_site()
NORA, GIL, BEA = (sight_of(SITE, [login]) for login in ("nora", "gil", "bea"))


def test_groups_add_up() -> None:
    assert (
        Sight(
            True,
            queues=frozenset({"sales"}),
            agents=frozenset({"ana"}),
            extensions=frozenset({"1001"}),
            security_groups=frozenset({"north"}),
            numbers=frozenset({"5550300", "55504XX"}),
        )
        == NORA
    )
    for section in (*LIMITED, "numbers"):
        assert getattr(BEA, section) == getattr(NORA, section) | getattr(GIL, section)


def test_both_phones_of_an_extension_are_seen_or_neither() -> None:
    assert [NORA.may_see_row("phones", key, {}) for key in ("1001", "1001-web", "1002", "1002-web")] == [True] * 2 + [
        False
    ] * 2


def test_who_is_in_no_group_sees_everything() -> None:
    assert sight_of(SITE, ["sara"]) is EVERYTHING
    assert sight_of(SITE, []) is EVERYTHING
    assert EVERYTHING.narrowed(SITE) is SITE


def test_a_name_in_large_letters_limits_too() -> None:
    """Nobody signs in so; whoever typed it meant this person."""
    site = Site.model_validate({"security_groups": {"none": a_group("none", "Nora", "Token Board")}})
    assert sight_of(site, ["nora"]).is_limited
    assert sight_of(site, ["token board"]).is_limited


def test_a_group_without_anything_shows_nothing() -> None:
    site = Site.model_validate({"security_groups": {"none": a_group("none", "nora")}})
    sight = sight_of(site, ["nora"])
    assert (sight.is_limited, sight.queues, sight.agents) == (True, frozenset(), frozenset())


@pytest.mark.parametrize(
    ("section", "key", "nora", "gil"),
    [
        ("queues", "sales", True, False),
        ("queues", "support", False, False),  # its campaign is seen, not the queue
        ("campaigns", "support", False, True),
        ("agents", "luis", False, True),
        ("extensions", "1002", False, True),
        ("security_groups", "north", True, False),
        ("queues", "no-such", False, False),
        ("prompts", "welcome", True, True),
        ("prompts", "no-such", True, True),
    ],
)
def test_what_is_seen(section: str, key: str, nora: bool, gil: bool) -> None:
    assert (NORA.may_see(section, key), GIL.may_see(section, key)) == (nora, gil)
    assert BEA.may_see(section, key) == (nora or gil)
    assert EVERYTHING.may_see(section, key)


CALLS = [
    ({"queue": "sales"}, True, False),
    ({"queue": "support"}, False, False),
    ({"queue": "support", "campaign": "support"}, False, True),
    ({"queue": "sales", "agent": "luis"}, True, True),
    ({"queue": "support", "agent": "ana"}, True, False),
    ({"did": "5550300"}, True, False),
    ({"did": "5550200"}, False, True),
    ({"did": "5550100"}, False, False),  # to a menu: nobody knows whose it will be
    ({"did": "5550300", "queue": "support"}, False, False),  # since then it became another's
    ({}, False, False),
]


@pytest.mark.parametrize(("fields", "nora", "gil"), CALLS)
def test_which_calls_are_seen(fields: dict[str, str], nora: bool, gil: bool) -> None:
    row = Call(NOW, NOW, **fields).row()  # type: ignore[arg-type]
    seen = [sight.may_see_row("calls", "c1", row) for sight in (NORA, GIL, BEA, EVERYTHING)]
    assert seen == [nora, gil, nora or gil, True]


def test_an_agent_sees_the_own_calls() -> None:
    ana = own_sight("ana")
    assert ana.may_see_row("agents", "ana", {})
    assert not ana.may_see_row("agents", "luis", {})
    assert ana.may_see_row("calls", "c1", Call(NOW, NOW, queue="sales", agent="ana").row())
    assert not ana.may_see_row("calls", "c1", Call(NOW, NOW, queue="sales").row())
    assert not ana.may_see_row("phones", "1001", {})
    assert NORA.may_see_row("phones", "1001-web", {})
    assert not NORA.may_see_row("phones", "1002-web", {})
    assert not ana.may_see_row("queues", "sales", {})
    assert not own_sight("").may_see_row("calls", "c1", Call(NOW, NOW).row())


def test_the_site_is_narrowed_to_what_is_seen() -> None:
    site = NORA.narrowed(SITE)
    assert {section: sorted(site.section(section)) for section in LIMITED} == {
        "queues": ["sales"],
        "campaigns": [],
        "agents": ["ana"],
        "extensions": ["1001"],
        "dialers": [],
        "lists": [],
        "security_groups": ["north"],
    }
    assert site.prompts is SITE.prompts


STATE = State(
    queues={"sales": Queue(), "support": Queue()},
    agents={"ana": Agent("PJSIP/1001", NOW), "luis": Agent("PJSIP/1002", NOW)},
    calls={"c1": Call(NOW, NOW, queue="sales"), "c2": Call(NOW, NOW, queue="support")},
    phones={"1001": Phone(), "1002": Phone()},
)


def test_a_screen_begins_with_what_is_seen() -> None:
    seen = Screen(NORA).begin({"seq": 7, **STATE.rows()})
    assert seen["seq"] == 7
    assert [list(seen[kind]) for kind in ("queues", "agents", "calls", "phones")] == [
        ["sales"],
        ["ana"],
        ["c1"],
        ["1001"],
    ]


def change(key: str, **fields: str) -> dict[str, Any]:
    return {"kind": "calls", "key": key, "row": Call(NOW, NOW, **fields).row()}  # type: ignore[arg-type]


def gone(key: str) -> dict[str, Any]:
    return {"kind": "calls", "key": key, "row": None}


def test_a_call_that_leaves_the_sight_leaves_the_screen() -> None:
    screen = Screen(NORA)
    screen.begin(STATE.rows())
    to_support, back = change("c1", queue="support"), change("c1", queue="sales")
    assert screen.follow([change("c2", queue="support"), gone("c2")]) == []  # never shown, so nothing to take away
    assert screen.follow([to_support]) == [gone("c1")]
    assert screen.follow([to_support, gone("c1")]) == []
    assert screen.follow([back, gone("c1"), gone("c1")]) == [back, gone("c1")]
    assert screen.follow([change("c3"), change("c3", queue="sales")]) == [change("c3", queue="sales")]
