"""Rehearsals as a page asks for them: whatever is supposed, they end soon."""

import pytest

from appliance.core.rehearsal.rehearse import RehearsalPlan
from appliance.services.rehearsals import Rehearsals

MOST = 3000
HUGE = RehearsalPlan(agents=500, hours=24.0, answer_pct=5.0, talk_s=30.0, wrap_s=10.0)


@pytest.mark.parametrize(("contacts", "is_done"), [(None, False), (1_000_000, True), (500_000_000, False)])
async def test_a_day_of_too_many_calls_goes_on_as_it_began(contacts: int | None, is_done: bool) -> None:
    found = await Rehearsals(MOST).run(HUGE._replace(contacts=contacts))
    assert found.is_list_done == is_done
    assert found.calls == contacts if is_done else found.hours == HUGE.hours
    assert found.calls > 100 * MOST
    assert found.calls_per_hour == pytest.approx(found.calls / found.hours, rel=0.01)


async def test_a_day_of_few_calls_is_played_whole() -> None:
    found = await Rehearsals(MOST).run(HUGE._replace(contacts=MOST - 1))
    assert found.is_list_done
    assert found.calls == MOST - 1
