"""The live stream of supervisors in security groups: the rows of their own team, and nothing that leaves it."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.live import State
from appliance.core.live.state import Agent, Call, Phone, Queue
from appliance.services.entities import save_entity
from appliance.store.db import Database
from appliance.store.site import load_entity
from appliance.web.keys import DATABASE
from tests.app.console import Console, a_console, a_user
from tests.app.test_stream import news, next_event
from tests.unit.test_sight import a_grouped_site

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOW = dt.datetime(2030, 1, 2, 12, 0, tzinfo=dt.UTC)
STATE = State(
    queues={"sales": Queue(waiting={"c1": NOW}), "support": Queue()},
    agents={"ana": Agent("PJSIP/1001", NOW, state="ready"), "luis": Agent("PJSIP/1002", NOW, state="oncall")},
    calls={"north": Call(NOW, NOW, queue="sales"), "south": Call(NOW, NOW, queue="support", campaign="support")},
    phones={"1001": Phone(), "1002": Phone()},
)
CONFIG = {"wanted": 2, "applied": 2, "tried": 2, "error": ""}


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, a_grouped_site(), heartbeat_s=0.8) as console:
        console.live.state, console.live.seq, console.live.is_connected = STATE, 7, True
        async with database.transaction() as tx:
            tx.add_all([a_user("nora", "supervisor"), a_user("gil", "supervisor")])
        yield console


def call(key: str, **fields: str) -> dict[str, Any]:
    return {"kind": "calls", "key": key, "row": Call(NOW, NOW, **fields).row()}  # type: ignore[arg-type]


SEEN = {  # queues, agents, calls, phones and the names that come with them
    "nora": (["sales"], ["ana"], ["north"], ["1001"]),
    "gil": ([], ["luis"], ["south"], ["1002"]),
    "supervisor": (["sales", "support"], ["ana", "luis"], ["north", "south"], ["1001", "1002"]),
    "auditor": (["sales", "support"], ["ana", "luis"], ["north", "south"], ["1001", "1002"]),
}


@pytest.mark.parametrize("login", SEEN)
async def test_a_snapshot_has_the_own_team(console: Console, login: str) -> None:
    browser = console.browser()
    await browser.sign_in(login)
    async with browser.client.get("/stream") as response:
        _event, snapshot = await next_event(response)
    queues, agents, *_others = SEEN[login]
    assert tuple(sorted(snapshot[kind]) for kind in ("queues", "agents", "calls", "phones")) == SEEN[login]
    assert {section: sorted(names) for section, names in snapshot["names"].items()} == {
        "queues": queues,
        "agents": agents,
    }


async def test_changes_are_those_of_the_own_team(console: Console) -> None:
    browser = console.browser()
    await browser.sign_in("nora")
    async with browser.client.get("/stream") as response:
        await next_event(response)
        other, passed_on = call("south", queue="support"), call("north", queue="support")
        console.hub.publish("live", news(8, other, {"kind": "agents", "key": "luis", "row": {}}, passed_on))
        assert await next_event(response) == ("live", news(8, {**passed_on, "row": None}))
        console.hub.publish("live", news(9, passed_on))  # of another team by now: nothing is told
        console.hub.publish("live", news(10) | {"connected": False})
        assert await next_event(response) == ("live", news(10) | {"connected": False})
        console.hub.publish("history", {"type": "interaction", "guid": "g", "agent": "luis", "segments": []})
        assert await next_event(response) == ("history", {"type": "interaction"})


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "found with the heartbeat"])
async def test_an_edit_of_the_group_changes_an_open_stream(console: Console, is_told: bool) -> None:
    browser = console.browser()
    await browser.sign_in("nora")
    async with browser.client.get("/stream") as response:
        assert sorted((await next_event(response))[1]["agents"]) == ["ana"]
        async with console.server.app[DATABASE].transaction() as tx:
            found = await load_entity(tx, "security_groups", "north")
            assert found is not None
            group = type(found[0]).model_validate({**found[0].model_dump(), "agents": [{"agent": "luis"}]})
            await save_entity(tx, "security_groups", group, version=found[1], by="test")
        if is_told:
            console.hub.publish("config", CONFIG)
        event, snapshot = await next_event(response)
        while event == "":  # a heartbeat
            event, snapshot = await next_event(response)
        assert (event, sorted(snapshot["agents"]), snapshot["names"]["agents"]) == (
            "snapshot",
            ["luis"],
            {"luis": "Luis Pérez"},
        )
