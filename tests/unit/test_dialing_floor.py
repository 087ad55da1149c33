"""What dialers see and may do: shares of agents, progress of calls, caps and the word for each end."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from appliance.core.agents import NO_QUEUE
from appliance.core.dialing.attempts import Attempt
from appliance.core.dialing.calls import Calls
from appliance.core.dialing.notice import Notice
from appliance.core.dialing.originate import dialled_for
from appliance.core.dialing.outcome import Unanswered, unanswered
from appliance.core.dialing.progress import Progress, inbound_waiting, lines_of, progress_by_guid
from appliance.core.dialing.room import Backoff, Lines, Rate
from appliance.core.dialing.seen import Floor, OpenCall, Team, share_floor
from appliance.core.live.state import Agent, Call, Channel, Membership, Queue, State
from appliance.core.pacing.budget import Budget
from appliance.core.pacing.learning import start_learning
from appliance.core.pacing.pace import decide
from appliance.core.pacing.seen import Rules
from tests.sites import a_site

NOW = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)


def ago(seconds: float) -> dt.datetime:
    return NOW - dt.timedelta(seconds=seconds)


def an_agent(*queues: str, state: str = "ready", since_s: float = 10, **fields: Any) -> Agent:
    members = {queue: Membership("PJSIP/1") for queue in queues}
    return Agent("PJSIP/1", ago(since_s), state, memberships=members, **fields)


def a_call(channels: dict[str, Channel], call_id: str, guid: str, **fields: Any) -> Call:
    return Call(
        ago(5), ago(5), guid=guid, channels=tuple(k for k, c in channels.items() if c.call_id == call_id), **fields
    )


def a_floor(state: State, calls: dict[str, OpenCall] | None = None, **teams: Team) -> Floor:
    return Floor(NOW, 100.0, state, teams or {"d": Team("sales", 10, 2)}, calls or {})


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (Unanswered("BUSY", 17, "SIP 486 Busy Here"), "busy"),
        (Unanswered("CHANUNAVAIL", 1, "SIP 404 Not Found"), "bad_number"),
        (Unanswered("NOANSWER", 1, "SIP 404 Not Found"), "bad_number"),
        (Unanswered("CHANUNAVAIL", 28, "SIP 484 Address Incomplete"), "bad_number"),
        (Unanswered("CHANUNAVAIL", 22, "SIP 410 Gone"), "bad_number"),
        (Unanswered("CHANUNAVAIL", 21, "SIP 603 Decline"), "rejected"),
        (Unanswered("CONGESTION", 34, "SIP 503 Service Unavailable"), "congestion"),
        (Unanswered("CONGESTION", 38, ""), "congestion"),
        (Unanswered("NOANSWER", 0, "SIP 180 Ringing"), "no_answer"),
        (Unanswered("NOANSWER", 19, "SIP 480 Temporarily Unavailable"), "no_answer"),
        (Unanswered("BUSY", 17, "", is_our_line=True), "congestion"),
        (Unanswered("CANCEL", 0, ""), "no_answer"),
        (Unanswered("", 0, ""), "congestion"),
    ],
)
def test_an_unanswered_call_is_named_by_what_the_far_end_said(told: Unanswered, outcome: str) -> None:
    assert unanswered(told) == outcome


def test_nobody_counts_for_two_dialers_and_callers_from_outside_come_first() -> None:
    agents = {name: an_agent("sales", "care") for name in ("ana", "luis", "rosa")}
    channels = {"c": Channel("call", "PJSIP/trunk-main", "up", ago(9), queue="care")}
    calls = {"call": a_call(channels, "call", "inbound")}
    state = State(queues={"care": Queue({"c": ago(3)})}, agents=agents, calls=calls, channels=channels)
    shares = share_floor(a_floor(state, one=Team("sales", 10, 2), two=Team("care", 10, 2)))
    given = [*shares["one"].ready, *shares["two"].ready]
    assert len(given) == len(set(given)) == 2  # the third will take the caller


def test_an_agent_who_is_paused_in_a_queue_is_not_ready_for_it() -> None:
    paused = Agent(
        "PJSIP/1", ago(1), "ready", memberships={"sales": Membership("PJSIP/1", "lunch"), "care": Membership("PJSIP/1")}
    )
    assert share_floor(a_floor(State(agents={"ana": paused})))["d"].ready == ()


def test_who_waits_and_whose_agent_rings_is_counted_once() -> None:
    state = State(agents={"ana": an_agent("sales"), "luis": an_agent("sales", state="ringing", queue="sales")})
    waiting = {guid: OpenCall("d", Progress("waiting", "main"), ago(s)) for guid, s in (("a", 1.0), ("b", 0.2))}
    ringing = {
        "c": OpenCall("d", Progress("ringing", "main"), ago(4)),
        "over": OpenCall("d", Progress("ringing"), ago(4), True),
    }
    seen = share_floor(a_floor(state, waiting | ringing))["d"].seen
    assert (seen.ready, seen.waiting_s, seen.ringing_s, seen.free) == (1, (0.2,), (4.0,), 0)


def test_after_the_answer_a_machine_is_looked_for_or_an_agent() -> None:
    answered = {
        "a": OpenCall("d", Progress("answered", "main"), ago(1)),
        "old": OpenCall("d", Progress("answered", "main"), ago(30)),
    }
    state = State(agents={"ana": an_agent("sales")})
    plain = share_floor(a_floor(state, answered))["d"].seen
    assert (plain.waiting_s, plain.detecting_s) == ((1.0,), ())
    looking = share_floor(a_floor(state, answered, d=Team("sales", 10, 2, True)))["d"].seen
    assert (looking.waiting_s, looking.detecting_s) == ((), (1.0,))


def test_busy_agents_count_for_the_dialer_whose_call_they_are_on() -> None:
    agents = {
        "ana": an_agent("sales", "care", state="oncall", since_s=40),
        "luis": an_agent("sales", "care", state="wrapup", since_s=5),
    }
    calls = {"g": OpenCall("one", Progress("talking", "main", "ana"), ago(40))}
    shares = share_floor(a_floor(State(agents=agents), calls, one=Team("sales", 10, 2), two=Team("care", 10, 2)))
    assert shares["one"].seen.talking_s == (40.0,)
    assert shares["two"].seen.wrapping_s == (5.0,)


def test_who_leaves_after_the_call_is_not_waited_for() -> None:
    left = Agent("PJSIP/1", ago(9), "oncall", memberships={NO_QUEUE: Membership("PJSIP/1")})
    agents = {
        "ana": an_agent("sales", state="oncall"),
        "luis": Agent("PJSIP/2", ago(9), "oncall", memberships={"sales": Membership("PJSIP/2", "lunch")}),
        "rosa": an_agent("sales", state="wrapup"),
        "eva": left,
    }
    calls = {name: OpenCall("d", Progress("talking", "main", name), ago(9)) for name in ("ana", "luis", "eva")}
    floor = replace(a_floor(State(agents=agents), calls), notice=Notice(frozenset({"rosa"})))
    seen = share_floor(floor)["d"].seen
    assert (seen.leaving, seen.agents) == (3, 1)
    alone = replace(floor, notice=Notice(frozenset({"rosa", "ana"})))
    assert decide(share_floor(alone)["d"].seen, start_learning(), Budget(), Rules()).calls == 0


def test_the_progress_of_a_call_is_that_of_its_line_outside() -> None:
    def state_with(line: str, where: str) -> State:
        channels = {
            "l": Channel("call", "Local/1@dialer-out-d", "up", ago(5)),
            "t": Channel("call", "PJSIP/trunk-main-line_2", line, ago(4)),
        }
        return State(calls={"call": a_call(channels, "call", "g", where=where, agent="ana")}, channels=channels)

    found = [
        progress_by_guid(state_with(*each), ["g", "unknown"])["g"]
        for each in (("ringing", "ivr"), ("up", "ivr"), ("up", "queue"), ("up", "talking"))
    ]
    assert [each.where for each in found] == ["ringing", "answered", "waiting", "talking"]
    assert {each.trunk for each in found} == {"main-line"}
    assert found[-1].agent == "ana"
    assert lines_of(state_with("up", "ivr"), "main-line") == 1
    assert lines_of(state_with("up", "ivr"), "main") == 0


def test_only_callers_whom_no_dialer_called_come_from_outside() -> None:
    channels = {name: Channel(name, "PJSIP/trunk-main", "up", ago(9), queue="sales") for name in ("theirs", "ours")}
    calls = {name: a_call(channels, name, name) for name in channels}
    queue = Queue({"theirs": ago(3), "ours": ago(5)})
    assert inbound_waiting(State(queues={"sales": queue}, calls=calls, channels=channels), {"ours": 1}) == ["sales"]


def test_a_call_that_was_seen_and_is_gone_is_over_and_one_that_was_not_is_on_its_way() -> None:
    attempt = Attempt("g", "local", "d", "c", "l", 1, 0, "+442079400001", "auto", "", "", ago(3))
    channels = {"t": Channel("call", "PJSIP/trunk-main", "up", ago(4))}
    waiting = State(calls={"call": a_call(channels, "call", "g", where="queue")}, channels=channels)
    playing = State(calls={"call": a_call(channels, "call", "g")}, channels=channels)
    calls = Calls()
    assert calls.look([attempt], State(), NOW) == []
    assert (calls.open["g"].is_over, calls.unseen()) == (False, ["g"])
    calls.look([attempt], waiting, NOW)
    calls.look([attempt], playing, NOW)  # out of the queue without an agent: the message
    assert calls.open["g"].is_over
    calls.look([attempt], State(), NOW)
    assert calls.open["g"].is_over
    assert calls.look([], State(), NOW) == [attempt]


def test_calls_a_second_hold_in_every_second() -> None:
    rate, placed = Rate(), list[float]()
    for tenth in range(100):
        for _ in range(rate.room(7, tenth / 10)):
            rate.take(tenth / 10)
            placed.append(tenth / 10)
    assert max(sum(at <= each < at + 1 for each in placed) for at in placed) == 7
    assert len(placed) > 50


def test_a_trunk_that_fails_is_tried_less_and_less_until_it_works() -> None:
    backoff, waits = Backoff(), list[float]()
    at_s = 0.0
    for _ in range(12):
        backoff.tell("congestion", at_s)
        if backoff.room(0, at_s) == 0:
            waits.append(backoff.until_s - at_s)
            at_s = backoff.until_s
            assert backoff.room(0, at_s) == 1
            assert backoff.room(1, at_s) == 0  # the one to try is under way
    assert waits[:5] == [2, 4, 8, 16, 32]
    assert max(waits) == 60
    backoff.tell("busy", at_s)
    assert backoff.room(0, at_s) is None


def test_a_number_is_dialled_as_some_open_route_knows_it_and_never_else() -> None:
    assert dialled_for(a_site(), "+442079461234") == "00442079461234"
    assert dialled_for(a_site(), "911") == ""
    assert dialled_for(a_site(), "+51999888777") == ""  # no route for it


def test_a_call_takes_the_first_trunk_with_a_channel_and_a_turn_in_this_second() -> None:
    lines = Lines()
    lines.rooms, lines.limits = {"one": 1, "two": None}, {"two": 2}
    assert lines.room(0.0) is not None
    assert [lines.take(["one", "two", "gone"], 0.0) for _ in range(4)] == ["one", "two", "two", ""]
    assert lines.room(0.5) == 0
    assert lines.take(["two"], 1.5) == "two"
    assert lines.take(["gone"], 1.5) == "", "a trunk that is not there"
    lines.limits = {}
    assert lines.room(1.5) is None, "a trunk without a limit"
