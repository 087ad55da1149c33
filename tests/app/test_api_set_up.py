"""What the API does beyond entities to set a site up: holidays, a site of FreePBX, phones that record or try."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.store.db import Database
from appliance.store.site import load_site
from tests.app.api import Api, an_api
from tests.sites import a_site

FREEPBX = Path(__file__).parent / "freepbx" / "freepbx"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def api(database: Database, tmp_path: Path) -> AsyncIterator[Api]:
    async with an_api(database, tmp_path, a_site()) as api:
        yield api


async def test_holidays_of_a_country(api: Api) -> None:
    found = await api.json("GET", "/holidays?country=ES&year=2026")
    assert {"date": "2026-12-25", "name": "Christmas Day"} in found["holidays"]
    spanish = await api.json("GET", "/holidays?country=ES&year=2026", headers={"Accept-Language": "es"})
    assert {"date": "2026-01-01", "name": "Año Nuevo"} in spanish["holidays"]
    unknown = await api.json("GET", "/holidays?country=XX&year=2026", status=422)
    assert unknown["errors"][0]["path"] == ["query", "country"]
    assert (await api.ask("GET", "/holidays?country=es&year=1", role="administrator")).status == 422


async def test_a_site_of_freepbx_is_tried_and_taken(api: Api) -> None:
    files = {path.name: path.read_text() for path in FREEPBX.iterdir()}
    preview = await api.json("POST", "/import/freepbx", json={"files": files, "dry_run": True})
    assert preview["taken"]["extensions"] >= 2
    assert any("queue 499 is in no table with its name" in each["text"] for each in preview["findings"])
    async with api.database.reading() as tx:
        assert "1003" not in (await load_site(tx)).extensions
    done = await api.json("POST", "/import/freepbx", json={"files": files})
    assert (done["taken"], done["is_changed"], preview["is_changed"]) == (preview["taken"], True, False)
    async with api.database.reading() as tx:
        assert {"1003", "1004"} <= set((await load_site(tx)).extensions)
    assert api.applier.count == 1


async def test_a_site_that_cannot_be_read_is_refused(api: Api) -> None:
    refused = await api.json("POST", "/import/freepbx", json={"files": {"x.csv": ""}}, status=422)
    assert "x.csv" in str(refused)
    assert (await api.ask("POST", "/import/freepbx", json={"files": {}})).status == 422
    assert (await api.ask("POST", "/import/freepbx", role="supervisor", json={"files": {}})).status == 403


async def test_what_needs_a_phone_says_what_is_not_there(api: Api) -> None:
    assert (await api.ask("POST", "/prompts/nothing/record", json={"language": "en"})).status == 404
    assert (await api.ask("POST", "/menus/nothing/call", json={"extension": "1001"})).status == 404
    assert (await api.ask("POST", "/menus/main/call", role="agent", json={"extension": "1001"})).status == 403
