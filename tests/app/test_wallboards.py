"""Boards on the wall: the link that is shown once, what it opens, and what it never does."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from appliance.core.live.state import Queue
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.store.db import Database
from appliance.store.tables.floor import WallboardLinkRow
from appliance.web.open_streams import MOST_STREAMS, OPEN
from tests.app.console import Console, a_console
from tests.app.test_stream import next_event
from tests.sites import a_site
from tests.waiting import eventually


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    site = a_site().model_dump(mode="json")
    board = {"key": "sales", "name": "Sales team", "layout": "queues", "queues": [{"queue": "sales"}], "language": "es"}
    site["wallboards"] = {"sales": board, "other": {**board, "key": "other"}}
    async with a_console(database, tmp_path, Site.model_validate(site), heartbeat_s=0.2) as console:
        console.live.is_connected = True
        yield console


async def make_link(console: Console) -> str:
    """The path."""
    admin = await console.signed_in("administrator")
    await admin.get("/wallboards/sales/links")
    response = await admin.post("/wallboards/sales/links")
    found = re.search(r"http://[^/<]+(/wall/[\w-]+)", await response.text())
    assert found is not None
    assert found[1] not in await admin.get("/wallboards/sales/links")
    return found[1]


async def test_a_link_opens_one_board_without_signing_in(console: Console) -> None:
    path = await make_link(console)
    response = await console.browser().client.get(path)
    page = await response.text()
    assert response.status == 200
    assert "Sales team" in page
    assert '<html lang="es"' in page
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in response.headers
    assert "csrf" not in page
    async with console.database.reading() as tx:
        (row,) = (await tx.execute(select(WallboardLinkRow))).scalars()
    assert path.rpartition("/")[2] not in (row.token_hash, str(row.wallboard_link_id))
    assert row.used_at is not None


async def test_its_stream_follows_and_ends_when_the_link_is_revoked(console: Console) -> None:
    path = await make_link(console)
    async with console.browser().client.get(f"{path}/stream") as response:
        event, told = await next_event(response)
        assert (event, [row["name"] for row in told["picture"]["queues"]]) == ("wall", ["Sales"])
        console.live.state = replace(console.live.state, queues={"sales": Queue(waiting={"c": now()})})
        console.hub.publish("live", {"seq": 2, "connected": True, "changes": []})
        told = await wall_event(response)
        assert told["picture"]["totals"]["waiting"] == 1
        admin = await console.signed_in("administrator")
        assert (await admin.post("/wallboards/other/links/1/revoke")).status == 404
        assert (await admin.post("/wallboards/sales/links/1/revoke")).status == 303
        while await response.content.readline():
            pass
    assert (await console.browser().client.get(path)).status == 404


async def wall_event(response: Any) -> Any:
    while True:
        line = await response.content.readline()
        assert line, "the stream ended"
        if line.startswith(b"event: wall"):
            return json.loads((await response.content.readline())[6:])


async def test_who_guesses_finds_nothing_and_darkens_no_screen_at_the_same_address(console: Console) -> None:
    path, stranger = await make_link(console), console.browser().client
    for number in range(20):
        assert (await stranger.get(f"/wall/guess-{number}{'/stream' if number % 2 else ''}")).status == 404
    assert (await stranger.get(path)).status == 200


async def test_no_log_has_the_token(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    path = await make_link(console)
    async with console.database.transaction() as tx:
        await tx.execute(text("DROP TABLE wallboard_links"))
    assert (await console.browser().client.get(path)).status == 500
    said = "".join(capsys.readouterr())
    assert "request failed" in said
    assert path.rpartition("/")[2] not in said


async def test_a_link_holds_no_more_streams_than_there_are_screens(console: Console) -> None:
    path, client, held = await make_link(console), console.browser().client, console.server.app[OPEN]
    first = await client.get(f"{path}/stream")
    ((screen, streams),) = held.items()
    held[screen] += MOST_STREAMS - 1 - streams  # as if so many screens were on
    second = await client.get(f"{path}/stream")
    assert (first.status, (await client.get(f"{path}/stream")).status) == (200, 429)
    second.close()

    async def is_free() -> bool:
        async with client.get(f"{path}/stream") as response:
            return response.status == 200

    await eventually(is_free)
    first.close()


@pytest.mark.parametrize("role", ["supervisor", "auditor", "agent"])
async def test_only_administrators_make_links(console: Console, role: Any) -> None:
    browser = await console.signed_in(role)
    assert (await browser.client.get("/wallboards/sales/links")).status == 403
    assert (await browser.post("/wallboards/sales/links")).status == 403
