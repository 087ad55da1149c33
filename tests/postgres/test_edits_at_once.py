"""Edits at the same moment on PostgreSQL: each waits for the one before, so that the check of the whole site holds."""

import asyncio

import pytest
from sqlalchemy import text

from appliance.core.entities.fields import Entity
from appliance.core.problems import Invalid
from appliance.core.site import key_of
from appliance.services.entities import remove_entity, replace_site, save_entity
from appliance.services.errors import Stale
from appliance.store.configuration import load_status
from appliance.store.db import Database
from appliance.store.site import load_entity, load_site
from tests.sites import a_prompt, a_site
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
SITE = a_site().replaced("prompts", "spare", a_prompt("spare"))


@pytest.fixture
async def database(database: Database) -> Database:
    async with database.transaction() as tx:
        await replace_site(tx, SITE, by="test", summary="import")
    return database


async def save(database: Database, section: str, entity: Entity, version: int = 1) -> None:
    async with database.transaction() as tx:
        await save_entity(tx, section, entity, version=version, by="luis")


async def wanted(database: Database) -> int:
    async with database.reading() as tx:
        return (await load_status(tx, "local")).wanted


async def somebody_waits(database: Database) -> bool:
    """For a lock that another transaction holds."""
    async with database.reading() as tx:
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool((await tx.execute(text(waiting))).scalar())


async def test_the_second_waits_for_the_first(database: Database) -> None:
    before = await wanted(database)
    sales, support = (SITE.queues[key].model_copy(update={"ring_s": 33}) for key in ("sales", "support"))
    async with database.transaction() as tx:
        await save_entity(tx, "queues", sales, version=1, by="ana")
        second = asyncio.create_task(save(database, "queues", support))
        await eventually(lambda: somebody_waits(database))
        assert not second.done()
    await second
    async with database.reading() as tx:
        site = await load_site(tx)
    assert (site.queues["sales"].ring_s, site.queues["support"].ring_s) == (33, 33)
    assert await wanted(database) == before + 2


async def test_what_the_first_removed_the_second_cannot_refer_to(database: Database) -> None:
    refers = SITE.queues["sales"].model_copy(update={"welcome_prompt": "spare"})
    async with database.transaction() as tx:
        await remove_entity(tx, "prompts", "spare", version=1, by="ana")
        second = asyncio.create_task(save(database, "queues", refers))
        await eventually(lambda: somebody_waits(database))
    with pytest.raises(Invalid, match="spare"):
        await second


async def test_of_edits_of_the_same_version_one_wins(database: Database) -> None:
    edits = [SITE.queues["sales"].model_copy(update={"ring_s": 30 + number}) for number in range(8)]
    outcomes = await asyncio.gather(*(save(database, "queues", edit) for edit in edits), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [Stale] * 7
    winner = edits[outcomes.index(None)]
    async with database.reading() as tx:
        assert await load_entity(tx, "queues", key_of(winner)) == (winner, 2)
