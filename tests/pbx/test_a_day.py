"""Every second of a scripted day is accounted for; the long one is in tests/bench."""

from pathlib import Path

from tests.pbx.day import LAZY, WILLING, Day, a_day

SLACK_S = 2.0  # queue_log counts whole seconds, and a log-in reaches Asterisk a moment after it was stored
BLINK_S = 0.3  # between two steps of the dialplan


async def test_every_second_of_the_day_is_accounted_for(tmp_path: Path) -> None:
    day = await a_day(tmp_path, hours=5, hour_s=3.0)
    check_agents(day)
    assert len(day.uncovered_s) == day.calls
    assert {guid: gap for guid, gap in day.uncovered_s.items() if not -BLINK_S < gap < BLINK_S} == {}
    spent = day.spent_s()
    for agent in WILLING:
        assert {"oncall", "wrapup"} <= spent[agent].keys(), spent
    assert any("ready" in spent[agent] for agent in WILLING), spent  # who is always wanted has no second of it
    assert "paused" in spent["ben"]
    assert "missed" in spent[LAZY]


def check_agents(day: Day) -> None:
    for session in day.sessions:
        mine = [each for each in day.intervals if each.agent == session.agent]
        assert len({each.session_at for each in mine}) == 1  # moves from queue to queue are no log-out
        summed_s = sum((each.ended_at - each.began_at).total_seconds() for each in mine)
        assert summed_s == (mine[-1].ended_at - mine[0].session_at).total_seconds()
        assert session.logged_out_at
        assert abs(summed_s - (session.logged_out_at - session.logged_in_at).total_seconds()) <= SLACK_S, session.agent
