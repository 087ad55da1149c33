"""Agents log in, pause and leave; Asterisk's queues follow, whatever was lost in between."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.core.live.state import Agent as LiveAgent
from appliance.core.live.state import Membership as LiveMembership
from appliance.core.live.state import State
from appliance.core.site import Site
from appliance.services.agents.pauses import pause, unpause
from appliance.services.agents.sessions import Place, log_in, log_out
from appliance.services.agents.trail import Act
from appliance.services.agents.wrapups import Wrapup, Wrapups
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.services.errors import NotFound
from appliance.services.hub import Hub
from appliance.services.live import Live
from appliance.services.membership import Membership
from appliance.store.configuration import load_status, save_status
from appliance.store.db import Database
from appliance.store.sessions import load_sessions
from tests.ami_events import listed_member
from tests.ami_server import AmiServer, error, listing, silence, success
from tests.journal_node import a_node
from tests.sites import a_site
from tests.waiting import eventually

ACTIONS = ("QueueAdd", "QueueRemove", "QueuePause", "QueuePenalty")


@pytest.fixture
async def ami() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        server.answer("QueueStatus", listing("QueueStatus"))
        server.answer("DBDelTree", error("Database entry not found"))
        for action in (*ACTIONS, "DBPut", "DBDel", "PJSIPQualify"):
            server.answer(action, success())
        yield server


@pytest.fixture
async def membership(database: Database, ami: AmiServer, tmp_path: Path) -> AsyncIterator[Membership]:
    await store(database, a_site())
    node = a_node(tmp_path, server=ami)
    node.ami.timing = replace(node.ami.timing, answer_s=0.5)
    job = Membership(node, database, Wrapups(node.ami, Live(node.ami, Hub()), database))
    tasks = [asyncio.create_task(node.ami.run()), asyncio.create_task(job.run())]
    await node.ami.wait_connected()
    yield job
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await node.ami.close()


async def store(database: Database, site: Site) -> None:
    """As if Asterisk had taken it already."""
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")
        status = await load_status(tx, "local")
        await save_status(tx, "local", type(status)(status.wanted, status.wanted, status.wanted, ""))


async def do(database: Database, membership: Membership, *changes: object) -> None:
    async with database.transaction() as tx:
        for change in changes:
            await change(tx)  # type: ignore[operator]
    membership.poke()


def told(ami: AmiServer) -> list[tuple[str, str, str]]:
    return [
        (action["Action"], action["Queue"], action["Interface"])
        for action in ami.actions
        if action["Action"] in ACTIONS
    ]


async def test_who_logs_in_is_put_into_the_queues_and_named_at_the_phone(
    database: Database, membership: Membership, ami: AmiServer
) -> None:
    await do(database, membership, lambda tx: log_in(tx, "luis", Place("local"), Act("eva")))
    await eventually(lambda: told(ami) == [("QueueAdd", "sales", "PJSIP/1002")])
    (added,) = ami.received("QueueAdd")
    assert (added["MemberName"], added["Penalty"], added["Paused"]) == ("luis", "1", "false")
    seats = {(put["Family"], put["Key"], put["Val"]) for put in ami.received("DBPut")}
    assert seats == {("phone", "1002", "luis"), ("seat", "luis", "1002")}
    assert [action["Endpoint"] for action in ami.received("PJSIPQualify")] in ([], ["1002"])


async def test_pause_and_log_out_reach_asterisk(database: Database, membership: Membership, ami: AmiServer) -> None:
    await do(database, membership, lambda tx: log_in(tx, "ana", Place("local"), Act("eva")))
    await eventually(lambda: len(told(ami)) == 1)
    ami.answer("QueueStatus", listing("QueueStatus", [listed_member("sales", "ana", Interface="PJSIP/1001")]))
    await do(database, membership, lambda tx: pause(tx, "ana", "lunch", Act("ana")))
    await eventually(lambda: told(ami)[1:] == [("QueuePause", "sales", "PJSIP/1001")])
    assert ami.received("QueuePause")[0]["Reason"] == "lunch"
    await do(database, membership, lambda tx: unpause(tx, "ana", Act("ana")), lambda tx: log_out(tx, "ana", Act("ana")))
    await eventually(lambda: told(ami)[2:] == [("QueueRemove", "sales", "PJSIP/1001")])
    assert {each["Key"] for each in ami.received("DBDel")} == {"1001", "ana"}


async def test_a_new_asterisk_is_told_everything_again(
    database: Database, membership: Membership, ami: AmiServer
) -> None:
    await do(database, membership, lambda tx: log_in(tx, "ana", Place("local"), Act("eva")))
    await eventually(lambda: len(told(ami)) == 1)
    await ami.drop()
    membership.poke()
    await eventually(lambda: told(ami) == [("QueueAdd", "sales", "PJSIP/1001")] * 2)
    assert [action["Endpoint"] for action in ami.received("PJSIPQualify")][-1] == "1001"


async def test_who_got_no_answer_is_asked_again(database: Database, membership: Membership, ami: AmiServer) -> None:
    ami.answer("QueueAdd", silence)
    await do(database, membership, lambda tx: log_in(tx, "ana", Place("local"), Act("eva")))
    await eventually(lambda: len(told(ami)) == 1)
    ami.answer("QueueAdd", success())
    await eventually(lambda: told(ami) == [("QueueAdd", "sales", "PJSIP/1001")] * 2)


async def test_an_agent_who_was_deleted_is_logged_out(
    database: Database, membership: Membership, ami: AmiServer
) -> None:
    await do(database, membership, lambda tx: log_in(tx, "luis", Place("local"), Act("eva")))
    await eventually(lambda: len(told(ami)) == 1)
    site = a_site()
    sales = site.queues["sales"].model_copy(update={"members": site.queues["sales"].members[:1]})
    await store(database, site.replaced("queues", "sales", sales).replaced("agents", "luis", None))
    membership.poke()

    async def nobody() -> bool:
        async with database.reading() as tx:
            return not await load_sessions(tx)

    await eventually(nobody)


async def test_an_agent_has_one_session_and_pauses_only_in_it(database: Database) -> None:
    await store(database, a_site())
    async with database.transaction() as tx:
        await log_in(tx, "ana", Place("local"), Act("eva"))
        await log_in(tx, "ana", Place("local"), Act("eva"))
        assert [session.agent for session in await load_sessions(tx)] == ["ana"]
        with pytest.raises(NotFound):
            await pause(tx, "luis", "lunch", Act("eva"))
        with pytest.raises(NotFound):
            await log_in(tx, "nobody", Place("local"), Act("eva"))


async def test_a_pause_waits_for_the_end_of_the_wrap_up(
    database: Database, membership: Membership, ami: AmiServer
) -> None:
    await do(database, membership, lambda tx: log_in(tx, "ana", Place("local"), Act("eva")))
    await eventually(lambda: len(told(ami)) == 1)
    resting = listed_member("sales", "ana", Interface="PJSIP/1001", Paused="1", PausedReason="wrapup")
    ami.answer("QueueStatus", listing("QueueStatus", [resting]))
    wrapups = membership._wrapups
    wrapups.running["ana"] = Wrapup("PJSIP/1001", now() + dt.timedelta(minutes=1))
    asked = len(ami.received("QueueStatus"))
    await do(database, membership, lambda tx: pause(tx, "ana", "lunch", Act("ana", is_own=True)))
    await eventually(lambda: len(ami.received("QueueStatus")) > asked)
    job = asyncio.create_task(wrapups.run())
    wrapups.finish("ana")
    await eventually(lambda: ami.received("QueuePause"))
    assert [each["Reason"] for each in ami.received("QueuePause")] == ["lunch"]
    assert "Queue" not in ami.received("QueuePause")[0]  # in all at once
    job.cancel()


async def test_a_wrap_up_that_nobody_knows_of_can_be_ended(
    database: Database, membership: Membership, ami: AmiServer
) -> None:
    await do(database, membership, lambda tx: log_in(tx, "ana", Place("local"), Act("eva")))
    await eventually(lambda: len(told(ami)) == 1)
    wrapups = membership._wrapups
    places = {"sales": LiveMembership("PJSIP/1001", "wrapup")}
    wrapups._live.state = State(agents={"ana": LiveAgent("PJSIP/1001", now(), state="wrapup", memberships=places)})
    job = asyncio.create_task(wrapups.run())
    wrapups.finish("ana")
    await eventually(lambda: ami.received("QueuePause"))
    assert (ami.received("QueuePause")[0]["Interface"], ami.received("QueuePause")[0]["Paused"]) == (
        "PJSIP/1001",
        "false",
    )
    job.cancel()
