"""The manager actions that bring app_queue in step with who is logged in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.membership import QueueMember, Session, membership_actions, wanted_members
from tests.sites import a_site


def member(
    queue: str = "sales", extension: str = "1001", agent: str = "ana", penalty: int = 0, paused: bool = False
) -> QueueMember:
    return QueueMember(queue, f"PJSIP/{extension}", agent, penalty, paused)


def names(wanted: list[QueueMember], actual: list[QueueMember]) -> list[tuple[str, str]]:
    return [(action.name, action.fields["Interface"]) for action in membership_actions(wanted, actual)]


def test_only_agents_with_a_session_are_members() -> None:
    assert wanted_members(a_site(), [Session("luis", "1002", "lunch")]) == [member("sales", "1002", "luis", 1, True)]


@pytest.mark.parametrize(
    ("wanted", "actual", "actions"),
    [
        ([], [], []),
        ([member()], [member()], []),
        ([member()], [], [("QueueAdd", "PJSIP/1001")]),
        ([], [member()], [("QueueRemove", "PJSIP/1001")]),
        ([member(penalty=2)], [member()], [("QueuePenalty", "PJSIP/1001")]),
        ([member(paused=True)], [member()], [("QueuePause", "PJSIP/1001")]),
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
    st.booleans(),
)
queues = st.lists(members, unique_by=lambda m: (m.queue, m.interface))


@given(queues, queues)
def test_carrying_out_the_actions_gives_what_is_wanted(wanted: list[QueueMember], actual: list[QueueMember]) -> None:
    have = {(m.queue, m.interface): m for m in actual}
    for action in membership_actions(wanted, actual):
        place = (action.fields["Queue"], action.fields["Interface"])
        match action.name:
            case "QueueRemove":
                del have[place]
            case "QueueAdd":
                assert place not in have
                fields = action.fields
                have[place] = QueueMember(
                    *place, fields["MemberName"], int(fields["Penalty"]), fields["Paused"] == "true"
                )
            case "QueuePenalty":
                old = have[place]
                have[place] = QueueMember(*place, old.agent, int(action.fields["Penalty"]), old.paused)
            case "QueuePause":
                old = have[place]
                have[place] = QueueMember(*place, old.agent, old.penalty, action.fields["Paused"] == "true")
    assert have == {(m.queue, m.interface): m for m in wanted}
