"""The database for a command: there, of this version, and closed again; or the reason in words, never a traceback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from appliance.readiness import check_database
from appliance.settings import Settings
from appliance.store.db import Database


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database)
    try:
        await check_database(database)
        yield database
    finally:
        await database.close()
