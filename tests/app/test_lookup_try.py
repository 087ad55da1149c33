"""A web lookup is tried out from its page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from appliance.core.entities.inputs import Input
from appliance.core.entities.lookups import Lookup
from appliance.core.site import Site
from appliance.store.db import Database
from tests.app.console import Console, a_console
from tests.sites import a_prompt

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def answer(request: web.Request) -> web.Response:
    if request.query["n"] == "0":
        return web.Response(text="<b>no</b>")
    return web.json_response({"level": "gold", "asked": request.headers["Authorization"]})


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app) as server:
        values = {"key": "level", "name": "Level", "url": f"{server.make_url('/')}?c={{caller}}&n={{digits.customer}}"}
        gold = {"answer": "gold", "destination": "prompt:menu"}
        lookup = Lookup.model_validate({**values, "token": "sesame", "answer_field": "level", "answers": [gold]})
        asked = Input(key="customer", name="C", prompt="menu", variable="customer", destination="lookup:level")
        site = Site(prompts={"menu": a_prompt("menu")}, inputs={"customer": asked}, lookups={"level": lookup})
        async with a_console(database, tmp_path, site) as console:
            yield console


async def test_the_request_and_the_answer_are_shown(console: Console) -> None:
    browser = await console.signed_in("administrator")
    assert "/lookups/level/try" in await browser.get("/lookups/level")
    response = await browser.post("/lookups/level/try", {"caller": "+51 999", "digits.customer": "47"})
    text = await response.text()
    assert response.status == 200
    assert "?c=%2B51%20999&amp;n=47" in text
    assert "Answer: gold" in text
    assert "Prompt: Menu" in text
    assert "Authorization: Bearer ****" in text


async def test_rubbish_is_shown_as_text(console: Console) -> None:
    browser = await console.signed_in("administrator")
    text = await (await browser.post("/lookups/level/try", {"digits.customer": "0"})).text()
    assert "No answer: unreadable" in text
    assert "&lt;b&gt;no&lt;/b&gt;" in text
    assert "Hang up" in text


async def test_only_administrators_make_the_server_ask(console: Console) -> None:
    browser = await console.signed_in("supervisor")
    assert (await browser.post("/lookups/level/try", {})).status == 403
    browser = await console.signed_in("administrator")
    assert (await browser.post("/lookups/none/try", {})).status == 404
