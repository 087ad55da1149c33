"""Whatever Asterisk says, in whatever order: the picture stays true to itself, and nothing is left of ended calls."""

from datetime import UTC, datetime, timedelta
from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.live import KINDS, State, TimePassed, advance, changes_between, parse_event, snapshot_state
from tests.ami_events import QueueCall, Raw, channel, listed_member, member

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
AGENTS, QUEUES = ("ana", "ben"), ("sales", "support")
CALLS = [QueueCall(1, "sales", "ana", QUEUES), QueueCall(2, "support", "ben", QUEUES)]


def possible_events() -> list[Raw]:
    """Two calls' events, and others about the same channels, agents and queues."""
    raws = [raw for call in CALLS for raw in call.story()]
    for call in CALLS:
        raws += [call.leg(event) for event in ("Hold", "Unhold")]
        raws += [call.caller("QueueCallerJoin", Queue=queue) for queue in QUEUES]
        raws += [call.both("AgentRingNoAnswer"), call.caller("Newstate", Linkedid=CALLS[0].caller_id)]
        raws += [call.leg("BridgeEnter", Linkedid=CALLS[1].caller_id, BridgeNumChannels="2")]
        raws += [
            call.caller("CoreShowChannel", Duration="00:00:10"),
            call.caller("QueueEntry", Queue="sales", Wait="3"),
        ]
    for queue in QUEUES:
        for agent in AGENTS:
            raws += [member(queue, agent, Status=status) for status in "1256"]
            raws += [member(queue, agent, "QueueMemberPause", Paused=paused) for paused in "01"]
            raws += [member(queue, agent, "QueueMemberRemoved"), listed_member(queue, agent)]
            raws += 4 * [member(queue, agent, Interface="PJSIP/shared", StateInterface="PJSIP/shared")]
    raws += [{"Event": "Newchannel", **channel("PJSIP/shared-00000001", "1.1")}]
    return raws


EVENTS = possible_events()
some_events = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 40)), min_size=5, max_size=60)


def check_consistent(state: State) -> None:
    waiting = [(queue, each) for queue, row in state.queues.items() for each in row.waiting]
    assert len({channel_id for _, channel_id in waiting}) == len(waiting), "a caller waits in one queue only"
    for queue, channel_id in waiting:
        assert state.channels[channel_id].queue == queue
    assert len(waiting) == sum(1 for each in state.channels.values() if each.queue)
    listed = [(call_id, each) for call_id, call in state.calls.items() for each in call.channels]
    assert sorted(listed) == sorted((each.call_id, channel_id) for channel_id, each in state.channels.items())
    for call in state.calls.values():
        legs = [state.channels[each] for each in call.channels]
        assert legs
        talks, waits = any(leg.is_talking for leg in legs), any(leg.queue for leg in legs)
        assert call.where == ("talking" if talks else "queue" if waits else "ivr")
    check_agents(state)


def check_agents(state: State) -> None:
    for name, agent in state.agents.items():
        assert agent.memberships
        at_phone = {key for key, each in state.channels.items() if agent.device and each.device == agent.device}
        assert set(agent.channels) == at_phone
        assert not agent.device or state.devices[agent.device] == name
        assert agent.call_id in (*state.calls, "")
    for queue, row in state.queues.items():
        states = [agent.state for agent in state.agents.values() if queue in agent.memberships]
        assert {each: states.count(each) for each in states} == {each: n for each, n in row.tally.items() if n}
    assert all(queue in state.queues for agent in state.agents.values() for queue in agent.memberships)


@settings(max_examples=80, deadline=None)
@given(some_events)
def test_any_order_of_events_leaves_the_picture_consistent(events: list[tuple[Raw, int]]) -> None:
    state, at = State(wrapup_s={"sales": 20}), NOON
    for raw, passed_s in events:
        at += timedelta(seconds=passed_s)
        for event in filter(None, (parse_event(raw, at), TimePassed(at))):
            before = state
            state, changes = advance(state, event)
            assert sorted(map(repr, changes)) == sorted(map(repr, changes_between(before, state)))
        check_consistent(state)
    for channel_id in list(state.channels):
        closed = parse_event({"Event": "Hangup", "Uniqueid": channel_id}, at)
        assert closed
        state, _ = advance(state, closed)
    assert not state.calls
    assert not state.channels
    assert not any(row.waiting for row in state.queues.values())
    assert not any(agent.call_id for agent in state.agents.values())


@settings(max_examples=100, deadline=None)
@given(some_events, st.lists(st.sampled_from(EVENTS), max_size=20))
def test_a_browser_that_applies_the_changes_sees_the_same(before: list[tuple[Raw, int]], events: list[Raw]) -> None:
    state = snapshot_state([raw for raw, _ in before], NOON, {})
    check_consistent(state)
    seen = state.rows()
    for raw in events:
        event = parse_event(raw, NOON)
        if event is None:
            continue
        state, changes = advance(state, event)
        for change in changes:
            if change.row is None:
                del seen[change.kind][change.key]
            else:
                seen[change.kind][change.key] = change.row
    assert seen == state.rows()
    assert set(seen) == set(KINDS)


FIELDS = sorted(set(chain.from_iterable(EVENTS)))
NAMES = sorted({raw["Event"] for raw in EVENTS} | {"ContactStatus", "EndpointList", "QueueParams"})


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(NAMES), st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=30)), st.sampled_from(EVENTS))
def test_no_event_can_raise(name: str, odd: dict[str, str], base: Raw) -> None:
    event = parse_event({**base, **odd, "Event": name}, NOON)
    if event:
        state, _ = advance(State(), event)
        check_consistent(state)
