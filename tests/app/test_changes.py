"""The audit trail on its page, in its file and in the API: who did what, before and after, and nothing secret."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.access import Role
from appliance.store.db import Database
from tests.app.api import Api, an_api
from tests.app.console import Browser, Console
from tests.app.test_console_entities import changed, form_of
from tests.sites import a_site


@pytest.fixture
async def api(database: Database, tmp_path: Path) -> AsyncIterator[Api]:
    async with an_api(database, tmp_path, a_site()) as api:
        yield api


async def rename(admin: Browser, path: str, **fields: str) -> None:
    form = changed(form_of(await admin.get(path)), **fields)
    assert (await admin.post(path, form)).status == 303


async def test_a_change_tells_who_and_what_it_was_before(console: Console, admin: Browser) -> None:
    await rename(admin, "/queues/sales", name="Selling")
    await rename(admin, "/extensions/1001", secret="another-secret-1001")
    page = await admin.get("/changes")
    assert '<a class="row-link" href="/queues/sales">' in page
    assert 'Name: <span class="change-was">Sales</span> → Selling' in page
    assert "another-secret" not in page
    assert "********" not in page.partition("/queues/sales")[0]  # covered alike before and after, it is no difference
    assert page.index("/extensions/1001") < page.index('href="/queues/sales"')  # the newest first
    assert "/extensions/1001" not in await admin.get("/changes?q=sales")
    assert "Nothing matches" in await admin.get("/changes?q=nobody-at-all")
    file = await admin.get("/changes.csv?q=queues+change")
    assert "Selling" in file.splitlines()[1]
    assert "another-secret" not in await admin.get("/changes.csv")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("role", "status"), [("auditor", 200), ("supervisor", 403), ("agent", 403)])
async def test_it_is_for_administrators_and_auditors(console: Console, role: Role, status: int) -> None:
    browser = await console.signed_in(role)
    for path in ("/changes", "/changes.csv", "/changes?page=1999&sort=by"):
        assert (await browser.client.get(path)).status == status, path


async def test_programs_read_it_in_steps(api: Api) -> None:
    for version, name in enumerate(("One", "Two", "Three"), 1):
        await api.json("PATCH", "/queues/sales", version=version, json={"name": name})
    found = await api.json("GET", "/changes?q=sales+change&limit=2", role="auditor")
    assert [each["after"]["name"] for each in found["items"]] == ["Three", "Two"]
    rest = await api.json("GET", f"/changes?q=sales+change&after={found['next']}", role="auditor")
    assert [(each["before"]["name"], each["after"]["name"]) for each in rest["items"]] == [("Sales", "One")]
    assert rest["next"] is None
    assert (await api.ask("GET", "/changes", role="supervisor")).status == 403
