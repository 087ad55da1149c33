"""The picture of a site: every way of a call is on it, whatever kinds of entities there are, and circles end."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from appliance.core.call_map import FEW, MOST_NODES, Node, draw, entries_of, way_of
from appliance.core.entities.inbound import InboundRoute
from appliance.core.entities.people import Agent, Extension
from appliance.core.entities.queues import Queue
from appliance.core.entities.waiting import Member
from appliance.core.layers import layers_of, ordered
from appliance.core.links import Spot, links_of
from appliance.core.site import Site
from tests.sites import a_site

NUMBER = ("inbound_routes", "5550100")


def everything(_spot: Spot) -> bool:
    return True


def by_spot(nodes: tuple[Node, ...]) -> dict[Spot, Node]:
    return {spot: node for node in nodes for spot in node.spots}


def steps_from(nodes: tuple[Node, ...], spot: Spot) -> set[Spot]:
    return {to for number in by_spot(nodes)[spot].to for to in nodes[number].spots}


def test_a_number_leads_through_schedule_menu_and_queue_to_agents() -> None:
    nodes = draw(links_of(a_site()), wanted=lambda spot: spot == NUMBER).nodes
    assert {("menus", "main"), ("schedules", "office")} <= steps_from(nodes, NUMBER)
    assert ("queues", "sales") in steps_from(nodes, ("menus", "main"))
    assert ("agents", "ana") in steps_from(nodes, ("queues", "sales"))
    found = by_spot(nodes)
    layers = [found[spot].layer for spot in (NUMBER, ("menus", "main"), ("queues", "sales"), ("agents", "ana"))]
    assert layers == sorted(set(layers))


def test_what_is_only_heard_is_not_on_the_way_but_where_a_call_ends_is() -> None:
    way = way_of(links_of(a_site()))
    assert ("prompts", "welcome") not in way[NUMBER]
    assert ("prompts", "closed") in way["queues", "sales"]  # its destination
    assert ("agents", "ana") not in way  # a call ends there


def test_every_step_of_a_call_is_drawn() -> None:
    links = links_of(a_site())
    way, nodes = way_of(links), draw(links, wanted=everything).nodes
    for entry in entries_of(way):
        assert set(way[entry]) == steps_from(nodes, entry)


def a_floor(*, agents: int = 0, numbers: int = 1, queues: int = 1) -> Site:
    """Every agent is in every queue; the numbers lead to the queues in turn."""
    keys = [f"agent-{n}" for n in range(agents)]
    phones = [str(100 + n) for n in range(agents)]
    members = [Member(agent=key) for key in keys]
    return Site(
        extensions={key: Extension(key=key, name=key) for key in phones},
        agents={key: Agent(key=key, name=key, extension=phone) for key, phone in zip(keys, phones, strict=True)},
        queues={f"q{n}": Queue(key=f"q{n}", name=f"Queue {n}", members=members) for n in range(queues)},
        inbound_routes={
            f"555{n:03}": InboundRoute(key=f"555{n:03}", name=str(n), destination=f"queue:q{n % queues}")
            for n in range(numbers)
        },
    )


@pytest.mark.parametrize(("agents", "sizes"), [(FEW, [1, 1, 1, 1, 1]), (FEW + 1, [1, 1, FEW + 1])])
def test_many_agents_of_one_queue_are_one_node(agents: int, sizes: list[int]) -> None:
    nodes = draw(links_of(a_floor(agents=agents)), wanted=everything).nodes
    assert sorted(len(node.spots) for node in nodes) == sizes


def test_many_numbers_that_lead_to_one_queue_are_one_node() -> None:
    nodes = draw(links_of(a_floor(numbers=500)), wanted=everything).nodes
    assert sorted(len(node.spots) for node in nodes) == [1, 500]


def test_a_large_site_is_drawn_a_piece_at_a_time_and_nothing_is_left_out() -> None:
    links = links_of(a_floor(numbers=300, queues=300))
    start: int | None = 0
    seen: set[Spot] = set()
    while start is not None:
        picture = draw(links, wanted=everything, start=start)
        assert 2 <= len(picture.nodes) <= MOST_NODES
        seen |= {spot for node in picture.nodes for spot in node.spots}
        start = picture.next_entry
    assert seen == links.entities.keys()


def test_what_leads_through_one_entity_is_a_picture_too() -> None:
    found = by_spot(draw(links_of(a_site()), wanted=everything, at=("queues", "sales")).nodes)
    assert {NUMBER, ("menus", "main"), ("agents", "luis")} <= found.keys()
    assert ("queues", "support") not in found or ("campaigns", "support") not in found


graphs = some.integers(1, 14).flatmap(
    lambda n: some.lists(some.lists(some.integers(0, n - 1), max_size=4, unique=True), min_size=n, max_size=n)
)


@given(graphs)
def test_every_step_leads_to_the_right_but_those_that_close_a_circle(steps: list[list[int]]) -> None:
    layers, back = layers_of(steps)
    for node, tos in enumerate(steps):
        for to in tos:
            assert layers[to] > layers[node] or (node, to) in back
    rows = ordered(steps, layers)
    places = list(zip(layers, rows, strict=True))
    assert len(set(places)) == len(steps)


def test_a_circle_is_marked_and_ends() -> None:
    assert layers_of([[1], [2], [0]]) == ([0, 1, 2], {(2, 0)})
    assert layers_of([[0]])[1] == {(0, 0)}
