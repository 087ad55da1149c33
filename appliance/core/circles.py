"""Steps that lead to each other without anything that a caller could do: such a circle is refused."""

from collections.abc import Iterator
from typing import NamedTuple

from appliance.core.entities.fields import split_destination
from appliance.core.site import Site
from appliance.core.words import N_

# What goes on by itself, whatever the caller does; menus and collected digits listen, queues and phones let them talk.
SILENT = {"announcement": "announcements", "branch": "branches", "lookup": "lookups", "survey": "surveys"}
MESSAGE = N_("callers would go in a circle: {circle}")


class Way(NamedTuple):
    """A destination in a field of a step."""

    path: tuple[str | int, ...]
    destination: str


def ways_on(site: Site, kind: str, key: str) -> Iterator[Way]:
    """Where a step may send a call."""
    if kind == "announcement":
        yield Way(("destination",), site.announcements[key].destination)
    elif kind == "branch":
        branch = site.branches[key]
        yield Way(("open_destination",), branch.open_destination)
        yield Way(("closed_destination",), branch.closed_destination)
        yield Way(("holiday_destination",), branch.holiday_destination)
    elif kind == "survey":
        yield Way(("destination",), site.surveys[key].destination)
    elif kind == "lookup":
        lookup = site.lookups[key]
        for index, each in enumerate(lookup.answers):
            yield Way(("answers", index, "destination"), each.destination)
        yield Way(("other_destination",), lookup.other_destination)
        yield Way(("failed_destination",), lookup.failed_destination)


def step_circles(site: Site) -> Iterator[tuple[tuple[str | int, ...], dict[str, str]]]:
    """Each circle once: the place that closes it, and its steps for the message."""
    done: set[str] = set()
    for kind, section in SILENT.items():
        for key in site.section(section):
            yield from _visit(site, f"{kind}:{key}", (), done)


def _visit(
    site: Site, step: str, trail: tuple[str, ...], done: set[str]
) -> Iterator[tuple[tuple[str | int, ...], dict[str, str]]]:
    kind, key = split_destination(step)
    if step in done or kind not in SILENT or key not in site.section(SILENT[kind]):
        return
    trail = (*trail, step)
    for way in ways_on(site, kind, key):
        if way.destination in trail:
            circle = " > ".join((*trail[trail.index(way.destination) :], way.destination))
            yield (SILENT[kind], key, *way.path), {"circle": circle}
        else:
            yield from _visit(site, way.destination, trail, done)
    done.add(step)
