"""What each dialer sees of its agents and calls at a moment, ready for the pacing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from appliance.core.agents import NO_QUEUE
from appliance.core.dialing.progress import Progress, inbound_waiting
from appliance.core.live.state import Agent, State
from appliance.core.pacing.seen import Seen
from appliance.core.pacing.sharing import Agent as Shared
from appliance.core.pacing.sharing import share_agents, take_promised

DETECT_S = 6.0  # how long a machine is looked for at most
_BUSY = ("ringing", "dialing", "oncall", "hold", "consult")


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
    going: Collection[str] = ()  # agents who pause once their call is over

    def calls_of(self, dialer: str) -> list[OpenCall]:
        return [call for call in self.calls.values() if call.dialer == dialer]

    def since_s(self, since: datetime) -> float:
        return max(0.0, (self.at - since).total_seconds())


class Share(NamedTuple):
    """What a dialer may count on: whom it may give calls to now, and what it sees."""

    ready: tuple[str, ...]
    seen: Seen


def share_floor(floor: Floor) -> dict[str, Share]:
    """Nobody counts for two dialers, and who will take a call from outside for none."""
    weights = {dialer: float(team.weight) for dialer, team in floor.teams.items()}
    on_calls = _on_calls(floor)
    held = {dialer: sum(each == dialer for each in on_calls.values()) for dialer in weights}
    ready = take_promised(_shared(floor, _ready(floor)), _callers(floor))
    free = share_agents(ready, weights, held)
    others = [each for each in _members(floor, (*_BUSY, "wrapup")) if each not in on_calls]
    busy = share_agents(_shared(floor, others), weights, held)
    for agent, dialer in on_calls.items():
        busy[dialer].append(agent)
    return {dialer: Share(tuple(free[dialer]), _seen(floor, dialer, free[dialer], busy[dialer])) for dialer in weights}


def _seen(floor: Floor, dialer: str, ready: Collection[str], busy: Iterable[str]) -> Seen:
    agents = {key: floor.state.agents[key] for key in busy}
    at_work = [agent for agent in agents.values() if agent.state != "wrapup"]
    waiting = sorted(_waits(floor, dialer), reverse=True)
    ringing = sum(agent.state == "ringing" and agent.queue == floor.teams[dialer].queue for agent in at_work)
    return Seen(
        at_s=floor.at_s,
        ready=len(ready),
        talking_s=tuple(floor.since_s(agent.since) for agent in at_work),
        wrapping_s=tuple(floor.since_s(agent.since) for agent in agents.values() if agent.state == "wrapup"),
        leaving=sum(_leaves(floor, dialer, key) for key in agents),
        ringing_s=tuple(_in(floor, dialer, "placed", "ringing")),
        detecting_s=tuple(_detecting(floor, dialer)),
        waiting_s=tuple(waiting[ringing:]),  # who waits longest has a phone ringing already
    )


def _leaves(floor: Floor, dialer: str, agent: str) -> bool:
    """Will not come back after the call: a pause waits for its end, or the queue is left already."""
    return agent in floor.going or floor.teams[dialer].queue not in _queues(floor.state.agents[agent])


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
        mine = _queues(floor.state.agents[key])
        found.append(Shared(key, frozenset(dialer for dialer, team in floor.teams.items() if team.queue in mine)))
    return found


def _ready(floor: Floor) -> list[str]:
    return _members(floor, ("ready",))


def _members(floor: Floor, states: Collection[str]) -> list[str]:
    queues = {team.queue for team in floor.teams.values()}
    return sorted(key for key, agent in floor.state.agents.items() if agent.state in states and queues & _queues(agent))


def _queues(agent: Agent) -> set[str]:
    """Those that give the agent calls; in wrap-up all are paused, and none for long."""
    return {
        queue
        for queue, member in agent.memberships.items()
        if queue != NO_QUEUE and (member.pause_reason is None or agent.state == "wrapup")
    }


def _callers(floor: Floor) -> list[list[str]]:
    """For each caller from outside who waits: who could take the call."""
    ready = [key for key, agent in floor.state.agents.items() if agent.state == "ready"]
    waiting = inbound_waiting(floor.state, floor.calls)
    return [[key for key in ready if queue in _queues(floor.state.agents[key])] for queue in waiting]
