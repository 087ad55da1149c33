"""The database for a command: there, of this version, and closed again; or the reason in words, never a traceback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError

from appliance.commands.refusal import Refused
from appliance.settings import Settings
from appliance.store.db import Database
from appliance.store.migrate import is_current


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database)
    try:
        await _check(database)
        yield database
    finally:
        await database.close()


async def _check(database: Database) -> None:
    try:
        good = await is_current(database)
    except (SQLAlchemyError, OSError) as error:
        raise Refused(f"The database cannot be used: {str(error).splitlines()[0]}") from None
    if not good:
        raise Refused("The database has not the schema of this version; run `appliance migrate` first.")
