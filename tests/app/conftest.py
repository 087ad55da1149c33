"""What most tests of the console begin with: a site, its console, and an administrator who is signed in."""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from appliance.store.db import Database
from tests.app.console import Browser, Console, a_console, furnish_console
from tests.postgres.lending import Lending
from tests.postgres.server import PostgresServer
from tests.sites import a_site


async def _furnish(url: str) -> None:
    database = Database(url)
    await furnish_console(database, a_site())
    await database.close()


@pytest.fixture(scope="session")
def furnished_sqlite(migrated_sqlite: Path) -> Path:
    path = Path(shutil.copy(migrated_sqlite, migrated_sqlite.with_name("furnished.db")))
    asyncio.run(_furnish(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def furnished_postgres(postgres: PostgresServer, migrated_postgres: Lending) -> Lending:
    asyncio.run(postgres.create("furnished", migrated_postgres.template))
    asyncio.run(_furnish(postgres.url("furnished")))
    return Lending(postgres, "furnished")


@pytest.fixture
def usual_site() -> None:
    """For who asks, `database` has the usual site and its users already."""


@pytest.fixture
async def console(usual_site: None, database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, None) as console:
        yield console


@pytest.fixture
async def admin(console: Console) -> Browser:
    return await console.signed_in("administrator")


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command that runs in this process sets them up for itself."""
    logs, handlers = structlog.get_config(), logging.root.handlers[:]
    yield
    structlog.configure(**logs)
    logging.root.handlers[:] = handlers
