"""The live stream: a whole snapshot first, then each change in order, only what the reader may see."""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse

from appliance.core.live import State
from appliance.core.live.state import Agent, Call, Queue
from appliance.store.db import Database
from appliance.store.tables.users import SessionRow
from tests.app.console import Console, a_console
from tests.sites import a_site
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOW = dt.datetime(2030, 1, 2, 12, 0, tzinfo=dt.UTC)
STATE = State(
    queues={"sales": Queue(waiting={"c1": NOW})},
    agents={"ana": Agent("PJSIP/1001", NOW, state="ready"), "luis": Agent("PJSIP/1002", NOW, state="oncall")},
    calls={"call-1": Call(NOW, NOW, caller="5550001", agent="ana"), "call-2": Call(NOW, NOW, agent="luis")},
)


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, a_site()) as console:
        console.live.state, console.live.seq, console.live.is_connected = STATE, 7, True
        yield console


@pytest.fixture
async def quick(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    """The same with a heartbeat that a test can wait for."""
    async with a_console(database, tmp_path, a_site(), heartbeat_s=0.2) as console:
        yield console


async def next_event(response: ClientResponse) -> tuple[str, Any]:
    event, data = "", ""
    async with asyncio.timeout(5):
        while line := (await response.content.readline()).decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            event, data = (value, data) if name == "event" else (event, value)
    return event, json.loads(data) if event else data


def news(seq: int, *changes: dict[str, Any]) -> dict[str, Any]:
    return {"seq": seq, "connected": True, "changes": list(changes)}


async def test_a_snapshot_then_the_changes(console: Console) -> None:
    browser = await console.signed_in("supervisor")
    async with browser.client.get("/stream") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        event, snapshot = await next_event(response)
        assert (event, snapshot["seq"], snapshot["connected"]) == ("snapshot", 7, True)
        assert snapshot["queues"]["sales"]["waiting"] == 1
        assert set(snapshot["agents"]) == {"ana", "luis"}
        assert snapshot["names"]["agents"]["ana"] == "Ana López"
        assert snapshot["config"]["wanted"] == 1
        for seq in (8, 9, 10):
            console.hub.publish("live", news(seq, {"kind": "queues", "key": "sales", "row": {"waiting": seq}}))
        assert [(await next_event(response))[1]["seq"] for _ in range(3)] == [8, 9, 10]
        console.hub.publish("config", {"wanted": 2, "applied": 2, "tried": 2, "error": ""})
        assert await next_event(response) == ("config", {"wanted": 2, "applied": 2, "tried": 2, "error": ""})
        assert (await next_event(response))[0] == "names"
        console.hub.publish("history", {"type": "interaction"})
        assert (await next_event(response))[0] == "history"


async def test_an_agent_gets_only_the_own_rows(console: Console) -> None:
    browser = await console.signed_in("agent")
    async with browser.client.get("/stream") as response:
        _, snapshot = await next_event(response)
        assert (set(snapshot["agents"]), set(snapshot["calls"])) == ({"ana"}, {"call-1"})
        assert (snapshot["queues"], snapshot["config"]) == ({}, None)
        assert snapshot["names"] == {"queues": {}, "agents": {"ana": "Ana López"}}
        console.hub.publish("config", {"wanted": 2, "applied": 2, "tried": 2, "error": ""})
        console.hub.publish("history", {"type": "interaction"})
        changes = [
            {"kind": "agents", "key": "ana", "row": {"state": "paused"}},
            {"kind": "agents", "key": "luis", "row": {"state": "paused"}},
            {"kind": "calls", "key": "call-2", "row": Call(NOW, NOW, agent="luis", where="talking").row()},
            {"kind": "queues", "key": "sales", "row": {"waiting": 3}},
        ]
        console.hub.publish("live", news(8, *changes))
        assert await next_event(response) == ("live", news(8, changes[0]))
        moved = {"kind": "calls", "key": "call-1", "row": Call(NOW, NOW, agent="luis").row()}
        console.hub.publish("live", news(9, moved, changes[0]))
        assert await next_event(response) == ("live", news(9, {**moved, "row": None}, changes[0]))


async def test_a_reader_who_is_too_slow_starts_anew(console: Console) -> None:
    browser = await console.signed_in("supervisor")
    async with browser.client.get("/stream") as response:
        await next_event(response)
        for seq in range(8, 700):  # more than a subscription holds, with no chance to read in between
            console.hub.publish("live", news(seq))
        assert (await next_event(response))[0] == "snapshot"


async def test_the_stream_ends_with_the_hub(console: Console) -> None:
    browser = await console.signed_in("supervisor")
    async with browser.client.get("/stream") as response:
        await next_event(response)
        console.hub.close()
        async with asyncio.timeout(5):
            assert await response.content.read() == b""


async def test_the_stream_ends_with_the_session(quick: Console) -> None:
    browser = await quick.signed_in("supervisor")
    async with browser.client.get("/stream") as response:
        await next_event(response)
        assert (await next_event(response))[0] == ""  # a heartbeat
        async with quick.database.transaction() as tx:
            await tx.execute(SessionRow.__table__.delete())
        async with asyncio.timeout(5):
            await response.content.read()


async def test_the_stream_ends_with_the_session_however_much_there_is_to_tell(quick: Console) -> None:
    """In a busy centre there is no quiet moment: who was signed out must not go on reading."""
    browser = await quick.signed_in("supervisor")
    async with browser.client.get("/stream") as response:
        await next_event(response)
        async with quick.database.transaction() as tx:
            await tx.execute(SessionRow.__table__.delete())
        rest = asyncio.ensure_future(response.content.read())

        def is_over() -> bool:
            quick.hub.publish("live", news(8))
            return rest.done()

        await eventually(is_over, 5)


async def test_a_reader_who_goes_away_is_forgotten(quick: Console) -> None:
    browser = await quick.signed_in("supervisor")
    async with browser.client.get("/stream") as response:
        await next_event(response)
        assert quick.hub._subscribers["live"]
    await eventually(lambda: not quick.hub._subscribers["live"])
