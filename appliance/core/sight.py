"""What a person sees of the centre: everything, what their security groups name, or the own work alone.

Whoever reads or acts asks the `Sight` of who asks; nothing else decides it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.core.access import Role
from appliance.core.entities.fields import split_destination
from appliance.core.entities.work import SecurityGroup
from appliance.core.phones import extension_of
from appliance.core.site import Site

Keys = frozenset[str]
NONE: Keys = frozenset()
UNLIMITED: frozenset[Role] = frozenset({"administrator", "auditor"})
SECTION_OF_KIND = {"queues": "queues", "agents": "agents", "phones": "extensions", "figures": "queues"}  # of live rows


@dataclass(frozen=True)
class Sight:
    """The keys that may be seen, or everything where `is_limited` is False."""

    is_limited: bool = False
    queues: Keys = NONE
    campaigns: Keys = NONE
    agents: Keys = NONE
    extensions: Keys = NONE  # the phones of these agents
    dialers: Keys = NONE  # of these campaigns
    lists: Keys = NONE  # that they call
    security_groups: Keys = NONE  # those that make this sight
    numbers: Keys = NONE  # of ours that lead straight to one of these queues or campaigns
    waiting: Keys = NONE  # queues of which it is seen how many wait, and nothing else

    def may_see(self, section: str, key: str) -> bool:
        """What no security group can name is for all to see."""
        return not self.is_limited or section not in LIMITED or key in getattr(self, section)

    def may_see_call(self, *, queue: str, campaign: str, agent: str, did: str) -> bool:
        """By what it belongs to; before it belongs to anything, by the number that was called."""
        belongs = queue in self.queues or campaign in self.campaigns or agent in self.agents
        return not self.is_limited or belongs or (not (queue or campaign or agent) and did in self.numbers)

    def shown_row(self, kind: str, key: str, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """A row of the live picture as far as it may be seen; None for not at all."""
        if self.may_see_row(kind, key, row):
            return dict(row)
        if kind == "queues" and key in self.waiting:
            return {"waiting": row["waiting"], "longest": row.get("longest")}
        return None

    def may_see_row(self, kind: str, key: str, row: Mapping[str, Any]) -> bool:
        """A row of the live picture, or of a board."""
        if "about" in row:
            return self.may_see(row["section"], row["about"])
        if kind == "messages":
            return True  # numbers only
        if kind != "calls":
            return self.may_see(SECTION_OF_KIND[kind], extension_of(key) if kind == "phones" else key)
        return self.may_see_call(queue=row["queue"], campaign=row["campaign"], agent=row["agent"], did=row["did"])

    def narrowed(self, site: Site) -> Site:
        """The site as far as it may be seen."""
        if not self.is_limited:
            return site
        seen = {name: {k: e for k, e in site.section(name).items() if self.may_see(name, k)} for name in LIMITED}
        return site.model_copy(update=seen)


LIMITED = ("queues", "campaigns", "agents", "extensions", "dialers", "lists", "security_groups")
EVERYTHING, NOTHING = Sight(), Sight(is_limited=True)


def own_sight(agent: str) -> Sight:
    """An agent's: the own state and the own calls."""
    return Sight(is_limited=True, agents=frozenset({agent} if agent else ()))


def sight_of(site: Site, logins: Collection[str]) -> Sight:
    """A supervisor's: all that the groups hold which name one of the `logins`; everything where none does."""
    names = {login.casefold() for login in logins}
    groups = [
        group
        for group in site.security_groups.values()
        if any(each.login.casefold() in names for each in group.supervisors)
    ]
    return _sight(site, groups) if groups else EVERYTHING


def _sight(site: Site, groups: Iterable[SecurityGroup]) -> Sight:
    groups = list(groups)
    queues = frozenset(each.queue for group in groups for each in group.queues)
    campaigns = frozenset(each.campaign for group in groups for each in group.campaigns)
    agents = frozenset(each.agent for group in groups for each in group.agents)
    dialers = {key: each for key, each in site.dialers.items() if each.campaign in campaigns}
    there = {"queue": queues, "campaign": campaigns}
    ways = {key: split_destination(route.destination) for key, route in site.inbound_routes.items()}
    return Sight(
        is_limited=True,
        queues=queues,
        campaigns=campaigns,
        agents=agents,
        extensions=frozenset(site.agents[key].extension for key in agents if key in site.agents),
        dialers=frozenset(dialers),
        lists=frozenset(part.list for each in dialers.values() for part in each.lists),
        security_groups=frozenset(group.key for group in groups),
        numbers=frozenset(did for did, (kind, key) in ways.items() if key in there.get(kind, NONE)),
    )
