"""A prompt's sounds in the console: drawn, heard before they are saved, put back, recorded by phone."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.entities.prompts import Prompt
from appliance.core.site import Site
from appliance.store.db import Database
from appliance.store.site import load_entity
from tests.app.console import Console, a_console
from tests.sites import a_prompt

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OLD = "You have reached our old office."


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, Site(prompts={"welcome": a_prompt("welcome", OLD)})) as console:
        yield console


async def the_prompt(console: Console) -> tuple[Prompt, int]:
    async with console.database.reading() as tx:
        found = await load_entity(tx, "prompts", "welcome")
    assert found is not None
    assert isinstance(found[0], Prompt)
    return found[0], found[1]


async def test_a_sound_is_drawn(console: Console) -> None:
    text = await (await console.signed_in("supervisor")).get("/prompts/welcome/library")
    path = re.search(r'<path d="(M[^"]+)"', text)
    assert path is not None
    assert 100 < path[1].count("M") <= 200
    assert "Give me a code" not in text


async def test_an_earlier_sound_is_heard_and_used_again(console: Console) -> None:
    browser = await console.signed_in("administrator")
    form = {
        "version": "1",
        "name": "Welcome",
        "audio.0._key": "en",
        "audio.0.text": "We have moved.",
        "audio.0.upload": "",
    }
    await browser.get("/prompts/welcome")
    assert (await browser.post("/prompts/welcome", form)).status == 303
    text = await browser.get("/prompts/welcome/library")
    place = re.search(r"/prompts/welcome/versions/\d+/en", text)
    assert place is not None
    assert OLD in text
    sound = await browser.client.get(place[0])
    assert (await sound.read())[:4] == b"RIFF"
    assert (await browser.post(place[0])).status == 303
    prompt, version = await the_prompt(console)
    assert (prompt.audio["en"].text, version) == (OLD, 3)
    assert OLD not in (await browser.get("/prompts/welcome/library")).partition("Earlier sounds")[2]
    for path in ("/prompts/welcome/versions/999/en", "/prompts/welcome/versions/1/xx", "/prompts/none/versions/2/en"):
        assert (await browser.client.get(path)).status == 404


async def test_a_text_is_heard_before_it_is_saved(console: Console) -> None:
    browser = await console.signed_in("administrator")
    assert 'formaction="/speech"' in await browser.get("/prompts/welcome")
    said = {"_listen": "audio.1", "audio.1.text": "Good morning", "audio.1._key": "en"}
    text = await (await browser.post("/speech", said)).text()
    name = re.search(r'src="(/speech/[0-9a-f]{64})"', text)
    assert name is not None
    assert (await (await browser.client.get(name[1])).read())[:4] == b"RIFF"
    assert (await the_prompt(console))[0].audio["en"].text == OLD


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"audio.1.text": ""}, 200, "Write a text"),
        ({"audio.1.text": "x" * 2001}, 200, "Write a text"),
        ({"audio.1._key": "xx"}, 200, "There is no voice"),
        ({"audio.1.text": "a\0b"}, 200, "cannot be spoken"),
        ({"_listen": "name"}, 400, ""),
        ({"_listen": ""}, 400, ""),
    ],
)
async def test_what_cannot_be_spoken(console: Console, changes: dict[str, str], status: int, said: str) -> None:
    browser = await console.signed_in("administrator")
    form = {"_listen": "audio.1", "audio.1.text": "Good morning", "audio.1._key": "en", **changes}
    response = await browser.post("/speech", form)
    assert response.status == status
    assert said in await response.text()


async def test_nothing_but_sounds_is_served(console: Console) -> None:
    browser = await console.signed_in("administrator")
    for name in ("x", "..%2f..%2fappliance.db", "0" * 64, "0" * 64 + ".wav"):
        assert (await browser.client.get(f"/speech/{name}")).status == 404


async def test_only_administrators_record_and_put_back(console: Console) -> None:
    browser = await console.signed_in("supervisor")
    for path in ("/prompts/welcome/record", "/prompts/welcome/versions/1/en", "/speech"):
        assert (await browser.post(path, {"language": "en"})).status == 403
