"""What follows from the legs: where a call is, what an agent does, how many agents of a queue do what."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from appliance.core.agents import MISSED, NO_QUEUE, WRAPUP
from appliance.core.live.draft import Draft, Table
from appliance.core.live.state import KINDS, Agent, Call, Change, Channel, Queue, began_inside
from appliance.core.phones import place_of

_BUSY = (2, 3, 7)  # Asterisk's numbers of device states
_UNAVAILABLE = (4, 5)
_RINGING = 6
_ON_HOLD = 8
_IN_A_CALL = ("oncall", "hold", "consult")


def settle(draft: Draft) -> None:
    """Draw the conclusions for all that was touched."""
    for call_id in draft.calls.touched:
        if call := draft.calls.get(call_id):
            settled = draft.calls.put(call_id, _settled_call(draft, call_id, call))
            if settled.is_held != call.is_held or began_inside(draft.channels.get(call_id), draft.devices.after):
                _touch_agents(draft, settled)
    for name in draft.agents.touched:
        if agent := draft.agents.get(name):
            draft.agents.put(name, _settled_agent(draft, agent))
    for name in draft.agents.touched:
        before, after = draft.agents.before.get(name), draft.agents.get(name)
        if not (
            before and after and (before.state, before.memberships.keys()) == (after.state, after.memberships.keys())
        ):
            _count(draft, before, -1)
            _count(draft, after, +1)


def _touch_agents(draft: Draft, call: Call) -> None:
    """What they do follows from other legs than theirs: whose is held, whose still rings."""
    for key in call.channels:
        name = draft.devices.get(place_of(draft.channels.after[key].device))
        if name and (agent := draft.agents.get(name)):
            draft.agents.touch(name, agent)


def changes(draft: Draft) -> list[Change]:
    """The rows that differ from before."""
    return [change for kind in KINDS for change in _changed_rows(kind, getattr(draft, kind))]


def _changed_rows(kind: str, table: Table[Any]) -> Iterator[Change]:
    for key in table.touched:
        before, after = table.before.get(key), table.get(key)
        if before is not after and before != after:
            row = after.row() if after else None
            if row != (before.row() if before else None):
                yield Change(kind, key, row)


def _settled_call(draft: Draft, call_id: str, call: Call) -> Call:
    legs = [(each, draft.channels.after[each]) for each in call.channels]
    waiting = next(((key, leg.queue) for key, leg in legs if leg.queue), None)
    is_talking = any(leg.is_talking for _, leg in legs)
    where = "talking" if is_talking else "queue" if waiting else "ivr"
    since = call.since if where == call.where else draft.at
    if waiting and not is_talking:
        key, queue = waiting
        since = draft.queues.after[queue].waiting[key]
    return replace(
        call,
        where=where,
        since=since,
        queue=call.queue if where != "ivr" else "",
        agent=_agent_of_call(draft, call_id, call, legs),
        is_held=any(leg.is_held or leg.control == "hold" for _, leg in legs),
    )


def _agent_of_call(draft: Draft, call_id: str, call: Call, legs: list[tuple[str, Channel]]) -> str:
    """Who answered, as long as that phone is in the call; else whose phone is up, the caller's own last."""
    answered = draft.agents.get(call.agent)
    if call.agent and (answered is None or not answered.device):
        return call.agent
    if answered and any(leg.device == answered.device for _, leg in legs):
        return call.agent
    names = [(key == call_id, draft.devices.get(place_of(leg.device))) for key, leg in legs if leg.state == "up"]
    return min(((is_caller, name) for is_caller, name in names if name), default=(False, ""))[1]


def _settled_agent(draft: Draft, agent: Agent) -> Agent:
    legs = sorted((draft.channels.after[each] for each in agent.channels), key=_importance)
    leg = legs[0] if legs else None
    if agent.wrapup_until and agent.wrapup_until <= draft.at and not _rests(agent):
        agent = replace(agent, wrapup_until=None)
    state, reason = _doing(agent, legs, _steered(draft, agent, leg) or _calling(draft, leg))
    since = agent.since if (state, reason) == (agent.state, agent.reason) else draft.at
    call_id = leg.call_id if leg else ""
    queue = agent.queue if leg or state in ("ringing", "oncall", "hold", "wrapup") else ""
    call_since = (agent.call_since or draft.at) if state in _IN_A_CALL else None
    settled = replace(
        agent, state=state, reason=reason, since=since, call_id=call_id, call_since=call_since, queue=queue
    )
    return agent if settled == agent else settled


def _importance(leg: Channel) -> tuple[bool, bool]:
    """The customer who is held comes before the colleague who is asked meanwhile."""
    return not leg.is_held, leg.state != "up"


def _steered(draft: Draft, agent: Agent, leg: Channel | None) -> str:
    """What a page has made of the agent's own call; somebody who is asked in it has a call that nobody holds."""
    call = draft.calls.get(leg.call_id) if leg else None
    if leg is None or call is None or call.agent != draft.devices.get(place_of(agent.device)):
        return ""
    legs = [draft.channels.after[key] for key in call.channels]
    if leg.control == "consult" and any(each.is_talking for each in legs):
        return "consult"
    return "hold" if any(each.control == "hold" for each in legs) else ""


def _calling(draft: Draft, leg: Channel | None) -> str:
    """The own phone was called first and is up, and who is meant has not answered yet."""
    call = draft.calls.get(leg.call_id) if leg else None
    if leg is None or call is None or leg.state != "up" or draft.channels.get(leg.call_id) is not leg:
        return ""
    others = [each for each in map(draft.channels.after.__getitem__, call.channels) if each is not leg]
    return "dialing" if others and all(each.state == "ringing" for each in others) else ""


def _doing(agent: Agent, legs: list[Channel], steered: str) -> tuple[str, str]:
    """The agent's state and its reason: the phone before the wrap-up, the wrap-up before the pause."""
    if busy := steered or _on_the_phone(agent, legs):
        return busy, ""
    if agent.device_state in _UNAVAILABLE:
        return "offline", "unreachable"
    if agent.wrapup_until or _rests(agent):
        return "wrapup", ""
    reasons = [each.pause_reason for each in agent.memberships.values()]
    if None in reasons:  # paused in one queue only: ready for the others
        return "ready", ""
    reason = next(filter(None, reasons), "")
    return ("missed" if reason == MISSED else "paused"), reason


def _rests(agent: Agent) -> bool:
    return any(each.pause_reason == WRAPUP for each in agent.memberships.values())


def _on_the_phone(agent: Agent, legs: list[Channel]) -> str:
    leg = legs[0] if legs else None
    if leg and leg.is_held and any(not each.is_held and each.state != "ringing" for each in legs):
        return "consult"
    if agent.device_state == _ON_HOLD or (leg and leg.is_held):
        return "hold"
    if leg:
        return "oncall" if leg.state == "up" else leg.state
    if agent.device_state in _BUSY:
        return "oncall"
    return "ringing" if agent.device_state == _RINGING else ""


def _count(draft: Draft, agent: Agent | None, number: int) -> None:
    if agent is None:
        return
    for queue in agent.memberships:
        if queue == NO_QUEUE:
            continue
        row = draft.queues.get(queue) or Queue()
        tally = {**row.tally, agent.state: row.tally.get(agent.state, 0) + number}
        draft.queues.put(queue, replace(row, tally=tally))
