"""What is known ahead of agents: shifts, moves, promises, callbacks; who leaves is not counted on any more."""

import datetime as dt
from dataclasses import replace

from appliance.core.dialing.notice import Notice, Overtime
from appliance.core.dialing.seen import Floor, Share, Team, share_floor
from appliance.core.live.state import Agent, Channel, Queue, State
from appliance.core.pacing.budget import Budget, Count
from appliance.core.pacing.learning import start_learning
from appliance.core.pacing.pace import decide
from appliance.core.pacing.seen import Rules
from tests.unit.test_dialing_floor import NOW, a_call, a_floor, ago, an_agent
from tests.unit.test_pacing import taught


def noticed(agents: dict[str, Agent], notice: Notice, **teams: Team) -> dict[str, Share]:
    return share_floor(replace(a_floor(State(agents=agents), **teams), notice=notice))


def test_who_leaves_within_half_a_minute_counts_no_more() -> None:
    agents = {name: an_agent("sales") for name in ("ana", "luis", "rosa")}
    agents |= {name: an_agent("sales", state="oncall") for name in ("eva", "nora")}
    soon, later = NOW + dt.timedelta(seconds=29), NOW + dt.timedelta(seconds=31)
    ends = {"ana": soon, "luis": later, "eva": soon, "nora": later}
    share = noticed(agents, Notice(shift_ends=ends))["d"]
    assert (share.ready, share.seen.ready, share.seen.leaving) == (("luis", "rosa"), 2, 1)
    assert share.leave_at == (soon, soon)


def test_who_is_shown_a_contact_is_free_for_nobody_but_a_caller() -> None:
    agents = {name: an_agent("sales") for name in ("ana", "luis")}
    share = noticed(agents, Notice(reading=frozenset({"ana"})))["d"]
    assert (share.ready, share.seen.ready) == (("luis",), 1)
    waits = State(agents=agents, queues={"sales": Queue(waiting={"c": NOW})})
    served = share_floor(replace(a_floor(waits), notice=Notice(reading=frozenset({"ana"}))))["d"]
    assert served.ready == ("luis",), "the caller gets who reads"


def test_a_predictive_dialer_calls_less_before_half_of_its_agents_are_gone() -> None:
    agents = {f"a{n}": an_agent("sales", state="oncall" if n % 5 else "ready", since_s=10 * n) for n in range(30)}
    half, learned, budget = list(agents)[:15], taught(30), Budget(Count(500, 5), Count(2000, 20))

    def calls(in_s: float) -> int:
        notice = Notice(shift_ends=dict.fromkeys(half, ago(-in_s)))
        return decide(noticed(agents, notice)["d"].seen, learned, budget, Rules()).calls

    assert calls(31) == calls(1000) > calls(29) == calls(-5)
    assert calls(29) <= calls(31) / 2


def test_when_all_leave_nobody_is_called_before_they_are_gone() -> None:
    agents = {"ana": an_agent("sales"), "luis": an_agent("sales", state="wrapup")}
    share = noticed(agents, Notice(shift_ends=dict.fromkeys(agents, ago(-20))))["d"]
    pace = decide(share.seen, start_learning(), Budget(), Rules(mode="power", ratio=3))
    assert (share.seen.agents, pace.calls) == (0, 0)


def test_who_was_moved_into_a_queue_for_some_time_leaves_that_queue_alone() -> None:
    agents = {"ana": an_agent("sales", "care")}
    teams = {"one": Team("sales", 10, 2), "two": Team("care", 10, 2)}
    shares = noticed(agents, Notice(move_ends={("ana", "sales"): ago(-5)}), **teams)
    assert (shares["one"].ready, shares["two"].ready) == ((), ("ana",))
    assert (len(shares["one"].leave_at), len(shares["two"].leave_at)) == (1, 0)


def test_who_is_ready_a_minute_after_the_shift_works_on() -> None:
    notice, overtime = Notice(shift_ends={"ana": NOW}), Overtime()

    def counts(agent: Agent, after_s: float) -> bool:
        state, at = State(agents={"ana": agent}), NOW + dt.timedelta(seconds=after_s)
        floor = Floor(at, 0, state, {"d": Team("sales", 10, 2)}, notice=overtime.without(notice, state, at))
        seen = share_floor(floor)["d"].seen
        return seen.agents > 0

    on_call, wrapping = (an_agent("sales", state=state) for state in ("oncall", "wrapup"))
    assert not counts(on_call, 300)  # the last call
    assert not counts(wrapping, 330)
    back = an_agent("sales", since_s=-331)
    assert not counts(back, 332)
    assert counts(back, 391)
    assert counts(on_call, 400)


def test_a_promise_that_is_due_keeps_its_agent() -> None:
    agents = {"ana": an_agent("sales"), "luis": an_agent("sales"), "eva": an_agent("sales", state="oncall")}
    own = noticed(agents, Notice(owing=frozenset({"ana", "eva"})))["d"]
    assert (own.ready, own.seen.free, own.seen.leaving) == (("ana", "luis"), 1, 1)
    assert noticed(agents, Notice(promised={"d": 1, "other": 5}))["d"].seen.free == 1
    last = noticed(agents, Notice(owing=frozenset({"ana"}), shift_ends=dict.fromkeys(agents, ago(-5))))["d"]
    assert (last.ready, last.seen.free, last.seen.agents) == (("ana",), 0, 0)


def test_callers_and_callbacks_take_the_next_agents_to_be_free() -> None:
    """Who works for no dialer is asked first, then who is ready, then who talks."""
    agents = {"ana": an_agent("sales", "care"), "eva": an_agent("sales", "care", state="oncall")}
    none, one, two, many = (noticed(agents, Notice(callbacks=("care",) * n))["d"].seen for n in (0, 1, 2, 9))
    assert [(each.ready, each.promised) for each in (none, one, two, many)] == [(1, 0), (0, 0), (0, 1), (0, 1)]
    inbound_alone = agents | {"nora": an_agent("care"), "rosa": an_agent("care", state="oncall")}
    seen = noticed(inbound_alone, Notice(callbacks=("care",) * 3))["d"].seen
    assert (seen.ready, seen.promised) == (0, 0)
    assert noticed(agents, Notice(callbacks=("elsewhere",)))["d"].seen.ready == 1


def test_a_caller_whose_agent_rings_already_takes_no_other() -> None:
    channels = {"c": Channel("call", "PJSIP/trunk-main", "up", ago(9), queue="sales")}
    calls = {"call": a_call(channels, "call", "inbound")}
    agents = {"ana": an_agent("sales"), "luis": an_agent("sales", state="ringing", queue="sales")}
    state = State(queues={"sales": Queue({"c": ago(3)})}, agents=agents, calls=calls, channels=channels)
    assert share_floor(a_floor(state))["d"].ready == ("ana",)
