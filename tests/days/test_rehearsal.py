"""A day of calls that is only simulated: pacing keeps its limits there, and agents talk more than one by one."""

from random import Random

import pytest

from appliance.core.pacing.seen import Rules
from appliance.core.rehearsal.day import Campaign, Day, Shift
from appliance.core.rehearsal.own import OwnPacer
from appliance.core.rehearsal.people import People
from appliance.core.rehearsal.rehearse import Rehearsal, RehearsalPlan, rehearse

PREDICTIVE, PROGRESSIVE = Rules(), Rules(mode="progressive")


def of(agents: int, hours: float, rules: Rules = PREDICTIVE, answer_pct: float = 30.0) -> Rehearsal:
    return rehearse(RehearsalPlan(agents, hours, answer_pct=answer_pct, rules=rules), Random(5))


def test_twenty_agents_are_busy_and_few_calls_are_lost() -> None:
    found = of(20, 3.0)
    assert found.busy_pct > 86.0
    assert found.abandoned_pct < 3.0
    assert found.worst_hour_pct < 4.0
    assert found.answers > 1100


def test_a_small_team_talks_more_than_one_by_one_and_keeps_the_limit() -> None:
    predictive, progressive = of(5, 4.0), of(5, 4.0, PROGRESSIVE)
    assert predictive.talk_pct > progressive.talk_pct + 3
    assert predictive.abandoned_pct <= 3.0
    assert progressive.abandoned_pct == 0


def test_less_intensity_loses_fewer() -> None:
    less, full = of(15, 1.0, Rules(intensity_pct=30)), of(15, 1.0)
    assert less.abandoned_pct < full.abandoned_pct
    assert less.busy_pct < full.busy_pct


def test_a_list_ends_and_channels_are_counted() -> None:
    found = rehearse(RehearsalPlan(10, contacts=300), Random(1))
    assert found.is_list_done
    assert found.calls == 300
    assert 0 < found.hours < 1
    assert 10 <= found.channels_p95 <= found.channels_most <= 10 * Rules().max_ratio + 10


def test_the_same_chance_gives_the_same_day() -> None:
    assert of(6, 0.5) == of(6, 0.5)


@pytest.mark.parametrize(
    "plan", [RehearsalPlan(0, 0.1), RehearsalPlan(3, 0.1, answer_pct=0), RehearsalPlan(3, 0.1, answer_pct=100)]
)
def test_whatever_is_typed_has_an_end(plan: RehearsalPlan) -> None:
    found = rehearse(plan, Random(1))
    assert found.calls <= 3000
    assert found.answers <= found.calls


def test_talks_are_drawn_from_real_calls() -> None:
    alike = rehearse(RehearsalPlan(5, 0.5, talk_s=30.0, talks_s=(60.0,) * 9), Random(1))
    assert abs(alike.answers - 5 * 1800 * alike.talk_pct / 100 / 30) < 10


def test_calls_fall_before_announced_agents_are_gone() -> None:
    """Of ten agents nine end their shift after half an hour; afterwards nobody is lost for want of them."""
    shifts = [Shift(0.0, 1800.0)] * 9 + [Shift(0.0, 3600.0)]
    campaign = Campaign(OwnPacer(Rules()), People().call, Random(3))
    Day([campaign], shifts, 3600.0).run()
    assert not [at_s for at_s in campaign.figures.lost_at_s if 1800 < at_s < 1860]


def test_answers_in_bursts_do_not_break_the_limit() -> None:
    """Each two minutes half of the calls are answered, or a tenth: whoever believes the last rate is wrong."""
    people = People(tuple((at_s, 0.5 if at_s % 240 else 0.1) for at_s in range(0, 7200, 120)))
    campaign = Campaign(OwnPacer(Rules()), people.call, Random(3))
    Day([campaign], [Shift(0.0, 7200.0)] * 15, 7200.0).run()
    assert campaign.figures.abandoned_share <= 0.03
    assert campaign.figures.worst_hour <= 0.04
    assert campaign.figures.busy_share > 0.7


def test_two_campaigns_share_their_agents() -> None:
    campaigns = [Campaign(OwnPacer(Rules()), People().call, Random(seed), weight=seed) for seed in (1, 2)]
    Day(campaigns, [Shift(0.0, 3600.0, (0, 1))] * 12, 3600.0).run()
    talks = [campaign.figures.talk_s for campaign in campaigns]
    assert sum(talks) > 0.6 * 12 * 3600
    assert talks[1] > 1.4 * talks[0]
