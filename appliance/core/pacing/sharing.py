"""Agents of several campaigns are shared by weight: nobody counts twice, and calls from outside come first."""

from collections.abc import Collection, Mapping
from typing import NamedTuple


class Agent(NamedTuple):
    """A free agent, and the campaigns that may have them."""

    key: str
    campaigns: frozenset[str]


def share_agents(
    agents: Collection[Agent], weights: Mapping[str, float], busy: Mapping[str, int] | None = None
) -> dict[str, list[str]]:
    """Who of the free agents counts for which campaign; `busy` has how many are on calls of each already.

    Whom fewest campaigns may have is given first, each to the campaign that has least for its weight. Busy agents count
    for the campaign whose call they are on, so over time each has its share of the agents' time.
    """
    shares: dict[str, list[str]] = {campaign: [] for campaign in weights}
    held = {campaign: (busy or {}).get(campaign, 0) for campaign in weights}
    for agent in sorted(agents, key=lambda each: (len(each.campaigns), each.key)):
        open_to = [each for each in weights if weights[each] > 0 and each in agent.campaigns]
        if open_to:
            poorest = min(open_to, key=lambda each: ((held[each] + 1) / weights[each], each))
            held[poorest] += 1
            shares[poorest].append(agent.key)
    return shares


def take_promised(agents: Collection[Agent], calls: Collection[Collection[str]]) -> list[Agent]:
    """The agents who are left when each waiting call from outside, and each callback that is due, has taken one.

    `calls` says of each, the longest waiting first, who could take it. It takes whom fewest campaigns could use.
    """
    left = {agent.key: agent for agent in agents}
    for able in calls:
        free = [left[key] for key in able if key in left]
        if free:
            del left[min(free, key=lambda each: (len(each.campaigns), each.key)).key]
    return list(left.values())
