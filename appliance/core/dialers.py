"""Dialers beside each other: what two of them may not share, and what the law asks of each."""

from collections.abc import Iterator
from typing import Any

from appliance.core.dialing.laws import LAWS
from appliance.core.site import Site
from appliance.core.words import N_

_MAY_ABANDON = frozenset({"progressive", "power", "predictive"})
Found = tuple[tuple[str | int, ...], str, dict[str, Any]]


def shared_parts(site: Site) -> Iterator[Found]:
    """A contact's progress stands in its list, and the legal share of abandoned calls is counted for a campaign.

    Said at each who shares, for any of them may be the one that is being edited.
    """
    campaigns, lists = dict[str, list[str]](), dict[str, list[str]]()
    for key, dialer in site.dialers.items():
        campaigns.setdefault(dialer.campaign, []).append(key)
        for each in dialer.lists:
            lists.setdefault(each.list, []).append(key)
    for key, dialer in site.dialers.items():
        for other in _others(campaigns[dialer.campaign], key):
            yield ("dialers", key, "campaign"), N_("dialer {other} calls for this campaign already"), {"other": other}
        for index, each in enumerate(dialer.lists):
            for other in _others(lists[each.list], key):
                path = ("dialers", key, "lists", index, "list")
                yield path, N_("dialer {other} calls this list already"), {"other": other}


def _others(users: list[str], key: str) -> list[str]:
    """The first of them that is not this one, if there is one."""
    return [each for each in users if each != key][:1]


def unordered_lists(site: Site) -> Iterator[Found]:
    """Said at both, for either may be the one that is being edited."""
    for key, dialer in site.dialers.items():
        for each in dialer.lists if dialer.order == "field" else ():
            if each.list in site.lists and not site.lists[each.list].order_field:
                text = N_("list {list} has no field to order by; choose one there first")
                yield ("dialers", key, "order"), text, {"list": each.list}
                text = N_("dialer {dialer} calls this list by its field")
                yield ("lists", each.list, "order_field"), text, {"dialer": key}


def unlawful_parts(site: Site) -> Iterator[Found]:
    """What a country asks for and a dialer has not. Where the agent is there first, nobody hears a message."""
    for key, dialer in site.dialers.items():
        law = LAWS[dialer.law]
        if law.needs_message.value and not dialer.abandoned_prompt and dialer.mode in _MAY_ABANDON:
            text = N_("with the rules of {country} there must be a message where no agent is free in time")
            yield ("dialers", key, "abandoned_prompt"), text, {"country": law.name}
        if law.needs_message.value and not dialer.opt_out_key and dialer.mode in _MAY_ABANDON:
            text = N_("with the rules of {country} there must be a key by which people are called no more")
            yield ("dialers", key, "opt_out_key"), text, {"country": law.name}
