"""Brings a database to the newest schema with Alembic, or to a named revision."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from appliance.store.db import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database, revision: str = "head") -> None:
    """Runs in one transaction: a failed migration leaves the database as it was."""

    def run(connection: Connection) -> None:
        command.upgrade(_config(connection), revision)

    async with database.engine.begin() as connection:
        await connection.run_sync(run)


async def schema_revision(database: Database) -> str | None:
    """The revision that the database has; None for an empty one."""

    def read(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    async with database.engine.connect() as connection:
        return await connection.run_sync(read)


def newest_revision() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


async def is_current(database: Database) -> bool:
    return await schema_revision(database) == await asyncio.to_thread(newest_revision)
