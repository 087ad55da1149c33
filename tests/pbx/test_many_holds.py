"""Many holds that end at the same moment: all are sent to a room, and none is lost on the way."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.adapters.ami import Ami, AmiError
from appliance.adapters.asterisk import Asterisk
from appliance.services.calls.channels import Channels, Place
from tests.pbx.nodes import TestNode, make_node
from tests.waiting import eventually

PAIRS = 40
ROUNDS = 3


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    return make_node(tmp_path, max_calls=4 * PAIRS)


@pytest.fixture
async def ami(node: TestNode) -> AsyncIterator[Ami]:
    asterisk = Asterisk(node.facts, node.program)
    await asterisk.start()
    ami = Ami("127.0.0.1", node.facts.ami_port, "appliance", node.facts.ami_secret)
    job = asyncio.create_task(ami.run())
    await ami.wait_connected()
    yield ami
    await ami.close()
    await job
    await asterisk.stop()


async def far_ends(ami: Ami) -> list[str]:
    """The channels in the dialplan, by unique id."""
    shown = await ami.list("CoreShowChannels")
    return [
        each["Uniqueid"] for each in shown if each["Channel"].startswith("Local/long") and each["Channel"][-1] == "2"
    ]


async def rooms(ami: Ami) -> Counter[str]:
    """How many rooms have how many people."""
    try:
        return Counter(room["Parties"] for room in await ami.list("ConfbridgeListRooms"))
    except AmiError:  # there is none
        return Counter()


async def test_every_customer_comes_back_to_the_own_agent(node: TestNode, ami: Ami) -> None:
    for _ in range(2 * PAIRS):
        await ami.action("Originate", Channel="Local/long@process-test/n", Application="Wait", Data="600", Async="true")
    ends: list[str] = await eventually(lambda: all_are_up(ami))
    channels = Channels(ami)
    for done in range(1, ROUNDS + 1):
        for customer, agent in zip(ends[::2], ends[1::2], strict=True):
            await channels.put(customer, HOLDER=agent, HOLD_S="2")  # whole seconds: a single one may be over at once
            await channels.put(agent, HELD=customer)
            await channels.send_both((agent, Place("control-wait")), (customer, Place("control-hold")))
        await eventually(lambda done=done: unheld(node) == done * PAIRS)
        await eventually(lambda: all_talk(ami))


def unheld(node: TestNode) -> int:
    return Path(node.facts.log, "cel-custom/cel.csv").read_text().count('"CELGenUserEvent","UNHOLD,')


async def all_are_up(ami: Ami) -> list[str]:
    ends = await far_ends(ami)
    return ends if len(ends) == 2 * PAIRS else []


async def all_talk(ami: Ami) -> bool:
    return await rooms(ami) == {"2": PAIRS}
