"""What a board on the wall shows, and what it never does."""

import datetime as dt
import json
from dataclasses import replace

import pytest

from appliance.core.entities.supervision import Wallboard
from appliance.core.live import State
from appliance.core.live.state import Agent, Call, Membership, Queue
from appliance.core.wallboard import make_picture
from tests.sites import a_site

AT = dt.datetime(2030, 1, 2, 12, tzinfo=dt.UTC)
EARLIER = AT - dt.timedelta(minutes=5)
STATE = State(
    queues={"sales": Queue(waiting={"a": AT, "b": EARLIER}, tally={"ready": 1}), "support": Queue(waiting={"c": AT})},
    agents={
        "ana": Agent("PJSIP/1001", AT, state="ready", memberships={"sales": Membership("PJSIP/1001")}),
        "luis": Agent("PJSIP/1002", AT, state="oncall", memberships={"support": Membership("PJSIP/1002")}),
    },
    calls={"x": Call(AT, AT, where="queue", caller="+34600000000", caller_name="Mr Secret", queue="sales")},
)
FIGURES = {
    "sales": {"offered": 4, "answered": 3, "abandoned": 1, "in_time": 2, "offered_now": 1, "in_time_now": 1},
    "support": {"offered": 9, "answered": 9, "abandoned": 0, "in_time": 9, "offered_now": 0, "in_time_now": 0},
}


def a_board(layout: str, **fields: object) -> Wallboard:
    return Wallboard.model_validate({"key": "wall", "name": "Wall", "layout": layout, **fields})


def test_totals_are_of_the_chosen_queues() -> None:
    picture = make_picture(a_board("figures", queues=[{"queue": "sales"}]), a_site(), STATE, FIGURES)
    assert set(picture) == {"totals"}
    totals = picture["totals"]
    assert (totals["waiting"], totals["longest"], totals["ready"], totals["busy"]) == (2, EARLIER.isoformat(), 1, 0)
    assert (totals["offered"], totals["answered"], totals["in_time_now"]) == (4, 3, 1)


def test_who_dials_is_busy() -> None:
    dials = replace(STATE.agents["ana"], state="dialing")
    state = replace(STATE, agents={**STATE.agents, "ana": dials})
    totals = make_picture(a_board("figures"), a_site(), state, FIGURES)["totals"]
    assert (totals["ready"], totals["busy"]) == (0, 2)


def test_a_team_is_who_serves_the_queues_or_who_is_named() -> None:
    def names(**fields: object) -> list[str]:
        return [row["state"] for row in make_picture(a_board("team", **fields), a_site(), STATE, FIGURES)["agents"]]

    assert names() == ["ready", "oncall"]
    assert names(queues=[{"queue": "support"}]) == ["oncall"]
    assert names(agents=[{"agent": "ana"}]) == ["ready"]


@pytest.mark.parametrize("layout", ["figures", "queues", "team"])
def test_no_caller_is_ever_on_the_wall(layout: str) -> None:
    told = json.dumps(make_picture(a_board(layout), a_site(), STATE, FIGURES))
    assert not [word for word in ("+34600000000", "Secret", "PJSIP", "1001") if word in told]
