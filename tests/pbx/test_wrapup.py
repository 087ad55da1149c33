"""Wrap-up on a real Asterisk: a pause that begins with the end of a call, and ends when time or the agent says so."""

from collections.abc import AsyncIterator

import pytest
from baresip import Runtime

from appliance.core.agents import STAND_IN
from tests.house import a_house, furnish, house_settings
from tests.pbx.floor import Floor
from tests.pbx.work_site import work_site
from tests.waiting import eventually


@pytest.fixture
async def floor(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Floor]:
    settings = house_settings(tmp_path_factory.mktemp("wrapup"))
    await furnish(settings, work_site())
    async with a_house(settings) as house:
        floor = Floor(house, runtime)
        yield floor
        await floor.close()


async def test_the_agent_rests_until_finished_longer_held_or_over(floor: Floor) -> None:
    wrapups = floor.house.appliance.wrapups
    await floor.phone("1001")
    await floor.log_in("ana")
    caller, answered = await floor.talk("5550401", "7400001")
    await caller.hang_up()
    await answered.over()
    resting = await floor.is_("wrapup")
    assert resting.wrapup_until
    await eventually(lambda: "PAUSE sales wrapup" in floor.journal("ana"))

    # A caller waits; nothing rings before the wrap-up is finished.
    waiting = await floor.call("5550401", "7400002")
    await eventually(lambda: floor.house.appliance.live.state.queues["sales"].waiting)
    wrapups.longer("ana")
    await eventually(lambda: floor.house.appliance.live.state.agents["ana"].extended == 1)
    assert floor.phones["1001"].ringing.empty()
    wrapups.hold("ana")
    wrapups.running["ana"].until = resting.since  # the time is over, and yet it goes on
    await eventually(lambda: floor.house.appliance.live.state.agents["ana"].is_held)
    wrapups.release("ana")
    second = await floor.phones["1001"].rings(timeout_s=5)
    assert "UNPAUSE sales " in floor.journal("ana")
    await second.answer()
    await floor.is_("oncall")
    await second.hang_up()
    await waiting.over()
    await floor.is_("wrapup")

    # Where callers leave once everybody is paused, they wait for who rests.
    third = await floor.call("5550402", "7400003")
    await eventually(lambda: floor.house.appliance.live.state.queues["patient"].waiting)
    wrapups.finish("ana")
    await (await floor.phones["1001"].rings(timeout_s=5)).hang_up()
    await third.hang_up()
    assert STAND_IN not in floor.house.appliance.live.state.agents
    members = await floor.house.appliance.node.ami.list("QueueStatus")
    assert [each["Name"] for each in members if each.get("Queue") == "patient" and "Name" in each] == ["ana"]


async def test_a_short_wrap_up_ends_by_itself_and_then_comes_the_pause_that_was_asked_for(floor: Floor) -> None:
    await floor.phone("1002")
    await floor.log_in("luis")
    caller, answered = await floor.talk("5550403", "7400004", "1002")
    await floor.pause("luis", "lunch")
    await eventually(lambda: "PAUSE brief lunch" in floor.journal("luis"))
    await floor.is_("oncall", "luis")
    await caller.hang_up()
    await answered.over()
    await floor.is_("wrapup", "luis")
    assert (await floor.is_("paused", "luis", timeout_s=6)).reason == "lunch"
    kinds = [line for line in floor.journal("luis") if "PAUSE " in line and "brief" in line]
    assert kinds == ["PAUSE brief lunch", "PAUSE brief wrapup", "PAUSE brief lunch"]
