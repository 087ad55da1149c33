"""Who must be in which queue of Asterisk, and the manager actions that make it so."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from appliance.core.entities.queues import Queue
from appliance.core.site import Site

BEST_LEVEL = 10


@dataclass(frozen=True)
class Session:
    """An agent who is logged in; `device` is the endpoint that rings, `paused_reason` is None while ready."""

    agent: str
    device: str
    paused_reason: str | None = None


@dataclass(frozen=True)
class QueueMember:
    """A member as app_queue has it."""

    queue: str
    interface: str
    agent: str
    penalty: int
    paused: bool
    reason: str = ""  # of the pause; empty while not paused


@dataclass(frozen=True)
class Action:
    name: str
    fields: Mapping[str, str]


def interface_of(device: str) -> str:
    """A device may name its technology, as that of a trial does."""
    return device if "/" in device else f"PJSIP/{device}"


def members_of(site: Site, queue: Queue) -> dict[str, int]:
    """The agents who serve a queue, each with the penalty there: who is listed, then whoever has its skill."""
    listed = {member.agent: member.penalty for member in queue.members}
    skilled = {
        agent.key: BEST_LEVEL - has.level
        for agent in (site.agents.values() if queue.skill else ())
        for has in agent.skills
        if has.skill == queue.skill
    }
    return listed | {agent: penalty for agent, penalty in skilled.items() if agent not in listed}


def wanted_members(site: Site, sessions: Iterable[Session]) -> list[QueueMember]:
    """The members that the configuration and the open sessions ask for."""
    by_agent = {session.agent: session for session in sessions}
    return [
        _wanted(queue.key, by_agent[agent], penalty)
        for queue in site.queues.values()
        for agent, penalty in members_of(site, queue).items()
        if agent in by_agent
    ]


def _wanted(queue: str, session: Session, penalty: int) -> QueueMember:
    paused = session.paused_reason is not None
    interface = interface_of(session.device)
    return QueueMember(queue, interface, session.agent, penalty, paused, session.paused_reason or "")


def membership_actions(wanted: Iterable[QueueMember], actual: Iterable[QueueMember]) -> list[Action]:
    """Removals first, so that an agent who changed phones never rings at two."""
    want = {(member.queue, member.interface): member for member in wanted}
    have = {(member.queue, member.interface): member for member in actual}
    renamed = {place for place in want.keys() & have.keys() if want[place].agent != have[place].agent}
    gone = sorted((have.keys() - want.keys()) | renamed)
    actions = [Action("QueueRemove", {"Queue": queue, "Interface": interface}) for queue, interface in gone]
    for place in sorted(want):
        if place in have and place not in renamed:
            actions += _mended(want[place], have[place])
        else:
            actions.append(_added(want[place]))
    return actions


def _added(member: QueueMember) -> Action:
    fields = {
        "Queue": member.queue,
        "Interface": member.interface,
        "MemberName": member.agent,
        "Penalty": str(member.penalty),
        "Paused": "true" if member.paused else "false",
    }
    return Action("QueueAdd", fields | ({"Reason": member.reason} if member.reason else {}))


def _mended(want: QueueMember, have: QueueMember) -> Iterator[Action]:
    place = {"Queue": want.queue, "Interface": want.interface}
    if want.penalty != have.penalty:
        yield Action("QueuePenalty", {"Interface": want.interface, "Penalty": str(want.penalty), "Queue": want.queue})
    if (want.paused, want.reason) != (have.paused, have.reason):
        yield Action("QueuePause", place | {"Paused": "true" if want.paused else "false", "Reason": want.reason})
