"""Internal numbers: what phones dial for a phone, a ring group or a conference room; each leads to one place."""

from collections.abc import Iterator
from typing import Any

from appliance.core.site import Site
from appliance.core.words import N_

Place = tuple[str, str, str]  # section, key, field
TWICE = N_("internal number {number} leads to {other} already")


def internal_numbers(site: Site) -> Iterator[tuple[str, Place]]:
    for key in site.extensions:
        yield key, ("extensions", key, "key")
    for group in site.ring_groups.values():
        yield group.number, ("ring_groups", group.key, "number")
    for room in site.conferences.values():
        yield room.number, ("conferences", room.key, "number")


def doubled_numbers(site: Site) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Said at each who shares a number, for any of them may be the one that is being edited."""
    users: dict[str, list[Place]] = {}
    for number, place in internal_numbers(site):
        if number:
            users.setdefault(number, []).append(place)
    for number, places in users.items():
        for place in places if len(places) > 1 else ():
            other = places[1] if place == places[0] else places[0]
            yield place, {"number": number, "other": f"{other[0]}.{other[1]}"}


def next_number(site: Site) -> str:
    """The lowest free one after the phones that there are; empty where none is left."""
    used = {number for number, _place in internal_numbers(site)}
    first = min((number for number in site.extensions if len(number) > 2), default="1001", key=lambda n: (len(n), n))
    free = (str(number) for number in range(int(first), 10 ** len(first)) if str(number).zfill(len(first)) not in used)
    return next((number.zfill(len(first)) for number in free), "")
