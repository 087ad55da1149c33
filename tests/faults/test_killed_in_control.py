"""kill -9 of the daemon while a call is steered from a page: the customer hears music, and is not left with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from appliance.adapters.ami import Ami
from appliance.services.calls.call_control import CallControl
from appliance.services.calls.own_call import Seat
from appliance.services.hub import Hub
from appliance.services.live import Live
from appliance.store.interactions import InteractionFilter, list_interactions, load_interaction
from tests.faults.test_killed import PATIENCE_S, Floor, floor
from tests.house import manager
from tests.pbx.phones import Leg
from tests.waiting import eventually

__all__ = ["floor"]


@asynccontextmanager
async def steering(floor: Floor) -> AsyncIterator[tuple[CallControl, Ami, Live]]:
    async with manager(floor.daemon.settings) as ami:
        live = Live(ami, Hub())
        job = asyncio.create_task(live.run())
        try:
            yield CallControl(ami, live, floor.database), ami, live
        finally:
            job.cancel()


async def steered(floor: Floor, number: str, hold_s: int) -> tuple[Leg, Leg]:
    """A customer who hears music because the agent has put them on hold, and nobody steers any more."""
    customer, agent = await floor.talk(number)
    async with steering(floor) as (calls, ami, live):
        await eventually(lambda: any(call.agent for call in live.state.calls.values()), PATIENCE_S)
        key = next(call.agent for call in live.state.calls.values() if call.agent)
        seat = Seat(key, {"ana": "1001", "luis": "1002"}[key])
        found = await calls.own.find(seat)
        await ami.action("Setvar", Channel=found.customer, Variable="HOLD_S", Value=str(hold_s))
        await calls.in_call.hold(seat)
        await eventually(lambda: live.state.agents[key].state == "hold", PATIENCE_S)
        heard = customer.ear.loud_s
        await eventually(lambda: customer.ear.loud_s > heard + 0.5, PATIENCE_S)
    return customer, agent


async def test_a_customer_on_hold_comes_back_to_the_agent_or_to_another_one(floor: Floor) -> None:
    floor.daemon.kill()
    customer, agent = await steered(floor, "5551001", hold_s=2)
    heard = agent.ear.seconds_of(1000)
    await agent.hears(1000, heard + 1.0, timeout_s=PATIENCE_S)  # the longest hold is over: they talk again
    await customer.hang_up()
    await agent.over(PATIENCE_S)

    customer, agent = await steered(floor, "5551002", hold_s=900)
    await agent.hang_up()  # the phone is gone
    rings = [asyncio.ensure_future(each.ringing.get()) for each in floor.agents]
    done, rest = await asyncio.wait(rings, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
    for wait in rest:
        wait.cancel()
    again = done.pop().result()
    await again.answer()
    await again.hears(1000)
    await customer.hang_up()
    floor.daemon.start()
    await eventually(lambda: segments(floor, "5551002"), PATIENCE_S)
    assert (await segments(floor, "5551001"))[-3:] == ["talking", "hold", "talking"]
    kinds = [kind for kind in await segments(floor, "5551002") if kind in ("waiting", "talking", "hold")]
    assert kinds == ["waiting", "talking", "hold", "waiting", "talking"]


async def segments(floor: Floor, number: str) -> list[str]:
    """What the customer went through, once the call is in the history."""
    async with floor.database.reading() as tx:
        calls = (await list_interactions(tx, InteractionFilter(caller=number))).interactions
        story = await load_interaction(tx, calls[0].guid) if calls else None
    return [part.kind for part in story.segments if part.kind != "ringing"] if story else []
