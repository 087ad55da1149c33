"""Dialers beside each other: what two of them may not share."""

from collections.abc import Iterator
from typing import Any

from appliance.core.site import Site
from appliance.core.words import N_

Found = tuple[tuple[str | int, ...], str, dict[str, Any]]


def shared_parts(site: Site) -> Iterator[Found]:
    """A contact's progress stands in its list, and the legal share of abandoned calls is counted for a campaign."""
    campaigns: dict[str, str] = {}
    lists: dict[str, str] = {}
    for key, dialer in site.dialers.items():
        if other := campaigns.get(dialer.campaign):
            yield ("dialers", key, "campaign"), N_("dialer {other} calls for this campaign already"), {"other": other}
        campaigns.setdefault(dialer.campaign, key)
        for index, each in enumerate(dialer.lists):
            if other := lists.get(each.list):
                path = ("dialers", key, "lists", index, "list")
                yield path, N_("dialer {other} calls this list already"), {"other": other}
            lists.setdefault(each.list, key)
