"""The map as a page: nodes are links, a list says the same, and a large site comes in pieces."""

import re
from urllib.parse import unquote

import pytest

from appliance.services.entities import replace_site
from tests.app.console import Browser, Console
from tests.bench.big_site import big_site
from tests.sites import a_site

# What these try does not depend on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def boxes(page: str) -> list[str]:
    return re.findall(r'<a href="([^"]*)" transform', page)


async def test_every_box_leads_to_a_page(admin: Browser) -> None:
    page = await admin.get("/map")
    found = boxes(page)
    assert {"/inbound-routes/5550100", "/menus/main", "/queues/sales", "/agents/ana", "/schedules/office"} <= {*found}
    for path in found:
        assert (await admin.client.get(path)).status == 200, path


async def test_the_list_says_by_which_key_a_call_goes_where(admin: Browser) -> None:
    listed = (await admin.get("/map")).partition('class="map-list"')[2]
    words = " ".join(re.sub("<[^>]*>", " ", listed).split())
    assert "Keys 1 queue:sales → Sales" in words


async def test_the_map_is_filtered_by_number_or_drawn_around_an_entity(admin: Browser) -> None:
    assert "/inbound-routes/5550100" in boxes(await admin.get("/map?q=555-0100"))
    assert "No way begins so" in await admin.get("/map?q=nothing")
    around = await admin.get("/map?at=queues:sales")
    assert 'class="is-here"' in around
    assert "/menus/main" in boxes(around)
    assert boxes(await admin.get("/map?at=queues:none&zoom=9&start=99999")) == []
    form = await admin.get("/queues/sales")
    assert 'href="/map?at=queues:sales"' in form
    assert "/map?at" not in await admin.get("/trunks/main-line")


async def test_names_are_escaped(console: Console, admin: Browser) -> None:
    site = a_site()
    site.queues["sales"] = site.queues["sales"].model_copy(update={"name": "<script>alert(1)</script>"})
    async with console.database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="evil")
    assert "<script>alert" not in await admin.get("/map")


async def test_a_large_site_comes_in_pieces_below_100_kb(console: Console, admin: Browser) -> None:
    async with console.database.transaction() as tx:
        await replace_site(tx, big_site(), by="test", summary="large")
    page = await admin.get("/map")
    assert len(page.encode()) < 100_000
    following = re.search(r'rel="next" href="([^"]*)"', page)
    assert following
    assert boxes(await admin.get(unquote(following[1].replace("&amp;", "&"))))
    one = await admin.get("/map?q=5550007")
    assert len([path for path in boxes(one) if path.startswith("/inbound-routes")]) == 1
    assert len((await admin.get("/map?at=schedules:hours-001")).encode()) < 100_000
