"""A rehearsal says what is to be expected of a day."""

from random import Random

from appliance.core.pacing.seen import Rules
from appliance.core.rehearsal.plan import RehearsalPlan, rehearse

SHORT = RehearsalPlan(agents=8, hours=0.5)


def test_the_same_chance_gives_the_same_day() -> None:
    assert rehearse(SHORT, Random(3)) == rehearse(SHORT, Random(3))


def test_more_who_answer_need_fewer_calls_for_as_busy_agents() -> None:
    few, many = (rehearse(SHORT._replace(answer_rate=rate), Random(3)) for rate in (0.2, 0.8))
    assert few.calls_an_hour > 2 * many.calls_an_hour
    assert few.most_channels > many.most_channels


def test_progressive_loses_nobody_and_keeps_agents_less_busy() -> None:
    progressive = rehearse(SHORT._replace(rules=Rules(mode="progressive")), Random(3))
    assert progressive.abandoned_share == 0
    assert progressive.busy_share < rehearse(SHORT._replace(hours=2), Random(3)).busy_share


def test_a_short_list_ends_before_the_day() -> None:
    found = rehearse(SHORT._replace(contacts=60), Random(3))
    assert found.calls == 60
    assert found.ends_after_s is not None and found.ends_after_s < 0.5 * 3600
    assert rehearse(SHORT, Random(3)).ends_after_s is None
