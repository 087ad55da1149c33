"""The fold over queue_log: sessions without gaps, pauses, calls, missed rings."""

from dataclasses import asdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.journal.facts import AgentInterval, MissedRing
from appliance.core.journal.queue_log import Agent, QueueFold
from tests.unit.journal.samples import QUEUE_SAMPLES, queue_lines


def intervals(lines: list[str]) -> list[tuple[str, str, str, int, int]]:
    return [row(found) for found in QueueFold("local").read(lines).intervals]


def row(found: AgentInterval) -> tuple[str, str, str, int, int]:
    return found.agent, found.state, found.reason, int(found.began_at.timestamp()), int(found.ended_at.timestamp())


def test_a_real_morning_with_pauses() -> None:
    assert intervals(queue_lines("pauses")) == [
        ("ana", "paused", "", 1795298782, 1795298783),
        ("ana", "ready", "", 1795298783, 1795298785),  # paused in one of two queues: still ready
        ("ana", "paused", "lunch", 1795298785, 1795298786),
        ("ana", "ready", "", 1795298786, 1795298790),
    ]


@pytest.mark.parametrize(
    ("name", "missed"),
    [
        ("rna_then_answer", [("ana", "sales", "1795297555.7", 1795297558, 3000)]),
        ("rejected_then_answer", [("ana", "sales", "1795297563.13", 1795297563, 0)]),
        ("abandoned_ringing", []),
    ],
)
def test_missed_rings(name: str, missed: list[tuple[object, ...]]) -> None:
    def plain(ring: MissedRing) -> tuple[object, ...]:
        return ring.agent, ring.queue, ring.call_id, int(ring.at.timestamp()), ring.ring_ms

    assert [plain(ring) for ring in QueueFold("local").read(queue_lines(name)).missed] == missed


def test_a_call_ends_with_a_transfer() -> None:
    assert intervals(queue_lines("attended")) == [
        ("ana", "oncall", "", 1795297589, 1795297591),
        ("ana", "ready", "", 1795297591, 1795297593),
    ]


def test_an_asterisk_that_died_ends_the_calls_but_not_the_session() -> None:
    assert intervals(queue_lines("crash")) == [
        ("ana", "oncall", "", 1795298777, 1795298780),
        ("ana", "oncall", "", 1795298780, 1795298781),
    ]


def log(*events: str) -> list[str]:
    return [f"{100 + n * 10}|{event}" for n, event in enumerate(events)]


def test_wrap_up_is_a_pause_with_that_reason() -> None:
    found = intervals(
        log(
            "MANAGER|sales|ana|ADDMEMBER|",
            "NONE|sales|ana|PAUSE|wrapup",
            "NONE|sales|ana|UNPAUSE|",
            "x|sales|ana|REMOVEMEMBER|",
        )
    )
    assert [state for _, state, *_ in found] == ["ready", "wrapup", "ready"]


def test_who_logs_out_on_a_call_is_on_it_until_it_ends() -> None:
    found = intervals(
        log(
            "m|sales|ana|ADDMEMBER|",
            "1.1|sales|ana|CONNECT|1|1.2|1",
            "m|sales|ana|REMOVEMEMBER|",
            "1.1|sales|ana|COMPLETEAGENT|1|2|1",
        )
    )
    assert found == [("ana", "ready", "", 100, 110), ("ana", "oncall", "", 110, 130)]


def test_a_clock_set_back_counts_no_time_twice() -> None:
    lines = [
        "200|m|sales|ana|ADDMEMBER|",
        "300|NONE|sales|ana|PAUSE|x",
        "250|NONE|sales|ana|UNPAUSE|",
        "320|m|sales|ana|REMOVEMEMBER|",
    ]
    assert intervals(lines) == [("ana", "ready", "", 200, 300), ("ana", "ready", "", 300, 320)]


@pytest.mark.parametrize("broken", ["", "nonsense", "x|1|q|a|PAUSE|", "\0" * 20, "²|1|q|a|PAUSE|"])
def test_a_broken_line_is_reported_and_passed_over(broken: str) -> None:
    lines = queue_lines("pauses")
    reading = QueueFold("local").read([*lines[:3], broken, *lines[3:]])
    assert [text for text, _ in reading.malformed] == [broken]
    assert [row(found) for found in reading.intervals] == intervals(lines)


@pytest.mark.parametrize("name", QUEUE_SAMPLES)
def test_a_restart_after_any_line_changes_nothing(name: str) -> None:
    lines = queue_lines(name)
    expected = QueueFold("local").read(lines)
    for cut in range(len(lines) + 1):
        first = QueueFold("local")
        begun = first.read(lines[:cut])
        stored = {agent: asdict(state) for agent, state in first.agents.items()}
        second = QueueFold("local", {agent: Agent(**state) for agent, state in stored.items()})
        ended = second.read(lines[cut:])
        assert begun.intervals + ended.intervals == expected.intervals
        assert begun.missed + ended.missed == expected.missed


