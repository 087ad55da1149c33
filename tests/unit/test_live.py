"""The live fold: stories of calls as Asterisk tells them, and what the picture shows after each part."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from appliance.core.live import LISTS, State, TimePassed, advance, advance_all, changes_between, parse_event
from appliance.core.live.events import WrapupKnown
from appliance.core.live.lists import snapshot_state
from appliance.core.live.parser import device_of
from tests.ami_events import IN_USE, ON_HOLD, UNAVAILABLE, QueueCall, Raw, channel, listed_member, member

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ISO = NOON.isoformat()


def told(state: State, raws: Iterable[Raw], at: datetime = NOON) -> State:
    for raw in raws:
        event = parse_event(raw, at)
        if event:
            state, _ = advance(state, event)
    return state


def changed(state: State, raw: Raw, at: datetime = NOON) -> dict[str, Any]:
    event = parse_event(raw, at)
    assert event
    return {f"{change.kind}:{change.key}": change.row for change in advance(state, event)[1]}


def a_state(*agents: str, wrapup_s: int = 0, queues: tuple[str, ...] = ("sales",)) -> State:
    added = [member(queue, agent, "QueueMemberAdded") for agent in agents for queue in queues]
    return told(State(wrapup_s={"sales": wrapup_s}), added)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_call_from_arrival_to_hang_up() -> None:
    call = QueueCall(1)
    state = told(a_state("ana"), call.arrives(), later(1))
    assert state.rows()["calls"] == {
        call.caller_id: {
            "caller": "6001",
            "caller_name": "Bob",
            "did": "5551000",
            "where": "queue",
            "since": later(1).isoformat(),
            "started": later(1).isoformat(),
            "campaign": "hotline",
            "queue": "sales",
            "agent": "",
            "held": False,
            "guid": "g-1",
        }
    }
    assert state.queues["sales"].row() == {"waiting": 1, "longest": later(1).isoformat(), "agents": {"ready": 1}}

    state = told(state, call.rings(), later(2))
    ringing = state.agents["ana"].row()
    assert (ringing["state"], ringing["call"], ringing["queue"]) == ("ringing", call.caller_id, "sales")
    assert ringing["since"] == later(2).isoformat()
    assert state.calls[call.caller_id].where == "queue"

    state = told(state, call.is_answered(), later(5))
    row = state.calls[call.caller_id].row()
    assert (row["where"], row["queue"], row["agent"], row["since"]) == ("talking", "sales", "ana", later(5).isoformat())
    assert state.agents["ana"].state == "oncall"
    assert state.queues["sales"].row() == {"waiting": 0, "longest": None, "agents": {"oncall": 1}}

    state = told(state, call.ends(), later(65))
    assert (state.calls, state.channels) == ({}, {})
    ended = state.agents["ana"].row()
    assert (ended["state"], ended["call"], ended["queue"], ended["calls"]) == ("ready", "", "", 1)
    assert ended["since"] == later(65).isoformat()


def test_wrap_up_begins_with_the_end_of_the_call_and_ends_with_time() -> None:
    call = QueueCall(1)
    state = told(a_state("ana", wrapup_s=30), call.story(), later(60))
    row = state.agents["ana"].row()
    assert (row["state"], row["until"], row["queue"]) == ("wrapup", later(90).isoformat(), "sales")
    assert advance(state, TimePassed(later(89)))[1] == []
    state, changes = advance(state, TimePassed(later(90)))
    assert [(each.kind, each.key) for each in changes] == [("queues", "sales"), ("agents", "ana")]
    assert state.agents["ana"].row()["state"] == "ready"


def test_a_member_has_a_wrap_up_time_of_its_own() -> None:
    state = told(a_state("ana", wrapup_s=30), [member("sales", "ana", Wrapuptime="5")])
    state = told(state, [QueueCall(1).both("AgentComplete")])
    assert state.agents["ana"].wrapup_until == later(5)


def test_a_caller_who_gives_up() -> None:
    call = QueueCall(1)
    state = told(a_state("ana"), [*call.arrives(), call.caller("QueueCallerAbandon", Queue="sales")])
    assert state.calls[call.caller_id].where == "ivr"
    assert not state.queues["sales"].waiting
    state = told(state, [call.caller("QueueCallerLeave", Queue="sales"), call.caller("Hangup")])
    assert not state.calls


def test_a_hang_up_alone_takes_the_caller_out_of_the_queue() -> None:
    call = QueueCall(1)
    state = told(told(a_state(), call.arrives()), [call.caller("Hangup")])
    assert state.queues["sales"].row() == {"waiting": 0, "longest": None, "agents": {}}
    assert not state.calls


def test_a_caller_who_overflows_waits_in_one_queue_only() -> None:
    call = QueueCall(1)
    moved = call.caller("QueueCallerJoin", Queue="support")
    state = told(told(a_state(), call.arrives()), [moved], later(9))
    assert not state.queues["sales"].waiting
    assert state.queues["support"].waiting == {call.caller_id: later(9)}
    assert state.calls[call.caller_id].queue == "support"
    late = call.caller("QueueCallerLeave", Queue="sales")
    assert told(state, [late]) == state


def test_an_agent_who_does_not_answer() -> None:
    call = QueueCall(1)
    state = told(a_state("ana"), [*call.arrives(), *call.rings(), call.leg("Hangup"), *call.phone("1")])
    state = told(state, [call.both("AgentRingNoAnswer", RingTime="20000")])
    row = state.agents["ana"].row()
    assert (row["state"], row["missed"], row["queue"]) == ("ready", 1, "")
    assert state.calls[call.caller_id].where == "queue"


def test_a_pause_counts_when_it_is_in_every_queue() -> None:
    state = a_state("ana", queues=("sales", "support"))
    lunch = {"Paused": "1", "PausedReason": "lunch"}
    state = told(state, [member("sales", "ana", "QueueMemberPause", **lunch)])
    assert state.agents["ana"].state == "ready"
    state = told(state, [member("support", "ana", "QueueMemberPause", **lunch)], later(3))
    assert (state.agents["ana"].state, state.agents["ana"].reason) == ("paused", "lunch")
    assert state.agents["ana"].since == later(3)
    assert state.queues["support"].row()["agents"] == {"paused": 1}
    state = told(state, [member("sales", "ana", "QueueMemberPause")], later(9))
    assert (state.agents["ana"].state, state.agents["ana"].reason) == ("ready", "")


def test_a_paused_agent_on_a_call_is_on_the_call() -> None:
    call = QueueCall(1)
    state = told(a_state("ana"), [*call.arrives(), *call.rings(), *call.is_answered()])
    state = told(state, [member("sales", "ana", "QueueMemberPause", Paused="1", Status=IN_USE)])
    assert state.agents["ana"].state == "oncall"
    ends = [{**raw, "Paused": "1"} if raw["Event"] == "QueueMemberStatus" else raw for raw in call.ends()]
    assert told(state, ends).agents["ana"].state == "paused"


def test_hold_is_seen_on_the_agent_and_on_the_call() -> None:
    call = QueueCall(1)
    state = told(a_state("ana"), [*call.arrives(), *call.rings(), *call.is_answered(), call.leg("Hold")])
    assert (state.agents["ana"].state, state.calls[call.caller_id].is_held) == ("hold", True)
    state = told(state, [call.leg("Unhold")])
    assert (state.agents["ana"].state, state.calls[call.caller_id].is_held) == ("oncall", False)
    state = told(state, [call.caller("Hold")])  # the customer's own phone: the agent is on the call
    assert (state.agents["ana"].state, state.calls[call.caller_id].is_held) == ("oncall", True)
    assert told(state, [member("sales", "ana", Status=ON_HOLD)]).agents["ana"].state == "hold"


def test_an_agent_whose_phone_was_called_first_dials_until_the_other_side_answers() -> None:
    leg, far = channel("PJSIP/ana-00000001", "7.1", ChanVariable="GUID=g"), channel("PJSIP/out-00000002", "7.2", "7.1")
    taken = [{"Event": "Newchannel", **leg, "ChannelState": "0"}, {"Event": "Newstate", **leg}]
    state = told(a_state("ana"), [*taken, member("sales", "ana", Status="2")])
    state = told(state, [{"Event": "Newchannel", **far, "ChannelState": "0"}], later(1))
    state = told(state, [{"Event": "Newstate", **far, "ChannelState": "5"}], later(2))
    assert (state.agents["ana"].state, state.agents["ana"].since) == ("dialing", later(1))
    assert state.queues["sales"].row()["agents"] == {"dialing": 1}
    state = told(state, [{"Event": "Newstate", **far}], later(9))
    assert (state.agents["ana"].state, state.agents["ana"].call_since) == ("oncall", later(9))


def test_an_agent_who_dials() -> None:
    leg = channel("PJSIP/ana-00000001", "7.1", Exten="1002", CallerIDNum="1001")
    state = told(
        a_state("ana"), [{"Event": "Newchannel", **leg, "ChannelState": "4"}, member("sales", "ana", Status="2")]
    )
    assert (state.agents["ana"].state, state.agents["ana"].call_id) == ("dialing", "7.1")
    state = told(state, [{"Event": "Newstate", **leg}])
    assert (state.agents["ana"].state, state.calls["7.1"].agent) == ("oncall", "ana")
    assert state.calls["7.1"].did == "1002"


def test_whom_a_dialer_calls_is_the_other_side_whatever_the_half_that_dials_says() -> None:
    half = channel("Local/00447@dialer-out-sales-00000001;1", "1.0", CallerIDNum="s", Exten="s")
    told_of = {**half, "ChanVariable": "GUID=g-1\nATTEMPT_NUMBER=+447"}
    state = told(a_state(), [{"Event": "Newchannel", **half}, {"Event": "Newstate", **told_of}])
    [call] = state.calls.values()
    assert (call.caller, call.caller_name, call.did, call.guid) == ("+447", "", "+447", "g-1")


def test_an_unreachable_phone_makes_its_agent_offline() -> None:
    state = told(a_state("ana"), [member("sales", "ana", Status=UNAVAILABLE)])
    assert (state.agents["ana"].state, state.agents["ana"].reason) == ("offline", "unreachable")


def test_who_leaves_the_last_queue_is_gone() -> None:
    state = a_state("ana", queues=("sales", "support"))
    state = told(state, [member("sales", "ana", "QueueMemberRemoved")])
    assert state.agents["ana"].row()["queues"] == ["support"]
    rows = changed(state, member("support", "ana", "QueueMemberRemoved"))
    assert rows == {"queues:support": {"waiting": 0, "longest": None, "agents": {}}, "agents:ana": None}


def test_who_changes_phones_stays_logged_in() -> None:
    moved = member("sales", "ana", "QueueMemberAdded", Interface="PJSIP/1002", StateInterface="PJSIP/1002")
    state = told(a_state("ana"), [moved, member("sales", "ana", "QueueMemberRemoved")])
    assert state.agents["ana"].device == "PJSIP/1002"


def test_the_agent_is_where_the_phone_is() -> None:
    state = a_state("ana", "ben")
    moved = {"Interface": "PJSIP/ben", "StateInterface": "PJSIP/ben"}
    state = told(state, [member("sales", "ana", **moved), *QueueCall(1, agent="ben", member_of=()).rings()])
    assert state.agents["ana"].state == "ringing"
    assert (state.agents["ben"].state, state.agents["ben"].device) == ("ready", "")


def test_a_call_at_the_other_phone_of_the_extension_is_the_agents() -> None:
    browser = {"Interface": "PJSIP/1001-web", "StateInterface": "PJSIP/1001-web"}
    state = told(State(), [member("sales", "ana", **browser)])
    desk = channel("PJSIP/1001-00000001", "7.1", Exten="1002", CallerIDNum="1001")
    state = told(state, [{"Event": "Newchannel", **desk}])
    assert (state.agents["ana"].device, state.agents["ana"].call_id) == ("PJSIP/1001-web", "7.1")
    assert (state.agents["ana"].state, state.calls["7.1"].agent) == ("oncall", "ana")
    state = told(state, [{"Event": "Hangup", **desk}, member("sales", "ana", "QueueMemberAdded")])
    assert (state.agents["ana"].state, state.agents["ana"].channels) == ("ready", ())


def test_who_logs_in_during_a_call_is_on_the_call() -> None:
    call = QueueCall(1, member_of=())
    state = told(State(), [*call.arrives(), *call.rings(), *call.is_answered()])
    state = told(state, [member("sales", "ana", "QueueMemberAdded", Status=IN_USE)])
    assert (state.agents["ana"].state, state.agents["ana"].call_id) == ("oncall", call.caller_id)


def test_bridged_calls_become_one() -> None:
    call = QueueCall(1)
    state = told(a_state("ana"), [*call.arrives(), *call.rings(), *call.is_answered()])
    other = channel("PJSIP/ben-00000009", "9.1")
    state = told(state, [{"Event": "Newchannel", **other}])
    assert len(state.calls) == 2
    state = told(state, [{"Event": "BridgeEnter", **other, "Linkedid": call.caller_id, "BridgeNumChannels": "3"}])
    assert list(state.calls) == [call.caller_id]
    assert len(state.calls[call.caller_id].channels) == 3


def test_the_caller_id_may_become_known_later() -> None:
    call = QueueCall(1)
    state = told(State(), call.arrives())
    state = told(state, [call.caller("NewCallerid", CallerIDName="Señor Mamà")])
    assert state.calls[call.caller_id].caller_name == "Señor Mamà"
    state = told(state, [call.leg("Newchannel"), call.leg("NewCallerid", CallerIDName="Ana")])
    assert state.calls[call.caller_id].caller_name == "Señor Mamà"


def test_nothing_comes_back_after_the_hang_up() -> None:
    call = QueueCall(1)
    ended = told(a_state("ana"), call.story())
    for raw in (call.leg("Newstate"), call.caller("BridgeEnter", BridgeNumChannels="2"), call.caller("Hold")):
        assert told(ended, [raw]) == ended


def test_what_changes_nothing_tells_nothing() -> None:
    state = a_state("ana")
    assert changed(state, member("sales", "ana")) == {}
    assert told(state, [member("sales", "ana")]) == state


def test_several_events_at_once_give_one_change_for_each_row() -> None:
    call = QueueCall(1)
    before = a_state("ana")
    events = [event for raw in call.is_answered() + call.arrives() if (event := parse_event(raw, NOON))]
    state, changes = advance_all(before, events)
    assert len({(each.kind, each.key) for each in changes}) == len(changes)
    assert sorted(map(repr, changes)) == sorted(map(repr, changes_between(before, state)))


def test_a_state_is_never_written_to() -> None:
    call = QueueCall(1)
    empty = a_state("ana")
    before = empty.rows()
    told(empty, call.story())
    assert empty.rows() == before


@pytest.mark.parametrize(
    ("contact_status", "status"),
    [
        ("Reachable", "registered"),
        ("NonQualified", "registered"),
        ("Unreachable", "unreachable"),
        ("Removed", "unregistered"),
    ],
)
def test_phones(contact_status: str, status: str) -> None:
    raw = {
        "Event": "ContactStatus",
        "EndpointName": "1001",
        "AOR": "1001",
        "URI": "sip:1",
        "ContactStatus": contact_status,
    }
    row = changed(State(), raw)["phones:1001"]
    assert row
    assert row["status"] == status


def test_a_phone_with_two_contacts_needs_one() -> None:
    raw = {"Event": "ContactStatus", "EndpointName": "1001", "URI": "sip:1", "ContactStatus": "Reachable"}
    state = told(State(), [raw, {**raw, "URI": "sip:2", "ContactStatus": "Unreachable"}])
    assert state.phones["1001"].status == "registered"
    assert told(state, [{**raw, "ContactStatus": "Removed"}]).phones["1001"].status == "unreachable"


def test_wrap_up_as_a_pause_lasts_until_asterisk_says_that_it_is_over() -> None:
    resting = {"Paused": "1", "PausedReason": "wrapup", "LastPause": str(int(NOON.timestamp()))}
    state = told(a_state("ana", wrapup_s=30), [*QueueCall(1).story(), member("sales", "ana", **resting)], later(60))
    longer = WrapupKnown("ana", later(150), later(61), extended=1)
    state = advance(state, longer)[0]
    row = state.agents["ana"].row()
    assert (row["state"], row["until"], row["extended"], row["held"]) == ("wrapup", later(150).isoformat(), 1, False)
    state = advance(state, WrapupKnown("ana", later(150), later(70), 1, is_held=True))[0]
    state = advance(state, TimePassed(later(500)))[0]
    row = state.agents["ana"].row()
    assert (row["state"], row["until"], row["held"]) == ("wrapup", later(150).isoformat(), True)
    again = snapshot_state([listed_member("sales", "ana", **resting)], later(600), {}, state)
    assert again.agents["ana"].row()["held"] is True
    ready = told(again, [member("sales", "ana", "QueueMemberPause")], later(601)).agents["ana"].row()
    assert (ready["state"], ready["held"], ready["extended"]) == ("ready", False, 0)


def test_whom_a_rule_paused_has_missed() -> None:
    state = told(a_state("ana"), [member("sales", "ana", "QueueMemberPause", Paused="1", PausedReason="missed")])
    assert state.agents["ana"].row()["state"] == "missed"


def test_who_asks_a_colleague_while_the_customer_is_held_consults() -> None:
    call = QueueCall(1)
    state = told(a_state("ana"), [*call.arrives(), *call.rings(), *call.is_answered(), call.leg("Hold")])
    asked = channel("PJSIP/ana-0000000b", "8.1", Exten="1002")
    state = told(state, [{"Event": "Newchannel", **asked, "ChannelState": "4"}])
    row = state.agents["ana"].row()
    assert (row["state"], row["call"]) == ("consult", call.caller_id)
    state = told(state, [{"Event": "Hangup", **asked}])
    assert state.agents["ana"].row()["state"] == "hold"


def test_the_clock_of_a_call_goes_on_over_a_hold_and_a_question() -> None:
    call = QueueCall(1)
    state = told(a_state("ana"), [*call.arrives(), *call.rings(), *call.is_answered()], later(1))
    for second, kind, state_then in [(20, "Hold", "hold"), (50, "Unhold", "oncall"), (80, "Hold", "hold")]:
        state = told(state, [call.leg(kind)], later(second))
        row = state.agents["ana"].row()
        assert (row["state"], row["since"]) == (state_then, later(second).isoformat())
        assert row["call_since"] == later(1).isoformat()
    assert told(state, call.ends(), later(90)).agents["ana"].row()["call_since"] is None


def test_who_serves_no_queue_is_shown_in_none_and_who_stands_in_is_nobody() -> None:
    added = [member("_no-queue", "ana", "QueueMemberAdded"), member("sales", "_wrapup", "QueueMemberAdded")]
    state = told(State(), [*added, {"Event": "QueueParams", "Queue": "_no-queue"}])
    assert state.rows()["queues"] == {}
    assert {key: (row["state"], row["queues"]) for key, row in state.rows()["agents"].items()} == {"ana": ("ready", [])}


# the picture from lists


def a_list() -> list[Raw]:
    waiting, talking = QueueCall(1), QueueCall(2)
    return [
        {"Event": "QueueParams", "Queue": "sales"},
        {"Event": "QueueParams", "Queue": "empty"},
        listed_member("sales", "ana", Status=IN_USE),
        listed_member("sales", "ben", Paused="1", PausedReason="lunch", LastPause=str(int(NOON.timestamp()) - 40)),
        listed_member("sales", "cai", LastCall=str(int(NOON.timestamp()) - 50)),
        {**waiting.caller("QueueEntry", Queue="sales", Wait="30"), "Linkedid": ""},
        {
            "Event": "EndpointList",
            "ObjectName": "ana",
            "Contacts": "ana/sip:ana@10.0.0.1:5060,",
            "DeviceState": "In use",
        },
        {"Event": "EndpointList", "ObjectName": "ben", "Contacts": "ben/sip:b@10.0.0.2,", "DeviceState": "Unavailable"},
        {"Event": "EndpointList", "ObjectName": "cai", "Contacts": "", "DeviceState": "Unavailable"},
        waiting.caller("CoreShowChannel", Duration="00:00:45", BridgeId=""),
        talking.caller("CoreShowChannel", Duration="01:00:09", BridgeId="b2"),
        talking.leg("CoreShowChannel", Duration="00:00:07", BridgeId="b2"),
    ]


def test_the_picture_from_lists() -> None:
    state = snapshot_state(a_list(), NOON, {"sales": 10})
    rows = state.rows()
    assert rows["queues"] == {
        "sales": {"waiting": 1, "longest": later(-30).isoformat(), "agents": {"oncall": 1, "paused": 1, "ready": 1}},
        "empty": {"waiting": 0, "longest": None, "agents": {}},
    }
    found = {name: (row["state"], row["since"], row["reason"]) for name, row in rows["agents"].items()}
    assert found == {
        "ana": ("oncall", later(-7).isoformat(), ""),
        "ben": ("paused", later(-40).isoformat(), "lunch"),
        "cai": ("ready", later(-50).isoformat(), ""),
    }
    assert {key: row["status"] for key, row in rows["phones"].items()} == {
        "ana": "registered",
        "ben": "unreachable",
        "cai": "unregistered",
    }
    waiting, talking = rows["calls"][QueueCall(1).caller_id], rows["calls"][QueueCall(2).caller_id]
    assert (waiting["where"], waiting["since"], waiting["started"]) == (
        "queue",
        later(-30).isoformat(),
        later(-45).isoformat(),
    )
    assert (talking["where"], talking["agent"], talking["since"]) == ("talking", "ana", later(-7).isoformat())
    assert state.wrapup_s == {"sales": 10}


def test_a_new_picture_keeps_what_only_the_old_one_knew() -> None:
    waiting, talking, done = QueueCall(1), QueueCall(2), QueueCall(3, agent="ben")
    old = told(a_state("ana", "ben", wrapup_s=60), [*waiting.arrives(), *talking.arrives()], later(-40))
    old = told(old, [*talking.rings(), *talking.is_answered()], later(-20))
    old = told(old, [talking.both("AgentRingNoAnswer"), *done.story()], later(-10))
    channels = [
        {**each, "Duration": "00:00:01", "BridgeId": "b", "Exten": "s"}
        for each in (talking.leg("CoreShowChannel"), talking.caller("CoreShowChannel"))
    ]
    members = [
        listed_member("sales", "ana", Status=IN_USE, CallsTaken="0"),
        listed_member("sales", "ben", CallsTaken="1"),
    ]
    items = [*members, *channels, {**waiting.caller("CoreShowChannel"), "Duration": "00:00:01", "BridgeId": ""}]
    items.append({**waiting.caller("QueueEntry", Queue="sales", Wait="40"), "Linkedid": ""})
    new = snapshot_state(items, NOON, old.wrapup_s, old)
    assert new.rows() == old.rows()
    assert told(new, [], NOON) == new
    assert advance(new, TimePassed(later(50)))[0].agents["ben"].state == "ready"


def test_without_an_old_picture_the_queue_and_number_come_from_the_first_leg() -> None:
    talking = QueueCall(2)
    in_queue = {"BridgeId": "b", "Duration": "00:00:09", "Application": "Queue", "ApplicationData": "sales,tT,,,300"}
    in_other = {
        "BridgeId": "b",
        "Duration": "00:00:09",
        "Application": "AppQueue",
        "ApplicationData": "(Outgoing Line)",
    }
    items = [talking.leg("CoreShowChannel", Exten="s", **in_other), talking.caller("CoreShowChannel", **in_queue)]
    state = snapshot_state([*items, listed_member("sales", "ana", Status=IN_USE)], NOON, {})
    call = state.calls[talking.caller_id]
    assert (call.did, call.queue, call.agent, state.agents["ana"].queue) == ("5551000", "sales", "ana", "sales")


def test_events_go_on_where_the_lists_ended() -> None:
    state = told(snapshot_state(a_list(), NOON, {}), [*QueueCall(2).ends(), QueueCall(1).caller("Hangup")])
    assert not state.calls
    assert state.queues["sales"].row()["agents"] == {"ready": 2, "paused": 1}


def test_the_lists_that_are_asked_for() -> None:
    assert LISTS == ("QueueStatus", "PJSIPShowEndpoints", "PJSIPShowContacts", "CoreShowChannels")


# the border


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("PJSIP/1001-0000002a", "PJSIP/1001"),
        ("PJSIP/ana-maria-0000002a", "PJSIP/ana-maria"),
        ("PJSIP/ana-maria", "PJSIP/ana-maria"),
        ("Local/ana@agents-00000001;1", "Local/ana@agents"),
        ("Local/ana@agents-00000001;2", ""),
        ("Local/ana@agents/n", "Local/ana@agents"),
        ("", ""),
    ],
)
def test_device_of(name: str, device: str) -> None:
    assert device_of(name) == device


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"Event": "VarSet", "Uniqueid": "1"},
        {"Event": "Newchannel"},
        {"Event": "QueueCallerJoin", "Uniqueid": "1"},
        member("sales", "ana", Status="x"),
        member("sales", "ana", LoginTime="9" * 30),
        {"Event": "CoreShowChannel", "Uniqueid": "1", "Duration": "long"},
        {"Event": "QueueEntry", "Uniqueid": "1", "Queue": "q", "Wait": "9" * 30},
    ],
)
def test_what_does_not_concern_us_is_none(raw: Raw) -> None:
    assert parse_event(raw, NOON) is None


def test_a_phone_tells_where_it_is_and_of_what_kind() -> None:
    raw = {
        "Event": "ContactStatus",
        "EndpointName": "1001",
        "URI": "sip:1001@10.0.0.5:5061;ob",
        "RoundtripUsec": "22400",
    }
    state = told(State(), [{**raw, "ContactStatus": "Reachable"}])
    row = {"status": "registered", "where": "10.0.0.5:5061", "latency_ms": 22, "user_agent": ""}
    assert state.phones["1001"].row() == row
    assert not state.phones["1001"].is_known
    listed = {"Event": "ContactList", "Endpoint": "1001", "Uri": raw["URI"], "Status": "Reachable"}
    state = told(state, [{**listed, "UserAgent": "Linphone/5.2", "RoundtripUsec": "N/A"}])
    assert state.phones["1001"].row() == row | {"user_agent": "Linphone/5.2"}
    assert state.phones["1001"].is_known
    gone = told(state, [{**raw, "ContactStatus": "Removed"}])
    assert gone.phones["1001"].row() == {"status": "unregistered", "where": "", "latency_ms": None, "user_agent": ""}


def test_a_wait_that_an_offer_parts_is_one_wait() -> None:
    call = QueueCall(1)
    joins = [raw for raw in call.arrives() if raw["Event"] == "QueueCallerJoin"]
    leaves = [{**joins[0], "Event": "QueueCallerLeave"}]
    state = told(a_state("ana"), call.arrives(), later(1))
    again = told(told(state, leaves, later(60)), joins, later(60.2))
    assert again.queues["sales"].row()["longest"] == later(1).isoformat()
    assert again.rows()["calls"][call.caller_id]["since"] == later(1).isoformat()
    anew = told(told(state, leaves, later(60)), joins, later(70))
    assert anew.queues["sales"].row()["longest"] == later(70).isoformat()
