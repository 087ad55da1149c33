"""What most tests of the console begin with: a site, its console, and an administrator who is signed in."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from appliance.store.db import Database
from tests.app.console import Browser, Console, a_console
from tests.sites import a_site


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, a_site()) as console:
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
