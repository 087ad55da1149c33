"""The manager actions that bring app_queue in step with who is logged in."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.agents import NO_QUEUE
from appliance.core.entities.people import Agent
from appliance.core.entities.waiting import Member
from appliance.core.membership import (
    Move,
    QueueMember,
    Session,
    members_of,
    membership_actions,
    stand_in,
    wanted_members,
    with_wrapup,
)
from tests.sites import a_site


def member(
    queue: str = "sales", extension: str = "1001", agent: str = "ana", penalty: int = 0, reason: str = ""
) -> QueueMember:
    return QueueMember(queue, f"PJSIP/{extension}", agent, penalty, bool(reason), reason)


def names(wanted: list[QueueMember], actual: list[QueueMember]) -> list[tuple[str, str]]:
    return [(action.name, action.fields["Interface"]) for action in membership_actions(wanted, actual)]


def test_only_agents_with_a_session_are_members() -> None:
    assert wanted_members(a_site(), [Session("luis", "1002", "lunch")]) == [member("sales", "1002", "luis", 1, "lunch")]


@pytest.mark.parametrize(
    ("wanted", "actual", "actions"),
    [
        ([], [], []),
        ([member()], [member()], []),
        ([member()], [], [("QueueAdd", "PJSIP/1001")]),
        ([], [member()], [("QueueRemove", "PJSIP/1001")]),
        ([member(penalty=2)], [member()], [("QueuePenalty", "PJSIP/1001")]),
        ([member(reason="lunch")], [member()], [("QueuePause", "PJSIP/1001")]),
        ([member(reason="lunch")], [member(reason="talk")], [("QueuePause", "PJSIP/1001")]),
        ([member(extension="1002")], [member()], [("QueueRemove", "PJSIP/1001"), ("QueueAdd", "PJSIP/1002")]),
        ([member(agent="luis")], [member()], [("QueueRemove", "PJSIP/1001"), ("QueueAdd", "PJSIP/1001")]),
    ],
)
def test_actions(wanted: list[QueueMember], actual: list[QueueMember], actions: list[tuple[str, str]]) -> None:
    assert names(wanted, actual) == actions


members = st.builds(
    member,
    st.sampled_from(["sales", "support"]),
    st.sampled_from(["1001", "1002", "1003"]),
    st.sampled_from(["ana", "luis"]),
    st.integers(0, 2),
    st.sampled_from(["", "lunch", "talk"]),
)
queues = st.lists(members, unique_by=lambda m: (m.queue, m.interface))


@settings(max_examples=50, deadline=None)
@given(queues, queues)
def test_carrying_out_the_actions_gives_what_is_wanted(wanted: list[QueueMember], actual: list[QueueMember]) -> None:
    have = {(m.queue, m.interface): m for m in actual}
    for action in membership_actions(wanted, actual):
        fields = action.fields
        place = (fields["Queue"], fields["Interface"])
        paused, reason = fields.get("Paused") == "true", fields.get("Reason", "")
        match action.name:
            case "QueueRemove":
                del have[place]
            case "QueueAdd":
                assert place not in have
                have[place] = QueueMember(*place, fields["MemberName"], int(fields["Penalty"]), paused, reason)
            case "QueuePenalty":
                have[place] = replace(have[place], penalty=int(fields["Penalty"]))
            case "QueuePause":
                have[place] = replace(have[place], paused=paused, reason=reason)
    assert have == {(m.queue, m.interface): m for m in wanted}


def test_agents_with_the_skill_serve_a_queue_too_the_best_first() -> None:
    site = a_site()
    levels = {"ana": 7, "luis": 10}
    agents = {
        key: Agent.model_validate(agent.model_dump() | {"skills": [{"skill": "english", "level": levels[key]}]})
        for key, agent in site.agents.items()
        if key in levels
    }
    site = site.model_copy(update={"agents": agents})
    listed = [Member(agent="ana", penalty=2)]
    queue = site.queues["support"]
    assert members_of(site, queue.model_copy(update={"skill": "english", "members": []})) == {"ana": 3, "luis": 0}
    assert members_of(site, queue.model_copy(update={"skill": "english", "members": listed})) == {"ana": 2, "luis": 0}
    assert members_of(site, queue.model_copy(update={"skill": "spanish", "members": listed})) == {"ana": 2}
    assert members_of(site, queue.model_copy(update={"members": listed})) == {"ana": 2}


def test_who_serves_no_queue_waits_in_one_that_no_caller_reaches() -> None:
    site = a_site().model_copy(update={"queues": {}})
    assert wanted_members(site, [Session("ana", "1001-web", "lunch")]) == [
        member(NO_QUEUE, "1001-web", "ana", reason="lunch")
    ]


def test_moves_come_before_the_configuration() -> None:
    moves = [Move("ana", "sales", False), Move("ana", "support", True, 4), Move("nobody", "support", True)]
    found = wanted_members(a_site(), [Session("ana", "1001")], moves)
    assert [(each.queue, each.penalty) for each in found] == [("support", 4)]


def test_who_rests_is_paused_everywhere_and_somebody_stands_in_where_callers_would_leave() -> None:
    wanted = [member("sales"), member("support", reason="lunch"), member("sales", "1002", "luis")]
    resting = with_wrapup(wanted, {"ana"}, {"sales", "care"})
    assert [(each.agent, each.reason) for each in resting[:3]] == [("ana", "wrapup"), ("ana", "wrapup"), ("luis", "")]
    assert resting[3:] == [stand_in("sales")]
    assert with_wrapup(wanted, {}, {"sales"}) == wanted


def test_who_changes_queues_joins_before_leaving_and_who_changes_phones_leaves_first() -> None:
    assert names([member("support")], [member("sales")]) == [("QueueAdd", "PJSIP/1001"), ("QueueRemove", "PJSIP/1001")]
    assert names([member("support", "1002")], [member("sales")]) == [
        ("QueueRemove", "PJSIP/1001"),
        ("QueueAdd", "PJSIP/1002"),
    ]