PAUSES = ["PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL"]
EVENTS = st.tuples(
    st.integers(0, 30),
    st.sampled_from(["1.1", "1.2"]),
    st.sampled_from(["sales", "care", "NONE"]),
    st.sampled_from(["ana", "ben", "NONE"]),
    st.sampled_from([*PAUSES, "ADDMEMBER", "REMOVEMEMBER", "CONNECT", "COMPLETEAGENT", "QUEUESTART"]),
    st.sampled_from(["", "lunch", "wrapup"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENTS, max_size=40))
def test_a_session_has_no_gap_and_no_overlap(events: list[tuple[int, str, str, str, str, str]]) -> None:
    lines, at_s = [], 1000
    for later_s, *rest in events:
        at_s += later_s
        lines.append("|".join([str(at_s), *rest]))
    found = QueueFold("local").read(lines).intervals
    for agent in ("ana", "ben"):
        mine = [interval for interval in found if interval.agent == agent]
        for before, after in pairwise(mine):
            assert before.ended_at <= after.began_at
            if before.session_at == after.session_at:
                assert before.ended_at == after.began_at
        assert all(interval.session_at <= interval.began_at < interval.ended_at for interval in mine)


def logged_in_s(lines: list[str], agent: str) -> int:
    """Told independently of the fold: seconds in which the agent is in a queue or in a queue's call."""
    here: set[str] = set()
    total_s, before_s = 0, 0
    for line in lines:
        at, call, queue, name, kind, *_ = line.split("|")
        total_s += int(at) - before_s if here else 0
        before_s = int(at)
        begins = {"ADDMEMBER": f"queue {queue}", "CONNECT": f"call {call}"}
        ends = {"REMOVEMEMBER": f"queue {queue}", "COMPLETEAGENT": f"call {call}"}
        if kind == "QUEUESTART":
            here = {each for each in here if each.startswith("queue")}
        elif name == agent:
            here |= {begins[kind]} if kind in begins else set()
            here -= {ends.get(kind, "")}
    return total_s


@settings(max_examples=200, deadline=None)
@given(st.lists(EVENTS, max_size=60))
def test_the_intervals_sum_exactly_to_the_time_logged_in(events: list[tuple[int, str, str, str, str, str]]) -> None:
    lines, at_s = [], 1000
    for later_s, *rest in events:
        at_s += later_s
        lines.append("|".join([str(at_s), *rest]))
    fold = QueueFold("local")
    found = fold.read(lines).intervals
    for agent in ("ana", "ben"):
        ended_s = sum((each.ended_at - each.began_at).total_seconds() for each in found if each.agent == agent)
        state = fold.agents.get(agent)
        open_s = at_s - state.since_s if state and state.state else 0
        assert ended_s + open_s == logged_in_s(lines, agent)


def test_who_moves_from_queue_to_queue_stays_logged_in() -> None:
    moved = log(
        "M|sales|ana|ADDMEMBER|",
        "M|_no-queue|ana|ADDMEMBER|",
        "M|sales|ana|REMOVEMEMBER|",
        "NONE|_no-queue|ana|PAUSE|lunch",
        "M|care|ana|ADDMEMBER|PAUSED",
        "M|_no-queue|ana|REMOVEMEMBER|",
        "NONE|care|ana|UNPAUSE|",
        "M|care|ana|REMOVEMEMBER|",
        "M|sales|ana|ADDMEMBER|",
        "M|sales|ana|REMOVEMEMBER|",
    )
    found = QueueFold("local").read(moved).intervals
    assert [(each.state, each.reason) for each in found] == [
        ("ready", ""),
        ("paused", "lunch"),  # a queue that is joined in a pause does not say why: the one before does
        ("ready", ""),
        ("ready", ""),
    ]
    assert len({each.session_at for each in found}) == 2  # the log-out in between began another


def test_whom_a_rule_paused_is_missed_and_who_stands_in_is_nobody() -> None:
    found = intervals(
        log(
            "M|sales|ana|ADDMEMBER|",
            "M|sales|_wrapup|ADDMEMBER|",
            "NONE|sales|ana|PAUSE|missed",
            "M|sales|_wrapup|REMOVEMEMBER|",
            "M|sales|ana|REMOVEMEMBER|",
        )
    )
    assert [(agent, state, reason) for agent, state, reason, *_ in found] == [
        ("ana", "ready", ""),
        ("ana", "missed", "missed"),
    ]


def in_a_row(*events: str) -> dict[tuple[str, str], int]:
    return QueueFold("local").read(log("M|a|ana|ADDMEMBER|", "M|b|ana|ADDMEMBER|", *events)).in_a_row


MISS_A, MISS_B = "1.1|a|ana|RINGNOANSWER|3000", "1.2|b|ana|RINGNOANSWER|3000"


@pytest.mark.parametrize(
    ("events", "counted"),
    [
        ([MISS_A, MISS_A], {"a": 2}),
        ([MISS_A, MISS_B], {"a": 1, "b": 1}),
        ([MISS_A, "1.3|b|ana|CONNECT|2|1.4|1", MISS_A], {"a": 1}),
        ([MISS_A, MISS_A, "NONE|a|ana|PAUSE|missed", "NONE|a|ana|UNPAUSE|", MISS_B], {"b": 1}),
        ([MISS_A, "M|a|ana|REMOVEMEMBER|", "M|a|ana|ADDMEMBER|", MISS_B], {"b": 1}),
        ([MISS_A, "1.3|a|ana|CONNECT|2|1.4|1"], {}),
    ],
)
def test_rings_missed_in_a_row_count_anew_after_a_call_and_a_pause(events: list[str], counted: dict[str, int]) -> None:
    assert in_a_row(*events) == {("ana", queue): number for queue, number in counted.items()}


def test_the_count_goes_on_after_a_restart() -> None:
    first = QueueFold("local")
    first.read(log("M|a|ana|ADDMEMBER|", MISS_A))
    again = QueueFold("local", {"ana": Agent(**asdict(first.agents["ana"]))})
    assert again.read([f"200|{MISS_A}"]).in_a_row == {("ana", "a"): 2}
