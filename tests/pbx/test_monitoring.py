"""Supervisors and calls of others, with real phones: who hears whom in each mode, and whose call it is in the end."""

from collections.abc import AsyncIterator

import pytest
from baresip import Runtime

from appliance.services.calls.monitoring import Supervisor
from appliance.services.errors import Refused
from tests.pbx.phones import Leg
from tests.pbx.steered import ANA, CALLER, LUIS, MUSIC, SARA, SEATS, Floor, a_floor, both_hear, only
from tests.waiting import eventually

A = SEATS["ana"]
BOSS = Supervisor("sara@example.com", SEATS["sara"])


@pytest.fixture(scope="module")
async def floor(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Floor]:
    async with a_floor(tmp_path_factory.mktemp("watched"), runtime) as floor:
        yield floor


@pytest.fixture(autouse=True)
async def put_down(floor: Floor) -> AsyncIterator[None]:
    yield
    await floor.put_down()


def call_id(floor: Floor, number: str) -> str:
    return next(key for key, call in floor.house.appliance.live.state.calls.items() if call.caller == number)


async def waits(floor: Floor, number: str) -> None:
    """Until the live picture shows this caller in a queue."""
    live = floor.house.appliance.live
    await eventually(lambda: any((c.caller, c.where) == (number, "queue") for c in live.state.calls.values()))


async def watches(floor: Floor, number: str, mode: str) -> Leg:
    await floor.calls.monitoring.watch(call_id(floor, number), mode, BOSS)  # type: ignore[arg-type]
    ear = await floor.phones["sara"].rings()
    await ear.answer()
    return ear


async def test_a_supervisor_listens_whispers_and_barges_in_by_keys(floor: Floor) -> None:
    customer, agent, number = await floor.call()
    boss = await watches(floor, number, "listen")
    await only((boss, ANA), (boss, CALLER), deaf=((agent, SARA), (customer, SARA)))
    await boss.press("5")
    await only((agent, SARA), (boss, CALLER), deaf=((customer, SARA),))
    await boss.press("6")
    await both_hear((agent, SARA), (customer, SARA), (boss, CALLER), (boss, ANA))
    await boss.press("4")
    await both_hear((boss, CALLER))
    await only((boss, ANA), (boss, CALLER), deaf=((agent, SARA), (customer, SARA)))

    # After a step of the agent's the two talk in a room, where barging in is entering it.
    await floor.calls.in_call.hold(A)
    await both_hear((customer, MUSIC))
    await floor.calls.in_call.resume(A)
    await both_hear((customer, ANA), (agent, CALLER), (boss, ANA))
    await boss.press("6")
    await both_hear((agent, SARA), (customer, SARA), (boss, CALLER), (boss, ANA))
    await boss.press("5")
    await both_hear((agent, SARA))
    await only((agent, SARA), (boss, CALLER), deaf=((customer, SARA),))
    await customer.hang_up()
    await boss.over()
    story = await floor.story(number)
    modes = [step.detail for step in story.steps if step.kind == "monitor"]
    assert modes == [
        f"{mode}|sara@example.com" for mode in ("listen", "whisper", "barge", "listen", "barge", "whisper")
    ]
    assert {part.agent for part in story.segments if part.kind == "talking"} <= {"ana", ""}


async def test_a_supervisor_takes_a_call_over(floor: Floor) -> None:
    customer, agent, number = await floor.call()
    await floor.calls.monitoring.take(call_id(floor, number), BOSS)
    boss = await floor.phones["sara"].rings()
    await both_hear((customer, ANA), (agent, CALLER))  # nothing changes before the phone is answered
    await boss.answer()
    await agent.over()
    await both_hear((customer, SARA), (boss, CALLER))
    await eventually(lambda: floor.house.appliance.live.state.agents["ana"].state == "ready")  # for the next call
    await floor.knows("sara", "talking")
    await floor.calls.in_call.hold(SEATS["sara"])
    await both_hear((customer, MUSIC))
    await floor.calls.in_call.resume(SEATS["sara"])
    await both_hear((customer, SARA), (boss, CALLER))
    await boss.hang_up()
    await customer.over()
    story = await floor.story(number)
    assert [part.agent for part in story.segments if part.kind == "talking"] == ["ana", "sara", "sara"]
    assert "taken" in [step.kind for step in story.steps]


async def test_a_supervisor_takes_a_caller_who_waits(floor: Floor) -> None:
    first, agent, _number = await floor.call()
    waiting, number = await floor.dials_in()
    await waits(floor, number)
    await floor.calls.monitoring.take(call_id(floor, number), BOSS)
    boss = await floor.phones["sara"].rings()
    await boss.answer()
    await both_hear((waiting, SARA), (boss, CALLER), (first, ANA), (agent, CALLER))
    await waiting.hang_up()
    await boss.over()
    call = (await floor.story(number)).interaction
    assert (call.agent, call.outcome) == ("sara", "answered")


async def test_a_waiting_caller_is_given_to_an_agent(floor: Floor) -> None:
    """First to one who does not answer: the caller is back in line, in the old place."""
    first, agent, _number = await floor.call()
    waiting, number = await floor.dials_in()
    await both_hear((waiting, MUSIC))
    monitoring = floor.calls.monitoring
    await waits(floor, number)
    with pytest.raises(Refused, match="has a call"):
        await monitoring.give(call_id(floor, number), A, "sara")
    await monitoring.give(call_id(floor, number), SEATS["luis"], "sara")
    rings = await floor.phones["luis"].rings()
    await rings.call.reject()
    await both_hear((waiting, MUSIC))
    await waits(floor, number)
    await monitoring.give(call_id(floor, number), SEATS["luis"], "sara")
    answered = await floor.phones["luis"].rings()
    await answered.answer()
    await both_hear((waiting, LUIS), (answered, CALLER))
    await both_hear((first, ANA), (agent, CALLER))
    await answered.hang_up()
    await waiting.over()
    story = await floor.story(number)
    call = story.interaction
    assert (call.agent, call.queue, call.outcome) == ("luis", "sales", "answered")
    assert [step.detail for step in story.steps if step.kind == "given"] == ["sara|1002", "sara|1002"]
    assert story.recording is not None
