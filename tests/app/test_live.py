"""The live picture from the wire to a browser's stream, with everything that can be missed on the way."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from appliance.adapters.ami import Ami, Timing
from appliance.services.hub import Hub, Subscription
from appliance.services.live import TOPIC, Live
from tests.ami_events import QueueCall, Raw, listed_member, member
from tests.ami_server import AmiServer, listing, silence
from tests.waiting import eventually

CALL = QueueCall(1)


class Browser:
    """Does what live.js does: a snapshot, then every newer change."""

    def __init__(self, hub: Hub, live: Live) -> None:
        self.messages: Subscription = hub.subscribe([TOPIC])
        self.picture: dict[str, Any] = live.snapshot()
        self.received = 0
        self._job = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.messages:
            if message.body["seq"] <= self.picture["seq"]:
                continue
            self.received += 1
            self.picture |= {"seq": message.body["seq"], "connected": message.body["connected"]}
            for change in message.body["changes"]:
                self.picture[change["kind"]].pop(change["key"], None)
                if change["row"] is not None:
                    self.picture[change["kind"]][change["key"]] = change["row"]

    async def sees(self, what: Callable[[dict[str, Any]], object]) -> None:
        def check() -> bool:
            with suppress(KeyError):
                return bool(what(self.picture))
            return False

        await eventually(check)

    def agent(self, name: str = "ana") -> str:
        return str(self.picture["agents"][name]["state"])

    async def close(self) -> None:
        self.messages.close()
        await self._job


@asynccontextmanager
async def running(
    server: AmiServer, queue_size: int = 1000, wrapup_s: Mapping[str, int] | None = None
) -> AsyncIterator[tuple[Live, Browser, Hub]]:
    async def load_wrapup() -> Mapping[str, int]:
        return wrapup_s or {}

    hub = Hub()
    ami = Ami(server.host, server.port, server.username, server.secret, queue_size=queue_size)
    ami.timing = Timing(answer_s=0.2, retry_first_s=0.01, retry_most_s=0.05)
    live = Live(ami, hub, load_wrapup)
    jobs = [asyncio.create_task(ami.run()), asyncio.create_task(live.run())]
    browser = Browser(hub, live)
    try:
        yield live, browser, hub
        assert browser.picture == live.snapshot()
    finally:
        await browser.close()
        for job in jobs:
            job.cancel()
        await asyncio.wait(jobs)


def lists(server: AmiServer, *members: Raw, channels: tuple[Raw, ...] = ()) -> None:
    server.answer("QueueStatus", listing("QueueStatus", [{"Event": "QueueParams", "Queue": "sales"}, *members]))
    server.answer("CoreShowChannels", listing("CoreShowChannels", channels))


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        lists(server, listed_member("sales", "ana"))
        yield server


async def test_a_call_is_seen_as_it_happens(server: AmiServer) -> None:
    async with running(server) as (_live, browser, _hub):
        await browser.sees(lambda p: p["connected"] and p["agents"]["ana"]["state"] == "ready")
        server.send(*CALL.arrives())
        await browser.sees(lambda p: p["queues"]["sales"]["waiting"] == 1)
        server.send(*CALL.rings())
        await browser.sees(lambda p: p["agents"]["ana"]["state"] == "ringing")
        server.send(*CALL.is_answered())
        await browser.sees(lambda p: p["calls"][CALL.caller_id]["agent"] == "ana")
        server.send(*CALL.ends())
        await browser.sees(lambda p: not p["calls"] and p["agents"]["ana"]["state"] == "ready")
        assert browser.picture["queues"]["sales"] == {"waiting": 0, "longest": None, "agents": {"ready": 1}}


async def test_events_that_come_together_are_one_message(server: AmiServer) -> None:
    async with running(server) as (live, browser, _hub):
        await browser.sees(lambda p: p["connected"])
        before = live.seq
        server.send(*CALL.arrives(), *CALL.rings(), *CALL.is_answered())
        await browser.sees(lambda p: p["calls"][CALL.caller_id]["where"] == "talking")
        assert live.seq - before <= 3


async def test_after_a_lost_connection_the_lists_are_read_again(server: AmiServer) -> None:
    async with running(server) as (_live, browser, _hub):
        await browser.sees(lambda p: p["connected"])
        server.send(*CALL.arrives())
        await browser.sees(lambda p: p["queues"]["sales"]["waiting"] == 1)
        await server.stop()
        await browser.sees(lambda p: not p["connected"])
        assert browser.picture["queues"]["sales"]["waiting"] == 1  # what was last known stays, marked as not connected
        lists(server, listed_member("sales", "ben"))
        await server.start()
        await browser.sees(lambda p: p["connected"] and not p["calls"] and list(p["agents"]) == ["ben"])


async def test_after_an_overflow_the_lists_are_read_again(server: AmiServer) -> None:
    async with running(server, queue_size=10) as (live, browser, _hub):
        await browser.sees(lambda p: p["connected"])
        lists(server, listed_member("sales", "ana"), listed_member("sales", "ben"))
        server.send(*({"Event": "Newstate", "Number": str(n)} for n in range(100)))
        await browser.sees(lambda p: "ben" in p["agents"])
        assert len(server.received("Login")) == 1
        assert live.is_connected


async def test_events_during_the_lists_are_not_lost(server: AmiServer) -> None:
    async with running(server) as (live, browser, _hub):
        await browser.sees(lambda p: p["connected"])

        def answer(action: Raw) -> list[Raw]:
            return [*listing("QueueStatus", [listed_member("sales", "ana")])(action), *CALL.arrives()]

        server.answer("QueueStatus", answer)
        live.poke()
        await browser.sees(lambda p: p["queues"]["sales"]["waiting"] == 1)


async def test_an_applied_configuration_is_a_reason_to_look_again(server: AmiServer) -> None:
    async with running(server) as (_live, browser, hub):
        await browser.sees(lambda p: p["connected"])
        server.answer("QueueStatus", listing("QueueStatus", [{"Event": "QueueParams", "Queue": "new"}]))
        hub.publish("config", {"applied": 2})
        await browser.sees(lambda p: list(p["queues"]) == ["new"])


async def test_a_connection_lost_during_the_lists_shows(server: AmiServer) -> None:
    async with running(server) as (live, browser, _hub):
        await browser.sees(lambda p: p["connected"])
        server.answer("CoreShowChannels", silence)
        live.poke()
        await eventually(lambda: len(server.received("CoreShowChannels")) == 2)
        await server.stop()
        await browser.sees(lambda p: not p["connected"])
        server.answer("CoreShowChannels", listing("CoreShowChannels"))
        await server.start()
        await browser.sees(lambda p: p["connected"])


async def test_unanswered_lists_are_asked_for_again(server: AmiServer) -> None:
    server.answer("CoreShowChannels", silence)
    async with running(server) as (live, browser, _hub):
        await eventually(lambda: server.received("CoreShowChannels"))
        assert not live.is_connected
        server.answer("CoreShowChannels", listing("CoreShowChannels"))
        await browser.sees(lambda p: p["connected"])


async def test_wrap_up_ends_by_itself(server: AmiServer) -> None:
    async with running(server, wrapup_s={"sales": 1}) as (_live, browser, _hub):
        await browser.sees(lambda p: p["connected"])
        server.send(*CALL.story())
        await browser.sees(lambda p: p["agents"]["ana"]["state"] == "wrapup")
        await browser.sees(lambda p: p["agents"]["ana"]["state"] == "ready")


async def test_a_snapshot_is_never_older_than_the_changes_that_follow(server: AmiServer) -> None:
    async with running(server) as (live, browser, hub):
        await browser.sees(lambda p: p["connected"])
        others = []
        for turn in range(20):
            others.append(Browser(hub, live))
            seen = browser.received
            server.send(member("sales", "ana", Status=str(2 - turn % 2)))
            await eventually(lambda seen=seen: browser.received > seen)
        server.send(*CALL.story())
        await eventually(lambda: all(other.picture == live.snapshot() for other in (browser, *others)))
        for other in others:
            await other.close()


async def test_the_picture_of_a_centre_at_work(server: AmiServer) -> None:
    busy = QueueCall(2)
    channels = (
        busy.caller("CoreShowChannel", Duration="00:01:00", BridgeId="b"),
        busy.leg("CoreShowChannel", Duration="00:00:30", BridgeId="b"),
    )
    lists(server, listed_member("sales", "ana", Status="2"), channels=channels)
    async with running(server) as (_live, browser, _hub):
        await browser.sees(lambda p: p["connected"])
        assert browser.agent() == "oncall"
        assert browser.picture["calls"][busy.caller_id]["where"] == "talking"
        server.send(*busy.ends())
        await browser.sees(lambda p: not p["calls"])
        assert browser.agent() == "ready"
