"""Callbacks from the journal to the database to Asterisk: noted once, tried once, shown and cancelled."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from appliance.core.callbacks import Callback
from appliance.core.live.state import Queue as LiveQueue
from appliance.core.live.state import State
from appliance.core.site import Site
from appliance.services.callbacks import LOOK_S, Callbacks
from appliance.services.emergency import set_emergency
from appliance.services.entities import replace_site
from appliance.services.history import History
from appliance.services.hub import Hub
from appliance.services.live import Live
from appliance.store.callbacks import list_callbacks
from appliance.store.db import Database
from appliance.store.tables.callbacks import CallbackRow
from appliance.store.tables.calls import JournalPositionRow
from tests.ami_server import AmiServer, error, silence, success
from tests.app.api import an_api
from tests.app.console import a_console
from tests.journal_node import a_node, append, cel_file
from tests.waiting import eventually

GUID = "daf5870b-3990-4d6e-85fb-98bbe544fb75"
OTHER = "5c2d4fd3-9d29-4f5c-bf0e-6e6d0f5b8f11"
SITE = Site.model_validate(
    {
        "prompts": {"offer": {"key": "offer", "name": "Offer", "audio": {"en": {"text": "Press 1."}}}},
        "trunks": {"main": {"key": "main", "name": "Main", "host": "192.0.2.1"}},
        "outbound_routes": {
            "all": {"key": "all", "name": "All", "patterns": [{"pattern": "5*"}], "trunks": [{"trunk": "main"}]}
        },
        "queues": {
            "sales": {"key": "sales", "name": "Sales", "callback_after_s": 60, "callback_prompt": "offer"},
        },
    }
)


def line(name: str, extra: str, at: float = 0) -> bytes:
    """A user event in the journal, as cel_custom writes it."""
    moment = at or dt.datetime.now(dt.UTC).timestamp()
    told = f'"{{""extra"":""{extra}""}}"'
    return (
        f'"USER_DEFINED","{moment:.6f}","5550001","","s","callback_ask","PJSIP/trunk-main-1","CELGenUserEvent","",'
        f'"local-1.1","local-1.1","{name}",{told}\n'
    ).encode()


def asked(guid: str = GUID, number: str = "5550001", queue: str = "sales") -> bytes:
    joined = int(dt.datetime.now(dt.UTC).timestamp()) - 60
    return line("CALLBACK_ASKED", f"{queue}|{number}|{guid}|en|{joined}|{number}")


@pytest.fixture
async def centre(database: Database) -> Database:
    async with database.transaction() as tx:
        await replace_site(tx, SITE, by="test", summary="test")
    return database


async def read(database: Database, folder: Path, *lines: bytes) -> list[Callback]:
    """What is stored once a new daemon has read these lines too."""
    node = a_node(folder)
    append(cel_file(folder), b"".join(lines))
    await History(node, database, Hub()).catch_up()
    return await stored(database)


async def stored(database: Database) -> list[Callback]:
    async with database.reading() as tx:
        return await list_callbacks(tx)


async def test_who_asks_is_noted_once(centre: Database, tmp_path: Path) -> None:
    [found] = await read(centre, tmp_path, asked())
    assert (found.queue, found.number, found.caller, found.guid) == ("sales", "5550001", "5550001", GUID)
    assert (found.tries, found.result, found.ended_at) == (0, "", None)
    assert 59 <= found.waited_s <= 62
    async with centre.transaction() as tx:  # its place is lost: the journal is read from the start
        await tx.execute(JournalPositionRow.__table__.delete())
    assert len(await read(centre, tmp_path)) == 1
    assert len(await read(centre, tmp_path, asked(OTHER))) == 1  # the same number again
    assert len(await read(centre, tmp_path, asked(OTHER, "5550002"))) == 2


@pytest.mark.parametrize(
    "extra",
    ["", "sales", f"sales|5550001&x|{GUID}|en|1|", f"Sales X|5550001|{GUID}|en|1|", f"sales|5550001|{GUID}|en|x|",
     "sales|5550001|no-guid|en|1|"],
)  # fmt: skip
async def test_what_no_dialplan_of_ours_writes_is_not_noted(centre: Database, tmp_path: Path, extra: str) -> None:
    assert await read(centre, tmp_path, line("CALLBACK_ASKED", extra)) == []


@asynccontextmanager
async def a_daemon(database: Database, folder: Path, server: AmiServer, *, ready: int = 1) -> AsyncIterator[Live]:
    """One that places callbacks, with this many agents of sales who are free."""
    node = a_node(folder, server=server)
    live = Live(node.ami, Hub())
    live.state, live.is_connected = State(queues={"sales": LiveQueue(tally={"ready": ready})}), True
    jobs = [asyncio.create_task(node.ami.run()), asyncio.create_task(Callbacks(node, database, live).run())]
    await node.ami.wait_connected()
    try:
        yield live
    finally:
        await node.ami.close()
        for job in jobs:
            job.cancel()
        await asyncio.wait(jobs)


async def looks(server: AmiServer) -> None:
    """Until the daemon has asked Asterisk for something."""
    await eventually(lambda: server.received("DBGetTree") or server.received("Originate"))


async def test_an_attempt_is_stored_before_asterisk_hears_of_it(centre: Database, tmp_path: Path) -> None:
    await read(centre, tmp_path, asked())
    async with AmiServer() as server:
        server.answer("Originate", silence)  # whether it dials is unknown
        async with a_daemon(centre, tmp_path, server):
            [action] = await eventually(lambda: server.received("Originate"))
            [found] = await stored(centre)
        assert (found.tries, found.result) == (1, "")
        assert action["Channel"] == "Local/s@callback-sales_turn/n"
        assert f"__GUID={found.last_guid}" in action["Variable"]
        server.answer("Originate", success())
        async with a_daemon(centre, tmp_path, server):  # a restart does not dial it a second time
            await eventually(lambda: server.logins == 2)
            await asyncio.gather(*(stored(centre) for _ in range(20)))
        assert len(server.received("Originate")) == 1
    busy = line("CALLBACK_RESULT", f"{GUID}|{found.last_guid}|BUSY")
    [after] = await read(centre, tmp_path, line("CALLBACK_RESULT", f"{GUID}|{OTHER}|ANSWER"), busy)
    assert (after.tries, after.result, after.ended_at) == (1, "busy", None)
    assert after.next_try_at > dt.datetime.now(dt.UTC) + dt.timedelta(seconds=200)


async def test_it_is_over_when_the_customer_answered(centre: Database, tmp_path: Path) -> None:
    await read(centre, tmp_path, asked())
    async with centre.transaction() as tx:
        await tx.execute(update(CallbackRow).values(tries=1, last_guid=OTHER))
    reached = line("CALLBACK_REACHED", f"{GUID}|{OTHER}")
    [found] = await read(centre, tmp_path, reached, line("CALLBACK_RESULT", f"{GUID}|{OTHER}|ANSWER"))
    assert (found.result, found.tries) == ("reached", 1)
    assert found.ended_at is not None
    assert len(await read(centre, tmp_path, asked("0b4a3cf6-22f4-4f0f-8c1c-6e2f6f3f9a10"))) == 2  # may ask again


async def test_what_asterisk_refuses_counts_as_a_try(centre: Database, tmp_path: Path) -> None:
    await read(centre, tmp_path, asked())
    async with AmiServer() as server:
        server.answer("Originate", error("Extension does not exist."))
        async with a_daemon(centre, tmp_path, server):

            async def is_refused() -> bool:
                return (await stored(centre))[0].result == "failed"

            await eventually(is_refused)
    assert len(server.received("Originate")) == 1


@pytest.mark.parametrize(("number", "ready", "result"), [("7550001", 1, "no_route"), ("5550001", 0, "")])
async def test_nobody_is_called_without_a_route_or_an_agent(
    centre: Database, tmp_path: Path, number: str, ready: int, result: str
) -> None:
    await read(centre, tmp_path, asked(number=number))
    async with AmiServer() as server:
        async with a_daemon(centre, tmp_path, server, ready=ready):
            await looks(server)

            async def is_judged() -> bool:
                return (await stored(centre))[0].result == result

            await eventually(is_judged)
        assert server.received("Originate") == []


async def test_while_all_is_closed_nobody_is_called_back(centre: Database, tmp_path: Path) -> None:
    async def close(closed: bool) -> None:
        async with centre.transaction() as tx:
            await set_emergency(tx, closed=closed, by="test")

    await read(centre, tmp_path, asked())
    await close(True)
    async with AmiServer() as server, a_daemon(centre, tmp_path, server):
        server.answer("Originate", success())
        await looks(server)
        looked_s = asyncio.get_running_loop().time()
        await eventually(lambda: asyncio.get_running_loop().time() > looked_s + LOOK_S)
        assert [each.tries for each in await stored(centre)] == [0]
        await close(False)
        await eventually(lambda: server.received("Originate"))


async def test_a_note_in_asterisk_goes_with_the_callback(centre: Database, tmp_path: Path) -> None:
    await read(centre, tmp_path, asked())
    async with AmiServer() as server, a_daemon(centre, tmp_path, server, ready=0):
        await looks(server)
        async with centre.transaction() as tx:
            await tx.execute(update(CallbackRow).values(ended_at=dt.datetime.now(dt.UTC)))
        [action] = await eventually(lambda: server.received("DBDel"))
    assert (action["Family"], action["Key"]) == ("callback/sales", "5550001")


async def one(database: Database, folder: Path) -> int:
    [found] = await read(database, folder, asked())
    return found.callback_id


async def test_the_page_shows_and_cancels(database: Database, tmp_path: Path) -> None:
    async with a_console(database, tmp_path, SITE) as console:
        supervisor = await console.signed_in("supervisor")
        assert "No callback yet" in await supervisor.get("/callbacks")
        callback_id = await one(database, tmp_path)
        text = await supervisor.get("/callbacks?queue=sales&owed=yes")
        assert "5550001" in text
        assert "Waits for an agent" in text
        assert f"/callbacks/{callback_id}/cancel" in text
        async with database.transaction() as tx:
            await tx.execute(update(CallbackRow).values(tries=1, last_guid=OTHER, result="busy"))
        text = await supervisor.get("/callbacks")
        assert "again <time" in text
        assert f"/interactions/{OTHER}" in text
        auditor = await console.signed_in("auditor")
        assert "/cancel" not in await auditor.get("/callbacks")
        assert (await auditor.post(f"/callbacks/{callback_id}/cancel")).status == 403
        assert (await supervisor.post(f"/callbacks/{callback_id}/cancel")).status == 303
        assert "Cancelled" in await supervisor.get("/callbacks")
        assert (await supervisor.post(f"/callbacks/{callback_id}/cancel")).status == 303  # nothing more happens
        assert (await supervisor.post("/callbacks/99999/cancel")).status == 404
        assert (await supervisor.post("/callbacks/x/cancel")).status == 404
        assert "Nothing matches" in await supervisor.get("/callbacks?owed=yes")


async def test_the_api_lists_and_cancels(database: Database, tmp_path: Path) -> None:
    async with an_api(database, tmp_path, SITE) as api:
        callback_id = await one(database, tmp_path)
        found: dict[str, Any] = await api.json("GET", "/callbacks?owed=true", role="auditor")
        assert [(each["number"], each["ended_at"]) for each in found["items"]] == [("5550001", None)]
        assert found["next"] is None
        done = await api.json("POST", f"/callbacks/{callback_id}/cancel", role="supervisor")
        assert done["result"] == "cancelled"
        assert (await api.json("GET", "/callbacks?owed=true"))["items"] == []
        assert (await api.ask("POST", "/callbacks/99999/cancel")).status == 404
        assert (await api.ask("GET", "/callbacks?limit=0")).status == 422
        async with database.reading() as tx:
            assert (await tx.execute(select(CallbackRow.ended_at))).scalar() is not None
