"""The picture from nothing: what Asterisk lists when it is asked, folded by the same rules as its events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from appliance.core.live import events as e
from appliance.core.live.fold import advance_all
from appliance.core.live.parser import Raw, parse_event
from appliance.core.live.state import Agent, Call, State

_EMPTY = State()
LISTS = (
    "QueueStatus",
    "PJSIPShowEndpoints",
    "PJSIPShowContacts",
    "CoreShowChannels",
)  # the actions, in the order to ask


def snapshot_state(items: Sequence[Raw], at: datetime, wrapup_s: Mapping[str, int], before: State = _EMPTY) -> State:
    """The state that these list items describe, as seen at this moment.

    What no list tells (the number dialled, since when) is taken from the picture before, where it shows the same call.
    """
    parsed = [event for event in (parse_event(item, at) for item in items) if event]
    state, _ = advance_all(
        State(wrapup_s=wrapup_s),
        [
            *sorted(parsed, key=_order),
            *_bridged(items, at),
            *(_wrapup(name, agent, at) for name, agent in before.agents.items() if agent.state == "wrapup"),
            e.TimePassed(at),
        ],
    )
    queues = {item["Linkedid"]: item["ApplicationData"].partition(",")[0] for item in items if _is_in_queue(item)}
    calls = {key: _call(call, before.calls.get(key), queues.get(key, ""), state) for key, call in state.calls.items()}
    state = replace(state, calls=calls)
    return replace(
        state, agents={name: _agent(agent, before.agents.get(name), state, at) for name, agent in state.agents.items()}
    )


def _wrapup(name: str, agent: Agent, at: datetime) -> e.WrapupKnown:
    return e.WrapupKnown(name, agent.wrapup_until, at, agent.extended, agent.is_held)


def _order(event: e.Event) -> int:
    """A call's first leg before the others; a caller who waits after the legs, for its item does not know the call."""
    if isinstance(event, e.CallerJoined):
        return 2
    return int(isinstance(event, e.ChannelOpened) and event.facts.channel_id != event.facts.call_id)


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


def _is_in_queue(item: Raw) -> bool:
    return item.get("Application") == "Queue" and {"Linkedid", "ApplicationData"} <= item.keys()


def _call(call: Call, before: Call | None, queue: str, state: State) -> Call:
    if call.where == "talking":
        call = replace(call, queue=queue, since=max(state.channels[each].opened_at for each in call.channels))
    if before:
        call = replace(call, did=before.did, started_at=before.started_at, guid=call.guid or before.guid)
        call = replace(call, campaign=call.campaign or before.campaign)
        if before.where == call.where:
            call = replace(call, since=before.since, queue=before.queue)
    return call


def _agent(agent: Agent, before: Agent | None, state: State, at: datetime) -> Agent:
    """With the nearest that the lists tell about the beginning of what an agent does."""
    known = {"ready": agent.ready_at, "paused": agent.paused_at, "wrapup": agent.paused_at}.get(agent.state)
    if agent.channels:
        known = max(state.channels[each].opened_at for each in agent.channels)
    call = state.calls.get(agent.call_id)
    agent = replace(agent, since=min(known or at, at), queue=call.queue if call else "")
    agent = replace(agent, call_since=agent.since if agent.call_since else None)
    if before:
        agent = replace(agent, missed=before.missed)
        if agent.call_since and before.call_since and before.call_id == agent.call_id:
            agent = replace(agent, call_since=before.call_since)
        if (before.state, before.reason, before.call_id) == (agent.state, agent.reason, agent.call_id):
            agent = replace(agent, since=before.since, queue=before.queue)
    return agent
