"""Dialers beside each other: what two of them may not share, and what the law asks of each."""

from collections.abc import Iterator
from typing import Any

from appliance.core.dialing.laws import LAWS
from appliance.core.site import Site
from appliance.core.words import N_

_MAY_ABANDON = frozenset({"progressive", "power", "predictive"})
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


def unlawful_parts(site: Site) -> Iterator[Found]:
    """What a country asks for and a dialer has not. Where the agent is there first, nobody hears a message."""
    for key, dialer in site.dialers.items():
        law = LAWS[dialer.law]
        if law.needs_message.value and not dialer.abandoned_prompt and dialer.mode in _MAY_ABANDON:
            text = N_("the rules of {country} ask for a message where no agent is free in time")
            yield ("dialers", key, "abandoned_prompt"), text, {"country": law.name}
        if law.needs_message.value and not dialer.opt_out_key and dialer.mode in _MAY_ABANDON:
            text = N_("the rules of {country} ask for a key by which people are called no more")
            yield ("dialers", key, "opt_out_key"), text, {"country": law.name}
