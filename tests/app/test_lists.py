"""What every list does: sort, search, filter, page, export; and where an entity is used."""

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.csv_rows import Columns, harmless, read_rows
from appliance.core.entities.callers import BlockedNumber
from appliance.core.entities.people import Agent, Extension
from appliance.core.entities.queues import Queue
from appliance.core.entities.schedules import Schedule
from appliance.core.site import SECTIONS
from appliance.services.entities import replace_site
from appliance.store.db import Database
from appliance.web.navigation import section_path
from tests.app.console import Browser, Console, a_console
from tests.sites import a_site


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    site = a_site()
    for number in range(1, 121):
        key = str(2000 + number)
        name = "Zoë" if number == 7 else f"Agent {number}"
        site.extensions[key] = Extension(key=key, name=f"Phone {number}", secret=f"secret-{key}", voicemail_pin="4711")
        site.agents[f"agent-{number}"] = Agent(key=f"agent-{number}", name=name, extension=key)
    for number in range(1, 12):
        strategy = "random" if number % 2 else "linear"
        site.queues[f"queue-{number}"] = Queue(key=f"queue-{number}", name=f"Queue {number}", strategy=strategy)
    site.blacklist["11*"] = BlockedNumber(key="11*", reason="=HYPERLINK(1)")
    async with a_console(database, tmp_path, site) as console:
        yield console


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a class="row-link"[^>]*>([^<]*)</a>', page)


async def table(browser: Browser, path: str) -> list[list[str]]:
    response = await browser.client.get(path)
    assert response.status == 200
    assert response.headers["Content-Disposition"].endswith('.csv"')
    return list(csv.reader(io.StringIO((await response.read()).decode("utf-8-sig"))))


async def test_a_list_is_sorted_by_each_column_both_ways(admin: Browser) -> None:
    up = names(await admin.get("/queues?sort=name"))
    assert up[:3] == ["Queue 1", "Queue 2", "Queue 3"]
    assert up[9] == "Queue 10"
    page = await admin.get("/queues?sort=-name")
    assert names(page) == up[::-1]
    assert 'aria-sort="descending"><a class="sort" href="/queues?sort=name"' in page
    assert names(await admin.get("/queues?sort=-members"))[0] == "Sales"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("section", list(SECTIONS))
async def test_every_link_of_a_list_leads_somewhere(admin: Browser, section: str) -> None:
    page = await admin.get(section_path(section))
    for link in set(re.findall(rf'href="({section_path(section)}(?:\.csv)?\?[^"]*)"', page)):
        response = await admin.client.get(link.replace("&amp;", "&"))
        assert response.status == 200, link


async def test_a_list_is_searched_without_accents_and_filtered_by_what_occurs(admin: Browser) -> None:
    assert names(await admin.get("/agents?q=zoe")) == ["Zoë"]
    page = await admin.get("/queues?f_strategy=linear&sort=name")
    assert names(page) == [f"Queue {number}" for number in (2, 4, 6, 8, 10)]
    assert '<option value="linear" selected>' in page
    assert 'value="ringall"' not in page  # no queue has it
    assert "5 of 13" in page
    assert "Nothing matches." in await admin.get("/queues?f_strategy=ringall")
    assert len(names(await admin.get("/queues?f_secret=x&sort=secret&f_nothing=1"))) == 13


async def test_pages_are_as_long_as_people_choose(admin: Browser) -> None:
    assert len(names(await admin.get("/extensions"))) == 50
    page = await admin.get("/extensions?size=100&sort=name&q=phone")
    assert len(names(page)) == 100
    assert 'href="/extensions?q=phone&amp;sort=name&amp;size=100&amp;page=2"' in page
    assert len(names(await admin.get("/extensions?size=100&q=phone&page=2"))) == 20
    assert len(names(await admin.get("/extensions?size=1000000"))) == 50


async def test_the_table_that_is_filtered_is_exported_without_secrets(admin: Browser) -> None:
    page = await admin.get("/extensions?q=phone&sort=-name")
    link = re.search(r'href="(/extensions\.csv[^"]*)"', page)
    assert link
    rows = await table(admin, link[1].replace("&amp;", "&"))
    assert len(rows) == 121
    assert rows[1][:2] == ["2120", "Phone 120"]
    text = str(rows) + str(await table(admin, "/trunks.csv"))
    assert "secret-2001" not in text
    assert "4711" not in text
    sales = next(row for row in await table(admin, "/queues.csv") if row[0] == "sales")
    assert "voicemail:1001" in sales


async def test_no_cell_is_a_formula(admin: Browser) -> None:
    rows = await table(admin, "/blacklist.csv")
    assert "'=HYPERLINK(1)" in next(row for row in rows if row[0] == "11*")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+5116124400", "+5116124400"),
        ("+1-cmd", "'+1-cmd"),
        ("@a", "'@a"),
        ("-2", "-2"),
        ("", ""),
        ("x;=cmd", "x;'=cmd"),  # opened where cells end at a semicolon
        ('x; "=cmd"', 'x;\' "=cmd"'),
        ("x\t-cmd\n@cmd", "x\t'-cmd\n'@cmd"),
        ("=a;=b", "'=a;'=b"),
        ("a +511612; +511613;-4", "a +511612; +511613;-4"),
        ("a,=b; c", "a,=b; c"),  # a comma ends no cell: the cell stands in quotes
    ],
)
def test_formulas_are_harmless_and_read_again_as_they_were(text: str, safe: str) -> None:
    assert harmless(text) == safe
    file = io.StringIO()
    csv.writer(file).writerows([["reason", "key"], [harmless(text), "x"]])
    rows = read_rows(file.getvalue(), Columns({"reason": "reason", "key": "key"}, (), 10))
    assert [row.values["reason"] for row in rows] == [text]


async def test_auditors_export_and_agents_do_not(console: Console) -> None:
    assert await table(await console.signed_in("auditor"), "/queues.csv")
    agent = await console.signed_in("agent")
    assert (await agent.client.get("/queues.csv")).status == 403


async def test_the_page_of_an_entity_says_where_it_is_used_and_in_which_field(admin: Browser) -> None:
    page = await admin.get("/queues/sales")
    assert 'href="/menus/main"' in page
    assert "Keys 1" in page
    assert "Nothing uses it." in await admin.get("/queues/queue-3")
    assert 'href="/menus/main"' in await admin.get("/queues/sales/used")
    assert (await admin.client.get("/queues/nothing/used")).status == 404


async def test_every_place_is_told_before_something_is_deleted(console: Console, admin: Browser) -> None:
    site = a_site()
    for number in range(60):
        key = f"555{number:04}"
        route = site.inbound_routes["5550100"].model_copy(update={"key": key, "name": f"Number {number}"})
        site.inbound_routes[key] = route
    async with console.database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="many")
    page = await admin.get("/schedules/office/delete")
    assert 'href="/inbound-routes/5550001"' in page
    assert re.search(r"Show all 6[2-9] places", page)
    assert (await admin.get("/schedules/office/used")).count('href="/inbound-routes/555') == 61
    response = await admin.post("/schedules/office/delete", {"version": "1"})
    assert response.headers["Location"] == "/schedules/office/delete"


async def test_what_works_for_nobody_yet_is_said_after_saving(console: Console, admin: Browser) -> None:
    site = a_site()
    site.schedules["never"] = Schedule(key="never", name="Never")
    async with console.database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="never")
    assert "callers wait in vain" in await admin.get("/queues?saved=support")
    assert "callers wait in vain" not in await admin.get("/queues?saved=sales")
    assert "always closed" in await admin.get("/schedules?saved=never")
