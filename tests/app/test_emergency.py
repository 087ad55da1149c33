"""The emergency switch in the console and in the API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.access import Role
from appliance.core.site import Site
from appliance.store.db import Database
from tests.app.api import Api, an_api
from tests.app.console import Console
from tests.app.test_console_entities import site_of


@pytest.fixture
async def api(database: Database, tmp_path: Path) -> AsyncIterator[Api]:
    async with an_api(database, tmp_path, Site()) as api:
        yield api


async def test_a_supervisor_closes_and_opens(console: Console) -> None:
    before, supervisor = await site_of(console), await console.signed_in("supervisor")
    assert "Close for an emergency?" in await supervisor.get("/emergency")
    await supervisor.post("/emergency", {"closed": "yes"})
    assert (await site_of(console)).settings.emergency_closed
    assert "Closed for an emergency" in await supervisor.get("/")
    await supervisor.post("/emergency", {"closed": "yes"})  # by a second one, at the same moment
    assert console.applier.count == 1
    await supervisor.post("/emergency", {"closed": "no"})
    assert await site_of(console) == before


@pytest.mark.parametrize("role", ["auditor", "agent"])
async def test_nobody_else_may(console: Console, role: Role) -> None:
    browser = await console.signed_in(role)
    await browser.get("/")
    assert (await browser.post("/emergency", {"closed": "yes"})).status == 403
    assert not (await site_of(console)).settings.emergency_closed


async def test_over_the_api_also_where_no_settings_were_ever_stored(api: Api) -> None:
    assert await api.json("GET", "/emergency", role="auditor") == {"closed": False}
    assert await api.json("POST", "/emergency", role="supervisor", json={"closed": True}) == {"closed": True}
    assert await api.json("GET", "/emergency", role="auditor") == {"closed": True}
