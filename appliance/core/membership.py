"""Who must be in which queue of Asterisk, and the manager actions that make it so."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from appliance.core.agents import NO_QUEUE, STAND_IN, WRAPUP
from appliance.core.entities.queues import Queue
from appliance.core.site import Site

BEST_LEVEL = 10
STAND_IN_STATE = "Custom:wrapup"  # always in use


@dataclass(frozen=True)
class Session:
    """An agent who is logged in; `device` is the endpoint that rings, `paused_reason` is None while ready."""

    agent: str
    device: str
    paused_reason: str | None = None


@dataclass(frozen=True)
class Move:
    """For some time an agent serves a queue with this penalty, or does not, whatever the configuration says."""

    agent: str
    queue: str
    is_member: bool
    penalty: int = 0


@dataclass(frozen=True)
class QueueMember:
    """A member as app_queue has it."""

    queue: str
    interface: str
    agent: str
    penalty: int
    paused: bool
    reason: str = ""  # of the pause; empty while not paused
    state_interface: str = ""  # whose state counts, where it is not the interface's own


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


def wanted_members(site: Site, sessions: Iterable[Session], moves: Iterable[Move] = ()) -> list[QueueMember]:
    """The members that the configuration, the moves for some time and the open sessions ask for."""
    by_agent = {session.agent: session for session in sessions}
    moved = {(move.queue, move.agent): move for move in moves}
    found = [
        _wanted(queue.key, by_agent[agent], penalty)
        for queue in site.queues.values()
        for agent, penalty in _with_moves(queue.key, members_of(site, queue), moved).items()
        if agent in by_agent
    ]
    serving = {member.agent for member in found}
    return found + [_wanted(NO_QUEUE, each, 0) for agent, each in by_agent.items() if agent not in serving]


def _with_moves(queue: str, members: dict[str, int], moves: Mapping[tuple[str, str], Move]) -> dict[str, int]:
    for (place, agent), move in moves.items():
        if place == queue:
            members.pop(agent, None)
            if move.is_member:
                members[agent] = move.penalty
    return members


def with_wrapup(wanted: Iterable[QueueMember], resting: Collection[str], patient: Collection[str]) -> list[QueueMember]:
    """The same while these agents rest after a call; callers leave `patient` queues when everybody is paused."""
    members = [replace(member, paused=True, reason=WRAPUP) if member.agent in resting else member for member in wanted]
    kept = sorted({member.queue for member in members if member.agent in resting} & set(patient))
    return members + [stand_in(queue) for queue in kept]


def stand_in(queue: str) -> QueueMember:
    return QueueMember(queue, "Local/s@wrapup", STAND_IN, BEST_LEVEL, paused=False, state_interface=STAND_IN_STATE)


def _wanted(queue: str, session: Session, penalty: int) -> QueueMember:
    paused = session.paused_reason is not None
    interface = interface_of(session.device)
    return QueueMember(queue, interface, session.agent, penalty, paused, session.paused_reason or "")


def membership_actions(wanted: Iterable[QueueMember], actual: Iterable[QueueMember]) -> list[Action]:
    """Who changed phones leaves the old one first, so as never to ring at two; who changes queues joins first, so that
    the session has no gap."""
    want = {(member.queue, member.interface): member for member in wanted}
    have = {(member.queue, member.interface): member for member in actual}
    staying = {(member.interface, member.agent) for member in want.values()}
    renamed = {place for place in want.keys() & have.keys() if want[place].agent != have[place].agent}
    gone = sorted((have.keys() - want.keys()) | renamed)
    last = [place for place in gone if place not in renamed and (place[1], have[place].agent) in staying]
    actions = [_removed(*place) for place in gone if place not in last]
    for place in sorted(want):
        if place in have and place not in renamed:
            actions += _mended(want[place], have[place])
        else:
            actions.append(added(want[place]))
    return actions + [_removed(*place) for place in last]


def _removed(queue: str, interface: str) -> Action:
    return Action("QueueRemove", {"Queue": queue, "Interface": interface})


def added(member: QueueMember) -> Action:
    fields = {
        "Queue": member.queue,
        "Interface": member.interface,
        "MemberName": member.agent,
        "Penalty": str(member.penalty),
        "Paused": "true" if member.paused else "false",
    }
    rest = {"Reason": member.reason, "StateInterface": member.state_interface}
    return Action("QueueAdd", fields | {name: value for name, value in rest.items() if value})


def _mended(want: QueueMember, have: QueueMember) -> Iterator[Action]:
    place = {"Queue": want.queue, "Interface": want.interface}
    if want.penalty != have.penalty:
        yield Action("QueuePenalty", {"Interface": want.interface, "Penalty": str(want.penalty), "Queue": want.queue})
    if (want.paused, want.reason) != (have.paused, have.reason):
        yield Action("QueuePause", place | {"Paused": "true" if want.paused else "false", "Reason": want.reason})
