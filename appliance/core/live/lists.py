"""The picture from nothing: what Asterisk lists when it is asked, folded by the same rules as its events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from appliance.core.live import events as e
from appliance.core.live.fold import advance_all
from appliance.core.live.parser import Raw, parse_event
from appliance.core.live.state import Agent, Call, State

LISTS = ("QueueStatus", "PJSIPShowEndpoints", "CoreShowChannels")  # the actions, in the order to ask


def snapshot_state(items: Sequence[Raw], at: datetime, wrapup_s: Mapping[str, int]) -> State:
    """The state that these list items describe, as seen at this moment."""
    parsed = [event for event in (parse_event(item, at) for item in items) if event]
    callers = [event for event in parsed if isinstance(event, e.CallerJoined)]
    others = [event for event in parsed if not isinstance(event, e.CallerJoined)]
    bridged = list(_bridged(items, at))
    events: list[e.Event] = [*others, *callers, *bridged, e.TimePassed(at)]  # a caller waits on a channel known by then
    state, _ = advance_all(State(wrapup_s=wrapup_s), events)
    return replace(
        state,
        agents={name: _since(agent, state, at) for name, agent in state.agents.items()},
        calls={call_id: _talking_since(call, state) for call_id, call in state.calls.items()},
    )


def _bridged(items: Sequence[Raw], at: datetime) -> Iterable[e.BridgeEntered]:
    """Channels that share a bridge talk."""
    bridges: dict[str, list[Raw]] = {}
    for item in items:
        if item.get("Event") == "CoreShowChannel" and item.get("BridgeId"):
            bridges.setdefault(item["BridgeId"], []).append(item)
    for legs in bridges.values():
        for leg in legs:
            event = parse_event({**leg, "Event": "BridgeEnter", "BridgeNumChannels": str(len(legs))}, at)
            if isinstance(event, e.BridgeEntered):
                yield event


def _since(agent: Agent, state: State, at: datetime) -> Agent:
    """The nearest that Asterisk's lists tell about the beginning of what an agent does."""
    known = {"ready": agent.ready_at, "paused": agent.paused_at}.get(agent.state)
    if agent.channels:
        known = max(state.channels[each].opened_at for each in agent.channels)
    return replace(agent, since=min(known or at, at))


def _talking_since(call: Call, state: State) -> Call:
    if call.where != "talking":
        return call
    return replace(call, since=max(state.channels[each].opened_at for each in call.channels))
