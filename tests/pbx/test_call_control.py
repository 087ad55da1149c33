"""Calls that are steered from a page, with real phones: who hears whom after each step, and what is written down."""

import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from baresip import Runtime

from appliance.services.calls.channels import Channels, Place
from appliance.services.calls.dialling import Wish
from appliance.services.errors import Refused
from appliance.store.interactions import InteractionStory
from tests.pbx.steered import ANA, CALLER, LUIS, MUSIC, SEATS, Floor, a_floor, both_hear, only
from tests.pbx.tones import listen
from tests.waiting import eventually

A, L = SEATS["ana"], SEATS["luis"]


@pytest.fixture(scope="module")
async def floor(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Floor]:
    async with a_floor(tmp_path_factory.mktemp("steered"), runtime) as floor:
        yield floor


@pytest.fixture(autouse=True)
async def put_down(floor: Floor) -> AsyncIterator[None]:
    yield
    await floor.put_down()


def kinds(story: InteractionStory) -> list[str]:
    return [part.kind for part in story.segments if part.kind != "ringing"]


def check_sum(story: InteractionStory) -> None:
    """What the customer went through leaves no gap and counts nothing twice, but for the moments between two steps."""
    parts = [part for part in story.segments if part.kind in ("ivr", "waiting", "talking", "hold")]
    spent = sum((part.ended_at - part.began_at).total_seconds() for part in parts)
    call = story.interaction
    assert abs(spent - (call.ended_at - call.entered_at).total_seconds()) < 0.6, parts


