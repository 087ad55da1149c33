"""The supervisors' board over HTTP: who sees what, and what is done from it."""

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.live import State
from appliance.core.live.state import Agent, Call, Queue
from appliance.services.agents.pauses import pause
from appliance.services.agents.requests import ask, load_request
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.board.picture import FLOOR
from appliance.services.history import interaction_message
from appliance.store.db import Database
from appliance.store.sessions import load_session
from appliance.store.tables.floor import MessageReadingRow, RequestRow
from tests.app.console import Browser, Console, a_console, a_user
from tests.app.test_stream import next_event
from tests.demo_data import a_call as an_interaction
from tests.unit.test_sight import a_grouped_site
from tests.waiting import eventually

NOW = dt.datetime(2030, 1, 2, 12, 0, tzinfo=dt.UTC)
STATE = State(
    queues={"sales": Queue(waiting={"c1": NOW}), "support": Queue()},
    agents={"ana": Agent("PJSIP/1001", NOW, state="oncall", call_id="north"), "luis": Agent("PJSIP/1002", NOW)},
    calls={
        "north": Call(NOW, NOW, where="talking", caller="111", queue="sales", agent="ana"),
        "south": Call(NOW, NOW, where="queue", caller="222", queue="support"),
    },
)


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    """Nora sees queue sales and agent ana; the user named supervisor sees everything."""
    async with a_console(database, tmp_path, a_grouped_site()) as console:
        console.live.state, console.live.is_connected = STATE, True
        async with database.transaction() as tx:
            tx.add(a_user("nora", "supervisor"))
            for agent in ("ana", "luis"):
                await log_in(tx, agent, Place("local"), Act("test"))
        yield console


async def as_user(console: Console, login: str) -> Browser:
    browser = console.browser()
    await browser.sign_in(login)
    return browser


async def status(browser: Browser, path: str) -> int:
    return (await browser.client.get(path)).status


async def test_panels_show_the_own_team_and_nobody_else(console: Console) -> None:
    nora, free = await as_user(console, "nora"), await as_user(console, "supervisor")
    agent = await nora.get("/board/agents/ana")
    assert "Ana López" in agent
    assert "111" in agent
    assert "111" in await nora.get("/board/calls/north")
    assert await status(nora, "/board/agents/luis") == 404
    assert "222" not in await nora.get("/board/calls/south")
    assert "222" in await free.get("/board/calls/south")
    assert "over" in await free.get("/board/calls/gone")
    board = await nora.get("/board")
    assert "Sales" in board
    assert "Support" not in board


async def test_the_stream_of_a_board_has_figures_and_requests_of_the_own_team(console: Console) -> None:
    async with console.database.transaction() as tx:
        for agent in ("ana", "luis"):
            await ask(tx, agent, "help", "angry caller")
    await console.board.look()
    nora = await as_user(console, "nora")
    async with nora.client.get("/stream") as response:
        _event, snapshot = await next_event(response)
        assert [row["about"] for row in snapshot["board"]["requests"].values()] == ["ana"]
        console.board._hub.publish(
            "board", {"seq": 2, "changes": [{"kind": "figures", "key": key, "row": {}} for key in ("support", "sales")]}
        )
        event, changes = await next_event(response)
        assert (event, [each["key"] for each in changes]) == ("board", ["sales"])
    agent = await console.signed_in("agent")
    async with agent.client.get("/stream") as response:
        assert (await next_event(response))[1]["board"] == {}


async def test_figures_follow_each_call_without_being_read_again(console: Console) -> None:
    async with console.hub.subscribe(["board"]) as news:
        job = asyncio.ensure_future(console.board.run())
        await eventually(lambda: console.board._day)
        call = an_interaction(1, dt.datetime.now(dt.UTC) - dt.timedelta(seconds=90), random.Random(1), path="a.wav")
        console.hub.publish("history", interaction_message(call))
        message = await anext(news)
        assert message.body["changes"][0]["row"]["answered"] == 1
        job.cancel()


async def test_help_is_answered_once(console: Console) -> None:
    async with console.database.transaction() as tx:
        await ask(tx, "ana", "help", "angry caller")
        await ask(tx, "luis", "help", "")
    nora = await as_user(console, "nora")
    assert (await nora.post("/board/requests/1/grant")).status == 303
    async with console.database.reading() as tx:
        row = await tx.get_one(RequestRow, 1)
        assert (row.answer, row.decided_by) == ("granted", "nora")
    assert (await nora.post("/board/requests/1/refuse")).status == 409
    assert (await nora.post("/board/requests/2/grant")).status == 404
    assert (await nora.post("/board/requests/9/grant")).status == 404
    async with console.database.reading() as tx:
        assert await load_request(tx, "luis", "help") is not None


async def test_a_pause_that_was_asked_for_is_granted_or_refused(console: Console) -> None:
    async with console.database.transaction() as tx:
        for agent in ("ana", "luis"):
            await ask(tx, agent, "pause", "lunch")
    free = await as_user(console, "supervisor")
    assert (await free.post("/board/requests/1/grant", {"note": "ten minutes"})).status == 303
    assert (await free.post("/board/requests/2/refuse")).status == 303
    async with console.database.reading() as tx:
        ana, luis = await load_session(tx, "ana"), await load_session(tx, "luis")
    assert ana is not None
    assert luis is not None
    assert (ana.paused_reason, ana.pause_note, luis.paused_reason) == ("lunch", "ten minutes", None)
    assert console.membership.count == 2


async def test_messages_reach_who_is_seen_and_tell_who_read_them(console: Console) -> None:
    nora, free = await as_user(console, "nora"), await as_user(console, "supervisor")
    async with console.hub.subscribe([FLOOR, "desk"]) as news:
        assert (await nora.post("/board/messages", {"to": "all", "text": "Short breaks <today>"})).status == 303
        message = await anext(news)
        assert message.body == {"what": "messages", "agent": "ana"}
    assert (await nora.post("/board/messages", {"to": "agent:luis", "text": "x"})).status == 409
    assert (await nora.post("/board/messages", {"to": "queue:support", "text": "x"})).status == 409
    assert (await nora.post("/board/messages", {"to": "all", "text": " \0"})).status == 409
    assert (await nora.post("/board/messages", {"to": "all:" + "x" * 300, "text": "x"})).status == 409
    assert (await free.post("/board/messages", {"to": "all", "text": "To everybody"})).status == 303
    async with console.database.transaction() as tx:
        reading = await tx.get_one(MessageReadingRow, (2, "luis"))
        reading.read_at = dt.datetime.now(dt.UTC)
    everything = await free.get("/board/messages")
    assert "Read by 1 of 2" in everything
    assert "Short breaks &lt;today&gt;" in everything
    own = await nora.get("/board/messages")
    assert "Short breaks" in own
    assert "To everybody" not in own
    assert "Luis" not in own


async def test_who_only_looks_may_not_act(console: Console) -> None:
    auditor = await console.signed_in("auditor")
    assert "Make ready" not in await auditor.get("/board/agents/ana")
    assert (await auditor.post("/board/messages", {"to": "all", "text": "x"})).status == 403
    async with console.database.transaction() as tx:
        await pause(tx, "ana", "lunch", Act("supervisor", note="back at three"))
    assert "back at three" in await auditor.get("/board/agents/ana")
