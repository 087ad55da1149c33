"""Wrap-up on a real Asterisk: a pause that begins with the end of a call, and ends when time or the agent says so."""

from collections.abc import AsyncIterator

import pytest
from baresip import Runtime

from appliance.core.agents import STAND_IN
from tests.house import a_house, furnish, house_settings
from tests.pbx.cable import Cable
from tests.pbx.floor import Floor
from tests.pbx.phones import Phone
from tests.pbx.work_site import work_site
from tests.waiting import eventually


@pytest.fixture(scope="module")
async def floor(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Floor]:
    settings = house_settings(tmp_path_factory.mktemp("wrapup"))
    await furnish(settings, work_site())
    async with a_house(settings) as house:
        floor = Floor(house, runtime)
        yield floor
        await floor.close()


async def test_the_agent_rests_until_finished_longer_held_or_over(floor: Floor) -> None:
    wrapups = floor.house.appliance.agents.wrapups
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
    await floor.log_out("luis")
    await floor.phones.pop("1002").unregister()


async def test_a_phone_that_is_unplugged_in_a_call_leaves_its_agent_offline_until_it_is_back(floor: Floor) -> None:
    cable = Cable(floor.house.appliance.settings.node.sip_port)
    phone = await Phone.create(floor.runtime, await cable.lay(), "1002", password="secret-1002", frequency=500)
    floor.phones["1002"] = phone
    await floor.log_in("luis")
    caller, _answered = await floor.talk("5550403", "7400005", "1002")
    await floor.is_("oncall", "luis")
    cable.is_plugged_in = False
    await caller.hang_up()
    await floor.house.appliance.node.ami.action("PJSIPQualify", Endpoint="1002")  # Asterisk itself asks once a minute
    assert (await floor.is_("offline", "luis")).reason == "unreachable"
    assert "PAUSE brief wrapup" in floor.journal("luis")
    cable.is_plugged_in = True
    await phone.register()
    await floor.is_("ready", "luis")
    await phone.unregister()
    floor.phones.clear()
    cable.close()