def silence_s(path: Path) -> float:
    """The longest stretch in which not one sample is anything but nought."""
    with wave.open(str(path)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    edges = np.flatnonzero(np.concatenate(([1], sound, [1])))
    return float(np.diff(edges).max() / 8000)


async def is_there_alone(channels: Channels, channel: str, room: str) -> bool:
    return await channels.get(channel, f"CONFBRIDGE_INFO(parties,{room})") == "1"


async def test_hold_mute_digits_and_the_pauses_of_a_recording(floor: Floor) -> None:
    customer, agent, number = await floor.call()
    calls = floor.calls.in_call
    await calls.hold(A)
    await floor.knows("ana", "hold")
    await only((customer, MUSIC), deaf=((agent, CALLER), (customer, ANA)))
    assert floor.house.appliance.live.state.agents["ana"].state == "hold"
    with pytest.raises(Refused, match="on hold already"):
        await calls.hold(A)
    await calls.mute(A, muted=True)
    await calls.resume(A)
    await both_hear((agent, CALLER))
    await eventually(lambda: floor.house.appliance.live.state.agents["ana"].state == "oncall")
    await only((agent, CALLER), deaf=((customer, ANA),))
    assert (await floor.calls.own.view(A)).muted
    await calls.mute(A, muted=False)
    await both_hear((customer, ANA), (agent, CALLER))

    pressed: list[str] = []
    customer.call.on_dtmf(lambda key: pressed.append(str(key)))
    await calls.press(A, "42#")
    await eventually(lambda: len(pressed) >= 3)

    await calls.pause_recording(A, by="ana")
    assert (await floor.calls.own.view(A)).recording == "paused"
    await both_hear((customer, ANA), (agent, CALLER), seconds=1.5)
    await calls.resume_recording(A, by="ana")
    await both_hear((customer, ANA), (agent, CALLER), seconds=0.6)
    await calls.hang_up(A)
    await customer.over()
    story = await floor.story(number)
    assert kinds(story) == ["waiting", "talking", "hold", "talking"]
    check_sum(story)
    steps = [(step.kind, step.detail) for step in story.steps]
    assert {("hold", "ana"), ("recording_paused", "ana"), ("recording_resumed", "ana")} <= set(steps)
    assert 1.3 < silence_s(floor.recording(story)) < 2.5
    assert story.interaction.hangup_by == "agent"


async def test_somebody_is_asked_then_all_three_talk_then_the_agent_goes(floor: Floor) -> None:
    customer, agent, number = await floor.call()
    transfers = floor.calls.transfers
    await transfers.consult(A, "agent", "luis")
    asked = await floor.phones["luis"].rings()
    with pytest.raises(Refused, match="not answered yet"):
        await transfers.complete(A)
    await asked.answer()
    await floor.knows("ana", "consult")
    await only(
        (agent, LUIS), (asked, ANA), (customer, MUSIC), deaf=((customer, ANA), (customer, LUIS), (asked, CALLER))
    )
    agents = floor.house.appliance.live.state.agents
    assert (agents["ana"].state, agents["luis"].state) == ("consult", "oncall")
    await transfers.cancel(A)
    await asked.over()
    await both_hear((customer, ANA), (agent, CALLER))

    await transfers.consult(A, "extension", "1002")
    asked = await floor.phones["luis"].rings()
    await asked.answer()
    await both_hear((agent, LUIS), (asked, ANA))
    await transfers.three_way(A)
    await both_hear((customer, ANA), (customer, LUIS), (agent, CALLER), (agent, LUIS), (asked, CALLER), (asked, ANA))
    await floor.knows("ana", "three-way")
    await agent.hang_up()
    await only((customer, LUIS), (asked, CALLER), deaf=((customer, ANA),))
    await customer.hang_up()
    await asked.over()
    story = await floor.story(number)
    check = [part for part in story.segments if part.kind == "consult"]
    assert [(part.agent, part.party) for part in check] == [("ana", "1002"), ("ana", "1002")]
    assert ("three_way", "ana|1002") in [(step.kind, step.detail) for step in story.steps]
    assert listen(floor.recording(story)).seconds_of(LUIS) >= 0.5


async def test_who_was_asked_gets_the_customer_and_a_dead_phone_loses_nobody(floor: Floor) -> None:
    customer, agent, number = await floor.call()
    await floor.calls.transfers.consult(A, "agent", "luis")
    asked = await floor.phones["luis"].rings()
    await asked.answer()
    await both_hear((agent, LUIS), (asked, ANA))
    await agent.hang_up()  # as a phone does that loses its power, once Asterisk has noticed
    await asked.over()
    agent = await floor.phones["ana"].rings()  # from the front of the queue
    await agent.answer()
    await both_hear((customer, ANA), (agent, CALLER))

    await floor.knows("ana", "talking")
    await floor.calls.transfers.consult(A, "agent", "luis")
    asked = await floor.phones["luis"].rings()
    await asked.answer()
    await both_hear((agent, LUIS), (asked, ANA))
    await floor.calls.transfers.complete(A)
    await agent.over()
    await both_hear((customer, LUIS), (asked, CALLER), seconds=1.0)
    await asked.hang_up()
    await customer.over()
    story = await floor.story(number)
    assert ("transfer", "attended|ana|1002") in [(step.kind, step.detail) for step in story.steps]
    assert [part.agent for part in story.segments if part.kind == "talking"] == ["ana", "ana", "luis"]
    check_sum(story)


async def test_who_is_left_on_hold_or_in_a_room_is_not_left_there(floor: Floor) -> None:
    customer, agent, _number = await floor.call()
    await floor.calls.in_call.hold(A)
    await both_hear((customer, MUSIC))
    await customer.hang_up()
    await agent.over(2)

    customer, agent, _number = await floor.call()
    channels, own = Channels(floor.house.appliance.node.ami), floor.calls.own
    await floor.calls.transfers.consult(A, "agent", "luis")
    asked = await floor.phones["luis"].rings()
    await asked.answer()
    await both_hear((agent, LUIS), (asked, ANA))
    there = own.answered(L).channel
    room = (await own.find(A)).customer
    await channels.put(there, HELD=room)
    await channels.send(there, Place("control-room"))  # the customer goes before they come there too
    await eventually(lambda: is_there_alone(channels, there, room))
    await customer.hang_up()
    await asked.over(2)
    await agent.over(2)

    customer, agent, _number = await floor.call()
    await floor.calls.in_call.hold(A)
    await both_hear((customer, MUSIC))
    await agent.hang_up()
    agent = await floor.phones["ana"].rings(2)
    await agent.answer()
    await both_hear((customer, ANA), (agent, CALLER))

    await floor.knows("ana", "talking")
    call = await floor.calls.own.find(A)
    await floor.calls.in_call.hold(A)
    await both_hear((customer, MUSIC))
    await channels.send(call.customer, Place("control-room"))  # whoever was to come there too has gone
    await agent.hang_up()
    agent = await floor.phones["ana"].rings()
    await agent.answer()
    await both_hear((customer, ANA), (agent, CALLER))


async def test_a_call_is_sent_on_and_comes_back_where_nobody_answers(floor: Floor) -> None:
    customer, agent, number = await floor.call()
    transfers = floor.calls.transfers
    await transfers.transfer(A, "agent", "luis")
    await agent.over()
    ringing = await floor.phones["luis"].rings()
    await ringing.call.reject()
    agent = await floor.phones["ana"].rings()
    await agent.answer()
    await both_hear((customer, ANA), (agent, CALLER))
    await floor.knows("ana", "talking")
    await floor.calls.in_call.hold(A)
    await both_hear((customer, MUSIC))
    await transfers.transfer(A, "queue", "support")
    await agent.over()
    there = await floor.phones["luis"].rings()
    await there.answer()
    await both_hear((customer, LUIS), (there, CALLER))
    await customer.hang_up()
    story = await floor.story(number)
    assert [step.detail for step in story.steps if step.kind == "transfer"] == ["blind|ana|1002", "blind|ana|support"]
    check_sum(story)


async def test_calls_go_outside_by_the_routes_alone(floor: Floor) -> None:
    customer, agent, _number = await floor.call()
    with pytest.raises(Refused, match="No outbound route"):
        await floor.calls.transfers.transfer(A, "outside", "0815")
    await floor.calls.transfers.consult(A, "outside", "0044207946")
    await floor.knows("ana", "consult")
    await eventually(lambda: floor.far_end.numbers[-1:] == ["0044207946"])
    assert floor.far_end.calls[-1].caller == "1001"
    await both_hear((customer, MUSIC))
    await floor.calls.transfers.cancel(A)
    await both_hear((customer, ANA), (agent, CALLER))
    await floor.calls.transfers.transfer(A, "outside", "0044207947")
    await agent.over()
    await eventually(lambda: floor.far_end.numbers[-1:] == ["0044207947"])
    await customer.hang_up()


async def test_click_to_call_rings_the_own_phone_first(floor: Floor) -> None:
    with pytest.raises(Refused, match="no call"):
        await floor.calls.in_call.hold(A)
    await floor.calls.dialling.dial(A, Wish("00 44 207 948", by="ana"))
    own = await floor.phones["ana"].rings()
    await floor.knows("ana", "ringing")
    with pytest.raises(Refused, match="answer it there"):  # it is none of the makers whose phones can be asked
        await floor.calls.in_call.answer(A)
    await own.answer()
    await eventually(lambda: floor.far_end.numbers[-1:] == ["0044207948"])
    assert floor.far_end.calls[-1].caller == "1001"
    await floor.knows("ana", "talking")
    await floor.calls.in_call.hang_up(A)
    await own.over()
