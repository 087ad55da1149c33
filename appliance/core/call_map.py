"""The whole site as a picture: which entities a call passes, from numbers to agents, in layers from left to right.

Nothing here knows a kind of entity by name but three: schedules, which decide a way; prompts, which are heard on it;
and agents, at whom it ends.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from appliance.core.entities.fields import DESTINATION_SECTIONS, Reference
from appliance.core.layers import layers_of, ordered
from appliance.core.links import Links, Spot

PLACES = {*DESTINATION_SECTIONS.values()}
NAMED = (PLACES | {"schedules"}) - {"prompts"}  # drawn also where a field only refers to them
ENDS = {"agents"}
MOST_NODES = 110  # on one picture; a single way in may have more
MOST_THROUGH = 250  # around one entity; where it has more around, only its neighbours are drawn
FEW = 3  # so many stand for themselves; more of the same kind at the same place are one node

Way = Mapping[Spot, Sequence[Spot]]  # where a call can go from each entity


@dataclass(frozen=True)
class Node:
    """One entity, or several of one section that begin or end the same way."""

    spots: tuple[Spot, ...]
    layer: int
    row: int
    to: tuple[int, ...]  # numbers of nodes
    back: tuple[int, ...]  # those of `to` that a call came from before: it goes in a circle


@dataclass(frozen=True)
class CallMap:
    nodes: tuple[Node, ...]
    entries: int  # ways in that match
    next_entry: int | None  # where the next picture begins


def way_of(links: Links) -> Way:
    """Every step that a call can take; what is never part of a call's way is left out."""
    holders = {spot[0] for spot, refs in links.out.items() if any(map(is_destination, refs))} | PLACES
    way: dict[Spot, list[Spot]] = {}
    for spot, refs in links.out.items():
        if spot[0] in holders and spot[0] not in ENDS:
            steps = [(ref.section, ref.key) for ref in refs if is_destination(ref) or ref.section in NAMED]
            way[spot] = [step for step in dict.fromkeys(steps) if step in links.entities]
    return way


def is_on_way(links: Links, spot: Spot) -> bool:
    """Whether the entity would stand on the map."""
    leads = any(is_destination(ref) or ref.section in NAMED for ref in links.out[spot]) and spot[0] in PLACES
    return (
        leads
        or any(map(is_destination, links.out[spot]))
        or any(
            is_destination(ref) or (ref.section in NAMED and user[0] not in ENDS) for user, ref in links.users_of(spot)
        )
    )


def is_destination(ref: Reference) -> bool:
    return ref.text != ref.key


def entries_of(way: Way) -> list[Spot]:
    """Where ways begin: numbers first, then what nothing leads to although it leads on."""
    reached = {step for steps in way.values() for step in steps}
    found = [spot for spot, steps in way.items() if steps and spot not in reached]
    return sorted(found, key=lambda spot: (spot[0] in PLACES, spot))


def draw(links: Links, *, wanted: Callable[[Spot], bool], start: int = 0, at: Spot | None = None) -> CallMap:
    """The ways in that are `wanted`, from the `start`th on, as long as there is room; or what leads through `at`."""
    way = way_of(links)
    if at is not None:
        return CallMap(_picture(way, _through(way, at)), 0, None)
    entries = [spot for spot in entries_of(way) if wanted(spot)]
    chosen: dict[Spot, None] = {}
    for number, entry in enumerate(entries[start:], start):
        with_it = {**chosen, **_reach(way, entry)}
        if chosen and len(_bundles(way, with_it)) > MOST_NODES:
            return CallMap(_picture(way, chosen), len(entries), number)
        chosen = with_it
    return CallMap(_picture(way, chosen), len(entries), None)


def _reach(way: Way, start: Spot) -> dict[Spot, None]:
    found, waiting = {start: None}, deque([start])
    while waiting:
        for step in way.get(waiting.popleft(), ()):
            if step not in found:
                found[step] = None
                waiting.append(step)
    return found


def _through(way: Way, at: Spot) -> dict[Spot, None]:
    before: dict[Spot, list[Spot]] = {}
    for spot, steps in way.items():
        for step in steps:
            before.setdefault(step, []).append(spot)
    found = {**_reach(before, at), **_reach(way, at)}
    if len(_bundles(way, found)) > MOST_THROUGH:
        return dict.fromkeys([*before.get(at, ()), at, *way.get(at, ())])
    return found


def _bundles(way: Way, chosen: Iterable[Spot]) -> list[tuple[Spot, ...]]:
    """The nodes: many of one section that the same entities lead to, or that lead to the same ones, are one."""
    chosen = dict.fromkeys(chosen)
    steps = {spot: [step for step in way.get(spot, ()) if step in chosen] for spot in chosen}
    parents: dict[Spot, list[Spot]] = {spot: [] for spot in chosen}
    for spot in chosen:
        for step in steps[spot]:
            parents[step].append(spot)
    alike: dict[tuple[object, ...], list[Spot]] = {}
    for spot in chosen:
        is_inside = bool(parents[spot]) == bool(steps[spot])
        place = (spot,) if is_inside else (spot[0], tuple(parents[spot]), tuple(steps[spot]))
        alike.setdefault(place, []).append(spot)
    nodes: list[tuple[Spot, ...]] = []
    for spots in alike.values():
        nodes += [tuple(spots)] if len(spots) > FEW else [(spot,) for spot in spots]
    return nodes


def _picture(way: Way, chosen: Mapping[Spot, None]) -> tuple[Node, ...]:
    bundles = _bundles(way, chosen)
    number = {spot: n for n, spots in enumerate(bundles) for spot in spots}
    steps = [list(dict.fromkeys(number[step] for step in way.get(spots[0], ()) if step in number)) for spots in bundles]
    layers, circles = layers_of(steps)
    rows = ordered(steps, layers)
    return tuple(
        Node(spots, layers[n], rows[n], tuple(steps[n]), tuple(to for to in steps[n] if (n, to) in circles))
        for n, spots in enumerate(bundles)
    )
