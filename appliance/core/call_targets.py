"""Where an agent may send a call, or whom the agent may ask, as places of the dialplan."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from appliance.core.number_plan import first_match
from appliance.core.outbound import Said, rule_of, who_would_carry
from appliance.core.site import Site
from appliance.core.words import N_

TargetKind = Literal["agent", "queue", "extension", "outside"]
NO_SUCH = {
    "agent": N_("There is no such agent."),
    "queue": N_("There is no such queue."),
    "extension": N_("There is no such extension."),
}
NOT_A_QUEUE = N_("A call can be sent to a queue, but a queue cannot be asked.")


@dataclass(frozen=True)
class Target:
    """`number` is what the dialplan is given: an extension, a queue's key, or a number outside."""

    kind: Literal["queue", "extension", "outside"]
    number: str


@dataclass(frozen=True)
class Asked:
    """`extension` is the phone in whose name a call goes outside; `seats` has where agents are logged in."""

    kind: str
    to: str
    extension: str
    at: dt.datetime
    seats: Mapping[str, str] = field(default_factory=dict)


def find_target(site: Site, asked: Asked) -> Target | Said:
    """Or why not."""
    if asked.kind == "outside":
        return _outside(site, asked)
    if asked.kind == "queue":
        return Target("queue", asked.to) if asked.to in site.queues else Said(NO_SUCH["queue"])
    if asked.kind == "agent":
        agent = site.agents.get(asked.to)
        return Target("extension", asked.seats.get(asked.to, agent.extension)) if agent else Said(NO_SUCH["agent"])
    return Target("extension", asked.to) if asked.to in site.extensions else Said(NO_SUCH["extension"])


def _outside(site: Site, asked: Asked) -> Target | Said:
    """As the same phone could dial it: a number of this house is one, whatever it was taken for."""
    if asked.to in site.extensions:
        return Target("extension", asked.to)
    dry = who_would_carry(site, asked.to, asked.extension, asked.at)
    return dry.refused if dry.refused else Target("outside", asked.to)


def is_emergency(site: Site, number: str) -> bool:
    """Nothing but the lack of a telephone stands before such a call."""
    routes = [route for route in site.outbound_routes.values() if route.emergency]
    return any(first_match(map(rule_of, route.patterns), number) for route in routes)
