"""What most tests of the console begin with: a site, its console, and an administrator who is signed in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

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
