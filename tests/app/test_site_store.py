"""Entities go into the database and come back the same, and a stale edit changes nothing."""

import asyncio
import os
from pathlib import Path

from sqlalchemy import text

from appliance.core.entities.prompts import Audio, Prompt
from appliance.core.entities.queues import Queue
from appliance.core.site import SECTIONS
from appliance.services.entities import create_entity, replace_site
from appliance.store.configuration import load_status
from appliance.store.db import Database
from appliance.store.migrate import is_current
from appliance.store.site import delete_entity, insert_entities, load_entity, load_site, update_entity
from appliance.store.tables.entities import ENTITY_TABLES
from tests.sites import a_site


def test_every_table_has_the_fields_of_its_schema() -> None:
    for section, schema in SECTIONS.items():
        columns = {column.name for column in ENTITY_TABLES[section].columns}
        assert columns - {"version"} == set(schema.model_fields), section


async def test_the_schema_is_the_newest(database: Database) -> None:
    assert await is_current(database)


async def test_nobody_else_on_the_machine_reads_the_database(tmp_path: Path) -> None:
    database, before = Database(f"sqlite+aiosqlite:///{tmp_path / 'own.db'}"), os.umask(0)
    try:
        async with database.transaction() as tx:
            await tx.execute(text("CREATE TABLE secrets (word TEXT)"))
            modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
        await database.close()
    assert set(modes) >= {"own.db", "own.db-wal"}
    assert set(modes.values()) == {0o600}


async def test_a_site_survives_the_database(database: Database) -> None:
    site = a_site()
    async with database.transaction() as tx:
        for section in SECTIONS:
            await insert_entities(tx, section, list(site.section(section).values()))
    async with database.reading() as tx:
        assert await load_site(tx) == site


async def test_an_edit_of_an_old_version_changes_nothing(database: Database) -> None:
    queue = Queue(key="sales", name="Sales")
    async with database.transaction() as tx:
        await insert_entities(tx, "queues", [queue])
        assert await update_entity(tx, "queues", queue.model_copy(update={"name": "First"}), 1)
        assert not await update_entity(tx, "queues", queue.model_copy(update={"name": "Second"}), 1)
        assert not await delete_entity(tx, "queues", "sales", 1)
    async with database.reading() as tx:
        found = await load_entity(tx, "queues", "sales")
    assert found == (queue.model_copy(update={"name": "First"}), 2)


async def test_a_reading_sees_one_moment(database: Database) -> None:
    async with database.reading() as tx:
        before = await load_status(tx, "local"), await load_site(tx)
        async with database.transaction() as other:
            await create_entity(other, "prompts", a_prompt(), by="eva")
        assert (await load_status(tx, "local"), await load_site(tx)) == before
    async with database.reading() as tx:
        assert "late" in (await load_site(tx)).prompts


async def test_an_import_waits_for_an_edit_and_replaces_it_too(database: Database) -> None:
    async def import_site() -> None:
        async with database.transaction() as tx:
            await replace_site(tx, a_site(), by="eva", summary="import")

    async with database.transaction() as tx:
        await create_entity(tx, "prompts", a_prompt(), by="ana")
        importing = asyncio.create_task(import_site())
        done, _ = await asyncio.wait({importing}, timeout=0.3)
        assert not done
    await importing
    async with database.reading() as tx:
        assert (await load_site(tx)).prompts.keys() == a_site().prompts.keys()


def a_prompt() -> Prompt:
    return Prompt(key="late", name="Late", audio={"en": Audio(text="We are late.", upload="")})
