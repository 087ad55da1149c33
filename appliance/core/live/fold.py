"""The fold: each event makes a new state and the rows that changed; an event that does not fit changes nothing."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from appliance.core.agents import NO_QUEUE, WRAPUP
from appliance.core.live import events as e
from appliance.core.live.draft import Draft
from appliance.core.live.settle import changes, settle
from appliance.core.live.state import Agent, Change, Contact, Membership, Phone, Queue, State


def advance(state: State, event: e.Event) -> tuple[State, list[Change]]:
    return advance_all(state, (event,))


def advance_all(state: State, events: Iterable[e.Event]) -> tuple[State, list[Change]]:
    """Several events at once: one change for each row, however often it changed between."""
    draft: Draft | None = None
    for event in events:
        draft = draft or Draft(state, event.at)
        draft.at = event.at
        _HANDLERS[type(event)](draft, event)
    if draft is None:
        return state, []
    settle(draft)
    return draft.state(), changes(draft)


def _channel_opened(draft: Draft, event: e.ChannelOpened) -> None:
    if event.facts.channel_id in draft.channels.after:
        _update_channel(draft, event.facts)
    else:
        draft.add_channel(event.facts)
        _describe_call(draft, event.facts)


def _channel_changed(draft: Draft, event: e.ChannelChanged) -> None:
    _update_channel(draft, event.facts)


def _channel_closed(draft: Draft, event: e.ChannelClosed) -> None:
    draft.drop_channel(event.channel_id)


def _update_channel(draft: Draft, facts: e.ChannelFacts) -> None:
    """Only for channels that are known: events may come after the hang-up, and must not bring a call back."""
    channel = draft.channels.get(facts.channel_id)
    if channel is None:
        return
    if channel.call_id != facts.call_id:
        channel = draft.move_channel(facts.channel_id, facts.call_id)
    if (channel.state, channel.control) != (facts.state, facts.control):
        draft.change_channel(facts.channel_id, replace(channel, state=facts.state, control=facts.control))
    _describe_call(draft, facts)


def _describe_call(draft: Draft, facts: e.ChannelFacts) -> None:
    """The first leg says who calls and which campaign it is now; any leg may know the GUID, and whom a dialer calls."""
    call = draft.calls.after[facts.call_id]
    after = replace(call, guid=call.guid or facts.guid, campaign=call.campaign or facts.campaign)
    if facts.channel_id == facts.call_id:
        caller, name = facts.caller or call.caller, facts.caller_name or call.caller_name
        after = replace(after, caller=caller, caller_name=name, campaign=facts.campaign or call.campaign)
    if facts.contacted:
        after = replace(after, caller=facts.contacted, caller_name="", did=facts.contacted)
    if after != call:
        draft.calls.put(facts.call_id, after)


def _bridge_entered(draft: Draft, event: e.BridgeEntered) -> None:
    _update_channel(draft, event.facts)
    if event.size > 1:  # the first in a bridge is alone, and is not asked again when the second comes
        _set_talking(draft, event.facts.channel_id, is_talking=True)


def _bridge_left(draft: Draft, event: e.BridgeLeft) -> None:
    _update_channel(draft, event.facts)
    _set_talking(draft, event.facts.channel_id, is_talking=False)


def _set_talking(draft: Draft, channel_id: str, *, is_talking: bool) -> None:
    channel = draft.leave_queue(channel_id) if is_talking else draft.channels.get(channel_id)
    if channel and channel.is_talking != is_talking:
        draft.change_channel(channel_id, replace(channel, is_talking=is_talking))


def _hold_changed(draft: Draft, event: e.HoldChanged) -> None:
    channel = draft.channels.get(event.channel_id)
    if channel and channel.is_held != event.is_held:
        draft.change_channel(event.channel_id, replace(channel, is_held=event.is_held))


def _caller_joined(draft: Draft, event: e.CallerJoined) -> None:
    if event.facts.channel_id not in draft.channels.after:
        draft.add_channel(event.facts)
    channel = draft.channels.after[event.facts.channel_id]
    _describe_call(draft, replace(event.facts, call_id=channel.call_id))  # the list's items do not know it
    if channel.queue != event.queue:
        draft.join_queue(event.facts.channel_id, event.queue)


def _caller_left(draft: Draft, event: e.CallerLeft) -> None:
    channel = draft.channels.get(event.channel_id)
    if channel and channel.queue == event.queue:
        draft.leave_queue(event.channel_id)


def _agent_rang(draft: Draft, event: e.AgentRang) -> None:
    if agent := draft.agents.get(event.agent):
        draft.agents.put(event.agent, replace(agent, queue=event.queue))


def _agent_missed(draft: Draft, event: e.AgentMissed) -> None:
    if agent := draft.agents.get(event.agent):
        draft.agents.put(event.agent, replace(agent, missed=agent.missed + 1))


def _agent_answered(draft: Draft, event: e.AgentAnswered) -> None:
    if agent := draft.agents.get(event.agent):
        draft.agents.put(event.agent, replace(agent, queue=event.queue))
    if channel := draft.leave_queue(event.channel_id):
        call = draft.calls.after[channel.call_id]
        draft.calls.put(channel.call_id, replace(call, agent=event.agent, queue=event.queue))
        draft.change_channel(event.channel_id, replace(channel, is_talking=True))


def _agent_finished(draft: Draft, event: e.AgentFinished) -> None:
    agent = draft.agents.get(event.agent)
    membership = agent.memberships.get(event.queue) if agent else None
    if agent and membership:
        wrapup_s = membership.wrapup_s or draft.wrapup_s.get(event.queue, 0)
        until = event.at + timedelta(seconds=wrapup_s) if wrapup_s else None
        draft.agents.put(event.agent, replace(agent, wrapup_until=until, extended=0))


def _member_seen(draft: Draft, event: e.MemberSeen) -> None:
    if event.queue not in (*draft.queues.after, NO_QUEUE):
        draft.queues.put(event.queue, Queue())
    agent = draft.place_agent(event.agent, event.device)
    if _rested(agent, event):
        agent = replace(agent, wrapup_until=None, extended=0, is_held=False)
    membership = Membership(event.device, event.pause_reason, event.calls_taken, event.wrapup_s)
    after = replace(
        agent,
        device_state=event.device_state,
        memberships={**agent.memberships, event.queue: membership},
        ready_at=max(agent.ready_at or event.ready_at, event.ready_at),
        paused_at=max(agent.paused_at or event.paused_at, event.paused_at),
    )
    if after != agent:
        draft.agents.put(event.agent, after)


def _rested(agent: Agent, event: e.MemberSeen) -> bool:
    """The wrap-up is over, whatever its time was."""
    before = agent.memberships.get(event.queue)
    return before is not None and before.pause_reason == WRAPUP and event.pause_reason != WRAPUP


def _member_gone(draft: Draft, event: e.MemberGone) -> None:
    agent = draft.agents.get(event.agent)
    membership = agent.memberships.get(event.queue) if agent else None
    if agent is None or membership is None or membership.device != event.device:
        return  # who changed phones may be added with the new one before the old one is removed
    memberships = {queue: each for queue, each in agent.memberships.items() if queue != event.queue}
    if memberships:
        draft.agents.put(event.agent, replace(agent, memberships=memberships))
    else:
        draft.drop_agent(event.agent)


def _phone_seen(draft: Draft, event: e.PhoneSeen) -> None:
    before = draft.phones.get(event.phone) or Phone()
    contacts, details = dict(before.contacts), dict(before.details)
    known = details.pop(event.contact, Contact())
    if event.is_reachable is None:
        contacts.pop(event.contact, None)
    else:
        contacts[event.contact] = event.is_reachable
        latency_ms = known.latency_ms if event.latency_ms is None else event.latency_ms
        user_agent = known.user_agent if event.user_agent is None else event.user_agent
        details[event.contact] = Contact(latency_ms, user_agent)
    draft.phones.put(event.phone, Phone(contacts, details))


def _phone_listed(draft: Draft, event: e.PhoneListed) -> None:
    draft.phones.put(event.phone, Phone(dict.fromkeys(event.contacts, event.is_reachable)))


def _queue_listed(draft: Draft, event: e.QueueListed) -> None:
    if event.queue not in (*draft.queues.after, NO_QUEUE):
        draft.queues.put(event.queue, Queue())


def _wrapup_known(draft: Draft, event: e.WrapupKnown) -> None:
    if agent := draft.agents.get(event.agent):
        known = replace(agent, wrapup_until=event.until, extended=event.extended, is_held=event.is_held)
        draft.agents.put(event.agent, known)


def _time_passed(draft: Draft, event: e.TimePassed) -> None:
    for name, agent in draft.agents.after.items():
        if agent.wrapup_until and agent.wrapup_until <= event.at:
            draft.agents.touch(name, agent)


_HANDLERS: dict[type, Callable[[Draft, Any], None]] = {
    e.ChannelOpened: _channel_opened,
    e.ChannelChanged: _channel_changed,
    e.ChannelClosed: _channel_closed,
    e.BridgeEntered: _bridge_entered,
    e.BridgeLeft: _bridge_left,
    e.HoldChanged: _hold_changed,
    e.CallerJoined: _caller_joined,
    e.CallerLeft: _caller_left,
    e.AgentRang: _agent_rang,
    e.AgentMissed: _agent_missed,
    e.AgentAnswered: _agent_answered,
    e.AgentFinished: _agent_finished,
    e.MemberSeen: _member_seen,
    e.MemberGone: _member_gone,
    e.PhoneSeen: _phone_seen,
    e.PhoneListed: _phone_listed,
    e.QueueListed: _queue_listed,
    e.WrapupKnown: _wrapup_known,
    e.TimePassed: _time_passed,
}
