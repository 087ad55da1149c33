"""The fold over queue_log: agents' sessions as intervals without gaps, and the rings that they missed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from appliance.core.agents import MISSED, STAND_IN, WRAPUP
from appliance.core.journal.facts import AgentInterval, MissedRing, instant

_EVERY_QUEUE = "NONE"
_FIELDS = 5


class QueueEvent(NamedTuple):
    at_s: int
    call_id: str
    queue: str
    agent: str
    kind: str
    data: list[str]


@dataclass
class Agent:
    """Kept between batches, as JSON: `asdict` writes it, `Agent(**values)` reads it."""

    queues: dict[str, str | None] = field(default_factory=dict)  # pause reason by queue; None: not paused
    calls: list[str] = field(default_factory=list)
    session_s: int = 0
    since_s: int = 0
    state: str = ""  # empty: not logged in
    reason: str = ""
    missed: dict[str, int] = field(default_factory=dict)  # rings in a row that were missed, by queue


@dataclass
class QueueReading:
    intervals: list[AgentInterval] = field(default_factory=list)
    missed: list[MissedRing] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)  # agents whose state is to be stored again
    in_a_row: dict[tuple[str, str], int] = field(default_factory=dict)  # by agent and queue, at the end of the lines
    malformed: list[tuple[str, str]] = field(default_factory=list)  # text, reason


class QueueFold:
    def __init__(self, node: str, agents: dict[str, Agent] | None = None) -> None:
        self.node = node
        self.agents = agents or {}

    def read(self, lines: Iterable[str]) -> QueueReading:
        reading = QueueReading()
        for text in lines:
            try:
                event = parse_queue_line(text)
            except ValueError as error:
                reading.malformed.append((text, str(error)))
                continue
            if event.kind == "QUEUESTART":
                self._asterisk_started(event, reading)
            elif event.agent not in (_EVERY_QUEUE, STAND_IN) and event.kind in _HANDLERS:
                self._agent_did(event, reading)
        for name in sorted({ring.agent for ring in reading.missed}):
            reading.in_a_row |= {(name, queue): number for queue, number in self.agents[name].missed.items()}
        return reading

    def _agent_did(self, event: QueueEvent, reading: QueueReading) -> None:
        agent = self.agents.setdefault(event.agent, Agent())
        if event.kind == "RINGNOANSWER":
            reading.missed.append(_missed_ring(self.node, event))
            reading.touched.add(event.agent)
            agent.missed[event.queue] = agent.missed.get(event.queue, 0) + 1
            return
        _HANDLERS[event.kind](agent, event)
        self._move(event.agent, event.at_s, reading)

    def _asterisk_started(self, event: QueueEvent, reading: QueueReading) -> None:
        """Members outlive a restart (AstDB), calls do not."""
        for name, agent in self.agents.items():
            if agent.calls:
                agent.calls.clear()
                self._move(name, event.at_s, reading)

    def _move(self, name: str, at_s: int, reading: QueueReading) -> None:
        agent = self.agents[name]
        reading.touched.add(name)
        state, reason = _state_of(agent)
        if (state, reason) == (agent.state, agent.reason):
            return
        at_s = max(at_s, agent.since_s)  # a clock that was set back makes no time that is counted twice
        if agent.state and at_s > agent.since_s:
            reading.intervals.append(
                AgentInterval(
                    node=self.node,
                    agent=name,
                    session_at=instant(agent.session_s * 1_000_000),
                    state=agent.state,
                    reason=agent.reason,
                    began_at=instant(agent.since_s * 1_000_000),
                    ended_at=instant(at_s * 1_000_000),
                )
            )
        if not agent.state:
            agent.session_s = at_s
        agent.since_s, agent.state, agent.reason = at_s, state, reason


def parse_queue_line(line: str) -> QueueEvent:
    """`epoch|callid|queue|agent|event|data...`"""
    parts = line.split("|")
    if len(parts) < _FIELDS or "\0" in line:
        raise ValueError(f"{len(parts)} fields instead of at least {_FIELDS}")
    if not parts[0].isascii() or not parts[0].isdigit():
        raise ValueError(f"not a time: {parts[0]!r}")
    return QueueEvent(int(parts[0]), parts[1], parts[2], parts[3], parts[4], parts[5:])


def _state_of(agent: Agent) -> tuple[str, str]:
    if agent.calls:
        return "oncall", ""
    if not agent.queues:
        return "", ""
    reasons = [reason for reason in agent.queues.values() if reason is not None]
    if len(reasons) < len(agent.queues):
        return "ready", ""
    if WRAPUP in reasons:
        return "wrapup", ""
    return ("missed" if reasons[0] == MISSED else "paused"), reasons[0]


def _missed_ring(node: str, event: QueueEvent) -> MissedRing:
    ring = event.data[0] if event.data else ""
    ring_ms = int(ring) if ring.isascii() and ring.isdigit() else 0
    return MissedRing(node, event.agent, event.queue, event.call_id, instant(event.at_s * 1_000_000), ring_ms)


def _joined(agent: Agent, event: QueueEvent) -> None:
    agent.missed.pop(event.queue, None)
    paused = bool(event.data) and event.data[0] == "PAUSED"
    reason = next(filter(None, agent.queues.values()), "")  # the line does not tell it, the other queues do
    agent.queues.setdefault(event.queue, reason if paused else None)


def _left(agent: Agent, event: QueueEvent) -> None:
    agent.queues.pop(event.queue, None)


def _paused(agent: Agent, event: QueueEvent) -> None:
    reason = event.data[0] if event.data else ""
    for queue in _queues_meant(agent, event):
        agent.queues[queue] = reason


def _unpaused(agent: Agent, event: QueueEvent) -> None:
    agent.missed.clear()
    for queue in _queues_meant(agent, event):
        agent.queues[queue] = None


def _queues_meant(agent: Agent, event: QueueEvent) -> list[str]:
    return [queue for queue in agent.queues if event.queue in (queue, _EVERY_QUEUE)]


def _connected(agent: Agent, event: QueueEvent) -> None:
    agent.missed.clear()
    if event.call_id not in agent.calls:
        agent.calls.append(event.call_id)


def _completed(agent: Agent, event: QueueEvent) -> None:
    if event.call_id in agent.calls:
        agent.calls.remove(event.call_id)


_HANDLERS: dict[str, Callable[[Agent, QueueEvent], None]] = {
    "ADDMEMBER": _joined,
    "REMOVEMEMBER": _left,
    "PAUSE": _paused,
    "PAUSEALL": _paused,
    "UNPAUSE": _unpaused,
    "UNPAUSEALL": _unpaused,
    "CONNECT": _connected,
    "COMPLETEAGENT": _completed,
    "COMPLETECALLER": _completed,
    "BLINDTRANSFER": _completed,
    "ATTENDEDTRANSFER": _completed,
    "AGENTDUMP": _completed,
    "RINGNOANSWER": lambda _agent, _event: None,
}
