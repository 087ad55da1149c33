"""The road of a browser phone's signals: for whom it is open, where it leads, and what ends it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestServer

from appliance.core.entities.people import Extension
from appliance.core.phones import BROWSERS_COME_FROM, browser_password
from appliance.store.db import Database
from appliance.web.phone_socket import ELSEWHERE, SIGNED_OUT, STILL_THERE, TAKEN, YES
from tests.app.console import Browser, Console, a_console
from tests.sites import a_site
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

REGISTER = "REGISTER sip:phone.invalid SIP/2.0\r\n"


@dataclass
class SipServer:
    """Stands where Asterisk's websocket does: answers each text with itself, and can hang up."""

    port: int = 0
    callers: list[str | None] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("sip",))
        await socket.prepare(request)
        self.callers.append(request.remote)
        self.sockets.append(socket)
        async for message in socket:
            await socket.send_str("re: " + message.data)
        return socket


@pytest.fixture
async def asterisk() -> AsyncIterator[SipServer]:
    sip, app = SipServer(), web.Application()
    app.router.add_get("/ws", sip.serve)
    async with TestServer(app) as server:
        sip.port = server.port or 0
        yield sip


@pytest.fixture
async def console(database: Database, tmp_path: Path, asterisk: SipServer) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, a_site(), heartbeat_s=0.2, ws_port=asterisk.port) as console:
        yield console


async def open_phone(browser: Browser, query: str = "window=one") -> ClientWebSocketResponse:
    return await browser.client.ws_connect(f"/phone?{query}", protocols=("sip",))


async def closed_with(socket: ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(5):
        assert (await socket.receive()).type is WSMsgType.CLOSE
    return socket.close_code


async def test_an_agent_is_told_the_own_account_and_nobody_keeps_it(console: Console) -> None:
    agent = await console.signed_in("agent")
    response = await agent.client.get("/me/phone/account")
    extension = Extension(key="1001", name="Ana", secret="secret-1001")
    password = browser_password("secret-of-phones", extension)
    assert await response.json() == {"user": "1001-web", "password": password, "name": "Ana"}
    assert response.headers["Cache-Control"] == "no-store"
    administrator = await console.signed_in("administrator")  # linked to no agent
    assert (await administrator.client.get("/me/phone/account")).status == 404
    for path in ("/extensions", "/extensions/1001", "/agents/ana"):
        assert password not in await administrator.get(path)


async def test_texts_go_both_ways_and_a_beat_is_answered_here(console: Console, asterisk: SipServer) -> None:
    socket = await open_phone(await console.signed_in("agent"))
    assert socket.protocol == "sip"
    await socket.send_str(REGISTER)
    assert await socket.receive_str(timeout=5) == f"re: {REGISTER}"
    await socket.send_str(STILL_THERE)
    assert await socket.receive_str(timeout=5) == YES
    assert asterisk.callers == [BROWSERS_COME_FROM]
    await socket.close()
    await eventually(lambda: asterisk.sockets[0].closed)


async def test_asterisk_that_goes_ends_it_and_the_page_may_try_again(console: Console, asterisk: SipServer) -> None:
    socket = await open_phone(await console.signed_in("agent"))
    await eventually(lambda: asterisk.sockets)
    await asterisk.sockets[0].close()
    assert await closed_with(socket) == 1013


async def test_who_is_signed_out_has_no_phone_any_more(console: Console, asterisk: SipServer) -> None:
    agent = await console.signed_in("agent")
    socket = await open_phone(agent)
    await eventually(lambda: asterisk.sockets)
    await agent.post("/sign-out")
    assert await closed_with(socket) == SIGNED_OUT


async def test_a_phone_is_in_one_window(console: Console, asterisk: SipServer) -> None:
    agent = await console.signed_in("agent")
    first = await open_phone(agent)
    assert await closed_with(await open_phone(agent, "window=two")) == ELSEWHERE
    second = await open_phone(agent, "window=two&take")
    assert await closed_with(first) == TAKEN
    again = await open_phone(agent, "window=two")  # the network changed, the page did not
    assert await closed_with(second) == TAKEN
    await again.send_str(REGISTER)
    assert await again.receive_str(timeout=5) == f"re: {REGISTER}"


@pytest.mark.parametrize(
    "said", ["MESSAGE sip:1002@phone.invalid SIP/2.0\r\n", "SUBSCRIBE sip:1002@x SIP/2.0\r\n", "hello"]
)
async def test_nothing_goes_to_asterisk_but_what_belongs_to_calls(
    console: Console, asterisk: SipServer, said: str
) -> None:
    socket = await open_phone(await console.signed_in("agent"))
    for good in ("SIP/2.0 200 OK\r\n", "\r\n"):  # the second is what a browser answers to a keep-alive
        await socket.send_str(good)
        assert await socket.receive_str(timeout=5) == f"re: {good}"
    await socket.send_str(said)
    assert await closed_with(socket) == 1008  # and no echo before


async def test_strangers_other_sites_and_who_is_no_agent_get_nothing(console: Console) -> None:
    wish = {"Accept": "*/*", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    wish["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="

    async def status(browser: Browser, **headers: str) -> int:
        return (await browser.client.get("/phone", headers={**wish, **headers})).status

    agent = await console.signed_in("agent")
    assert await status(console.browser()) == 401
    assert await status(agent, Origin="https://elsewhere.example") == 403
    assert await status(agent, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert await status(await console.signed_in("administrator")) == 403


async def test_which_phone_one_uses_is_kept(console: Console) -> None:
    agent = await console.signed_in("agent")
    assert "data-softphone" not in await agent.get("/me/phone")
    assert (await agent.post("/me/phone", {"kind": "browser"})).status == 303
    assert "data-softphone" in await agent.get("/me/phone")
    assert (await agent.post("/me/phone", {"kind": "carrier pigeon"})).status == 400
    assert "data-softphone" in await agent.get("/me/phone")
