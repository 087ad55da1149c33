"""A form with hundreds of members is small, stores what stands in it, and says at its row what is wrong."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.entities.queues import Queue
from appliance.store.db import Database
from tests.app.console import Browser, Console, a_console
from tests.app.test_console_entities import changed, form_of, site_of
from tests.bench.big_site import big_site

# What these try does not depend on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MEMBERS = 90


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    site = big_site()
    members = [{"agent": f"agent-{n:04}", "penalty": n % 3} for n in range(MEMBERS)]
    site.queues["all"] = Queue.model_validate({"key": "all", "name": "All", "members": members})
    async with a_console(database, tmp_path, site) as console:
        yield console


async def test_a_long_list_is_small_and_stored_as_it_stands(console: Console, admin: Browser) -> None:
    before = (await site_of(console)).queues["all"]
    page = await admin.get("/queues/all")
    assert len(page.encode()) < 100_000
    assert page.count('<datalist id="f-members-agent">') == 1
    assert (await admin.post("/queues/all", form_of(page))).status == 303
    assert (await site_of(console)).queues["all"] == before


async def test_rows_of_a_long_list_are_added_moved_and_removed(console: Console, admin: Browser) -> None:
    form = form_of(await admin.get("/queues/all"))
    page = await (await admin.post("/queues/all", [*form, ("_add", "members")])).text()
    assert f'name="members.{MEMBERS}.agent"' in page
    page = await (await admin.post("/queues/all", [*form, ("_up", "members.1")])).text()
    assert 'name="members.0.agent" value="agent-0001"' in page
    page = await (await admin.post("/queues/all", [*form, ("_remove", "members.0")])).text()
    assert len(re.findall(r'name="members\.\d+\.agent"', page)) == MEMBERS - 1


async def test_what_is_wrong_stands_at_its_row(admin: Browser) -> None:
    form = changed(form_of(await admin.get("/queues/all")), members__7__agent="nobody", members__8__penalty="many")
    response = await admin.post("/queues/all", form)
    page = await response.text()
    assert response.status == 422
    assert 'aria-describedby="f-members-8-penalty-help"' in page
    place = re.search(r'<div id="f-members-8-penalty-help">(.*?)</div>', page)
    assert place
    assert "whole number" in place[1]
