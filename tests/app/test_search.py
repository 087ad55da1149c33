"""One search over everything: by key, name and number, and no more than the role may see."""

import re

import pytest

from appliance.core.entities.people import Agent, Extension
from appliance.core.search import find, index_of
from tests.app.console import Console
from tests.sites import a_site


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("sales", ("queues", "sales")),
        ("LOPEZ", ("agents", "ana")),
        ("perez lui", ("agents", "luis")),
        ("1001", ("extensions", "1001")),
        ("555-01 00", ("inbound_routes", "5550100")),
        ("0100", ("inbound_routes", "5550100")),
        ("office h", ("schedules", "office")),
    ],
)
def test_people_find_what_they_know(asked: str, first: tuple[str, str]) -> None:
    assert find(index_of(a_site()), asked, 5)[0] == first


def test_an_agent_is_found_by_the_number_of_the_phone() -> None:
    assert ("agents", "ana") in find(index_of(a_site()), "1001", 5)


def test_no_secret_is_found() -> None:
    index = index_of(a_site())
    assert find(index, "secret-1001", 5) == []
    assert find(index, "4711", 5) == []


def test_only_what_changed_is_indexed_anew() -> None:
    site = a_site()
    before = index_of(site)
    site.agents["zoe"] = Agent(key="zoe", name="Zoë", extension="1003")
    site.extensions["1001"] = Extension(key="1001", name="Front desk", secret="a-long-secret")
    after = index_of(site, before)
    assert after == index_of(site)
    assert after["queues", "sales"] is before["queues", "sales"]
    assert find(after, "zoe", 5) == [("agents", "zoe")]


async def test_the_search_is_a_page_and_a_list_for_the_dialog(console: Console) -> None:
    admin = await console.signed_in("administrator")
    page = await admin.get("/search?q=sales")
    assert 'href="/queues/sales"' in page
    part = await admin.get("/search?dialog&q=sales")
    assert 'role="option"' in part
    assert "<html" not in part
    assert 'href="/revisions"' in await admin.get("/search?q=revis")
    assert "Nothing matches" in await admin.get("/search?q=%3Cb%3Exyz")


async def test_an_agent_finds_the_own_page_and_nothing_of_others(console: Console) -> None:
    agent = await console.signed_in("agent")
    assert 'href="/me"' in await agent.get("/search?dialog")
    for asked in ("sales", "luis", "1002", "revisions"):
        page = await agent.get(f"/search?dialog&q={asked}")
        assert not re.search(r'href="/(queues|agents|extensions|revisions)', page), asked
