"""What each dialer sees of its agents and calls at a moment, ready for the pacing."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from appliance.core.agents import NO_QUEUE
from appliance.core.dialing.notice import Notice
from appliance.core.dialing.progress import Progress, inbound_waiting
from appliance.core.live.state import Agent, State
from appliance.core.pacing.seen import Seen
from appliance.core.pacing.sharing import Agent as Shared
from appliance.core.pacing.sharing import share_agents, take_promised

DETECT_S = 6.0  # how long a machine is looked for at most
_BUSY = ("ringing", "dialing", "oncall", "hold", "consult", "wrapup")


class OpenCall(NamedTuple):
    """An attempt that has not ended, since when it is where it is; `is_over` where only the journal is waited for."""

    dialer: str
    progress: Progress
    since: datetime
    is_over: bool = False


@dataclass(frozen=True)
class Team:
    """A dialer as far as it shares agents."""

    queue: str
    weight: int
    connect_s: int
    looks_for_machines: bool = False


@dataclass(frozen=True)
class Floor:
    """All that the dialers of a node see."""

    at: datetime
    at_s: float
    state: State
    teams: Mapping[str, Team]  # by dialer
    calls: Mapping[str, OpenCall] = field(default_factory=dict)  # by guid
    notice: Notice = field(default_factory=Notice)

    def calls_of(self, dialer: str) -> list[OpenCall]:
        return [call for call in self.calls.values() if call.dialer == dialer]

    def leaves_at(self, dialer: str, agent: str) -> datetime | None:
        return self.notice.leaves_at(agent, self.teams[dialer].queue, self.at)

    def since_s(self, since: datetime) -> float:
        return max(0.0, (self.at - since).total_seconds())


class Share(NamedTuple):
    """What a dialer may count on: whom it may give calls to now, and what it sees."""

    ready: tuple[str, ...]
    seen: Seen
    leave_at: tuple[datetime, ...] = ()  # of each agent of the team who leaves soon, the first one first


def share_floor(floor: Floor) -> dict[str, Share]:
    """Nobody counts for two dialers, and who will take a call from outside for none."""
    weights = {dialer: float(team.weight) for dialer, team in floor.teams.items()}
    on_calls = _on_calls(floor)
    held = {dialer: sum(each == dialer for each in on_calls.values()) for dialer in weights}
    ready, waiting = _serve(floor, _shared(floor, _in_state(floor, "ready")), _callers(floor))
    free = share_agents(ready, weights, held)
    others = _shared(floor, [each for each in _in_state(floor, *_BUSY) if each not in on_calls])
    busy = share_agents(others, weights, held)
    for agent, dialer in on_calls.items():
        busy[dialer].append(agent)
    taken = _taken(floor, busy, waiting)
    shares = {}
    for dialer in weights:
        seen = _seen(floor, dialer, (free[dialer], busy[dialer]), taken[dialer])
        shares[dialer] = Share(tuple(free[dialer]), seen, _departures(floor, dialer))
    return shares


def _departures(floor: Floor, dialer: str) -> tuple[datetime, ...]:
    queue, agents = floor.teams[dialer].queue, floor.state.agents
    going = [(at, agents[key]) for key in agents if (at := floor.leaves_at(dialer, key)) is not None]
    return tuple(sorted(at for at, agent in going if agent.state in ("ready", *_BUSY) and queue in _queues(agent)))


def _serve(floor: Floor, agents: list[Shared], queues: Sequence[str]) -> tuple[list[Shared], list[str]]:
    """Who is left when each caller of these queues has an agent, and the queues of those who have none."""
    unserved = []
    for queue in queues:
        able = [each.key for each in agents if queue in _queues(floor.state.agents[each.key])]
        if able:
            agents = take_promised(agents, [able])
        else:
            unserved.append(queue)
    return agents, unserved


def _taken(floor: Floor, busy: Mapping[str, Collection[str]], waiting: Sequence[str]) -> Counter[str]:
    """By dialer, how many of its busy agents will be free for callers who wait for one, and not for the dialer."""
    owner = {key: dialer for dialer, found in busy.items() for key in found}
    after = _in_state(floor, *_BUSY) if waiting else []
    before = [Shared(key, frozenset({owner[key]} if key in owner else ())) for key in after]
    left, _unserved = _serve(floor, before, waiting)
    return Counter(owner[key] for key in {*after} - {each.key for each in left} if key in owner)


def _seen(floor: Floor, dialer: str, shares: tuple[Collection[str], Collection[str]], taken: int) -> Seen:
    ready, busy = shares
    agents = {key: floor.state.agents[key] for key in busy}
    at_work = [agent for agent in agents.values() if agent.state != "wrapup"]
    waiting = sorted(_waits(floor, dialer), reverse=True)
    ringing = sum(agent.state == "ringing" and agent.queue == floor.teams[dialer].queue for agent in at_work)
    return Seen(
        at_s=floor.at_s,
        ready=len(ready),
        promised=taken + floor.notice.promised.get(dialer, 0) + sum(each in floor.notice.owing for each in ready),
        talking_s=tuple(floor.since_s(agent.since) for agent in at_work),
        wrapping_s=tuple(floor.since_s(agent.since) for agent in agents.values() if agent.state == "wrapup"),
        leaving=sum(_leaves(floor, dialer, key) for key in agents),
        ringing_s=tuple(_in(floor, dialer, "placed", "ringing")),
        detecting_s=tuple(_detecting(floor, dialer)),
        waiting_s=tuple(waiting[ringing:]),  # who waits longest has a phone ringing already
    )


def _leaves(floor: Floor, dialer: str, agent: str) -> bool:
    """Not back for the next call: a pause waits, the shift ends, a promise is due, or the queue is left already."""
    if agent in floor.notice.going or agent in floor.notice.owing or floor.leaves_at(dialer, agent) is not None:
        return True
    return floor.teams[dialer].queue not in _queues(floor.state.agents[agent])


def _in(floor: Floor, dialer: str, *where: str) -> list[float]:
    calls = (call for call in floor.calls_of(dialer) if call.progress.where in where and not call.is_over)
    return [floor.since_s(call.since) for call in calls]


def _detecting(floor: Floor, dialer: str) -> list[float]:
    if not floor.teams[dialer].looks_for_machines:
        return []
    return [since_s for since_s in _in(floor, dialer, "answered") if since_s < DETECT_S]


def _waits(floor: Floor, dialer: str) -> list[float]:
    """Who has answered is on the way into the queue, unless a machine is looked for, or a message plays by now."""
    team = floor.teams[dialer]
    at_once = [] if team.looks_for_machines else _in(floor, dialer, "answered")
    return [*_in(floor, dialer, "waiting"), *(each for each in at_once if each <= team.connect_s)]


def _on_calls(floor: Floor) -> dict[str, str]:
    """The dialer of each agent who talks with somebody it called."""
    talking = [call for call in floor.calls.values() if call.progress.where == "talking" and not call.is_over]
    return {
        call.progress.agent: call.dialer
        for call in talking
        if call.progress.agent in floor.state.agents and call.dialer in floor.teams
    }


def _shared(floor: Floor, agents: Iterable[str]) -> list[Shared]:
    found = []
    for key in agents:
        agent = floor.state.agents[key]
        mine = _queues(agent)
        theirs = [dialer for dialer, team in floor.teams.items() if team.queue in mine]
        if agent.state == "ready" and key not in floor.notice.owing:  # a promise is kept to the last moment
            is_free = key not in floor.notice.reading
            theirs = [dialer for dialer in theirs if is_free and floor.leaves_at(dialer, key) is None]
        found.append(Shared(key, frozenset(theirs)))
    return found


def _in_state(floor: Floor, *states: str) -> list[str]:
    return sorted(key for key, agent in floor.state.agents.items() if agent.state in states)


def _queues(agent: Agent) -> set[str]:
    """Those that give the agent calls; in wrap-up all are paused, and none for long."""
    return {
        queue
        for queue, member in agent.memberships.items()
        if queue != NO_QUEUE and (member.pause_reason is None or agent.state == "wrapup")
    }


def _callers(floor: Floor) -> list[str]:
    """The queue of each caller from outside for whom no phone rings yet, and of each whose callback is due."""
    ringing = Counter(agent.queue for agent in floor.state.agents.values() if agent.state == "ringing")
    for dialer, team in floor.teams.items():
        ringing[team.queue] -= len(_waits(floor, dialer))
    callers = []
    for queue in inbound_waiting(floor.state, floor.calls):
        ringing[queue] -= 1
        if ringing[queue] < 0:
            callers.append(queue)
    return [*callers, *floor.notice.callbacks]
