"""What only those see who may configure, and how a secret that is stored is removed."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from appliance.core.access import Role
from appliance.core.reloading import covered
from appliance.store.db import Database
from appliance.store.tables.configuration import AuditRow
from tests.app.api import Api, an_api
from tests.app.console import Browser, Console, a_console
from tests.app.test_console_entities import changed, form_of, site_of
from tests.sites import a_site

PRIVATE = {
    "trunks/main-line": ("match_header", "X-Trunk: 7hard2guess"),
    "conferences/board": ("pin", "24681357"),
    "lookups/level": ("url", "https://crm.example.com/ask?key=7hard2guess&caller={caller}"),
}


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    site = a_site()
    for place, (field, value) in PRIVATE.items():
        section, key = place.split("/")
        site = site.replaced(section, key, site.section(section)[key].model_copy(update={field: value}))
    trunk = site.trunks["main-line"].model_copy(update={"secret": "trunk-password"})
    async with a_console(database, tmp_path, site.replaced("trunks", "main-line", trunk)) as console:
        yield console


@pytest.fixture
async def api(console: Console, database: Database, tmp_path: Path) -> AsyncIterator[Api]:
    async with an_api(database, tmp_path, await site_of(console)) as api:
        yield api


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", ["supervisor", "auditor"])
async def test_who_may_not_configure_sees_nothing_private(console: Console, role: Role) -> None:
    browser = await console.signed_in(role)
    for place, (_field, value) in PRIVATE.items():
        section = place.split("/")[0]
        for path in (f"/{place}", f"/{section}", f"/{section}.csv"):
            response = await browser.client.get(path)
            assert response.status == 200, path
            assert not {value, "7hard2guess", "24681357"} & set(re.split(r'[">&= ,\n]', await response.text())), path
        assert f'href="/{place}"' not in await browser.get(f"/search?q={value[-8:]}")


def test_differences_of_files_cover_the_header_of_a_trunk() -> None:
    assert covered("match_header = X-Trunk: 7hard2guess") == "match_header = ****"


async def test_administrators_see_and_change_what_is_private(console: Console, admin: Browser) -> None:
    for place, (field, value) in PRIVATE.items():
        form = form_of(await admin.get(f"/{place}"))
        assert dict(form)[field].replace("&amp;", "&") == value
        assert "7hard2guess" not in await admin.get(f"/{place.split('/')[0]}.csv")
    form = changed(form_of(await admin.get("/conferences/board")), pin="")
    assert (await admin.post("/conferences/board", form)).status == 303
    assert (await site_of(console)).conferences["board"].pin == ""
    async with console.database.reading() as tx:
        row = (
            await tx.execute(select(AuditRow).where(AuditRow.entity_key == "board", AuditRow.action == "change"))
        ).scalar_one()
    assert (row.before["pin"], row.after["pin"]) == ("********", "")


async def test_a_stored_secret_is_removed_only_where_somebody_says_so(console: Console, admin: Browser) -> None:
    page = await admin.get("/trunks/main-line")
    assert 'name="secret.remove"' in page
    kept = [pair for pair in form_of(page) if pair[0] != "secret.remove"]
    assert (await admin.post("/trunks/main-line", kept)).status == 303
    assert (await site_of(console)).trunks["main-line"].secret == "trunk-password"
    refused = await admin.post("/trunks/main-line", [*changed(kept, version="2", name=""), ("secret.remove", "on")])
    assert 'name="secret.remove" checked' in await refused.text()
    typed = [*changed(kept, version="2", secret="another"), ("secret.remove", "on")]
    assert (await admin.post("/trunks/main-line", typed)).status == 303
    assert (await site_of(console)).trunks["main-line"].secret == "another"
    assert (await admin.post("/trunks/main-line", [*changed(kept, version="3"), ("secret.remove", "on")])).status == 303
    assert (await site_of(console)).trunks["main-line"].secret == ""
    assert 'name="secret.remove"' not in await admin.get("/trunks/main-line")
    assert ".remove" not in await admin.get("/extensions/1001")  # a phone always has one


async def test_the_api_keeps_a_secret_that_is_left_out_and_removes_it_with_null(api: Api) -> None:
    whole = {name: value for name, value in (await api.json("GET", "/trunks/main-line")).items() if name != "secret"}
    version = 1
    for method, body, secret in (
        ("PUT", whole, "trunk-password"),
        ("PUT", {**whole, "secret": ""}, "trunk-password"),
        ("PATCH", {"name": "Line"}, "trunk-password"),
        ("PATCH", {"secret": None}, ""),
        ("PATCH", {"secret": "new"}, "new"),
        ("PUT", {**whole, "secret": None}, ""),
    ):
        found = await api.json(method, "/trunks/main-line", version=version, json=body)
        assert found["secret"] == secret, (method, body)
        version += 1
    made = await api.json("PATCH", "/extensions/1001", version=1, json={"secret": None})
    assert made["secret"] not in ("", "secret-1001")  # a phone gets a new one


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_api_shows_nothing_private_in_lists_or_to_who_may_not_configure(api: Api) -> None:
    for place, (field, value) in PRIVATE.items():
        assert (await api.json("GET", f"/{place}"))[field] == value
        assert field not in await api.json("GET", f"/{place}", role="auditor")
        assert all(field not in item for item in (await api.json("GET", f"/{place.split('/')[0]}"))["items"])
