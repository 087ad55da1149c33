"""Agents who miss rings in a row are paused once, whatever restarts in between."""

from pathlib import Path

import pytest

from appliance.core.entities.queues import Queue
from appliance.core.entities.waiting import Member
from appliance.core.site import Site
from appliance.services.agents.pauses import unpause
from appliance.services.agents.sessions import Place, log_in, log_out
from appliance.services.agents.trail import Act
from appliance.services.entities import replace_site
from appliance.services.history import History
from appliance.services.hub import Hub
from appliance.store.db import Database
from appliance.store.sessions import load_session
from tests.journal_node import a_node, append, queue_log_file
from tests.sites import a_site

MISS = b"1795297555|1795297555.7|sales|ana|RINGNOANSWER|3000\n"


@pytest.fixture
async def centre(database: Database) -> Database:
    """Two misses in a row pause an agent of sales; Ana is logged in."""
    found = a_site()
    people = Site(extensions=found.extensions, agents=found.agents, schedules=found.schedules)
    queue = Queue(key="sales", name="Sales", members=[Member(agent="ana")], missed_limit=2)
    async with database.transaction() as tx:
        await replace_site(tx, people.replaced("queues", "sales", queue), by="test", summary="test")
        await log_in(tx, "ana", Place("local"), Act("test"))
    return database


async def paused_reason(database: Database, folder: Path, log: bytes) -> str | None:
    """Why Ana is paused after a new daemon has read these lines too."""
    node = a_node(folder)
    append(queue_log_file(folder), log)
    await History(node, database, Hub()).catch_up()
    async with database.reading() as tx:
        session = await load_session(tx, "ana")
    return session.paused_reason if session else "logged out"


async def test_the_second_miss_in_a_row_pauses(centre: Database, tmp_path: Path) -> None:
    assert await paused_reason(centre, tmp_path, b"1795297550|M|sales|ana|ADDMEMBER|\n" + MISS) is None
    assert await paused_reason(centre, tmp_path, MISS) == "missed"  # by another daemon
    async with centre.transaction() as tx:
        await unpause(tx, "ana", Act("test"))
    assert await paused_reason(centre, tmp_path, b"") is None  # told once, done once
    unpaused = b"1795297560|NONE|sales|ana|UNPAUSE|\n"
    assert await paused_reason(centre, tmp_path, unpaused + MISS) is None
    assert await paused_reason(centre, tmp_path, MISS) == "missed"


async def test_who_logged_out_meanwhile_is_left_alone(centre: Database, tmp_path: Path) -> None:
    async with centre.transaction() as tx:
        await log_out(tx, "ana", Act("test"))
    assert await paused_reason(centre, tmp_path, MISS + MISS) == "logged out"
