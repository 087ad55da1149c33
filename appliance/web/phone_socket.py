"""The road of a browser phone's signals: joins its websocket to Asterisk's, for as long as somebody is signed in."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.phones import belongs_to_calls
from appliance.services.browser_phones import Account, BrowserPhones, Elsewhere, NoAsterisk, Window
from appliance.services.hub import Subscription
from appliance.services.users.sessions import is_session_open
from appliance.web.access import Access, add_route
from appliance.web.keys import BROWSER_PHONES, DATABASE, HEARTBEAT_S, HUB, PERSON, SESSION
from appliance.web.stream import SESSIONS

BEAT_S = 20.0  # shorter than what a web server in front grants a silent connection
MOST_BYTES = 64 * 1024
STILL_THERE, YES = "\r\n\r\n", "\r\n"  # RFC 5626, answered here: a browser cannot send a websocket's own ping

# Why a socket was closed; the page tries again after any other code.
ELSEWHERE, TAKEN, SIGNED_OUT = 4000, 4001, 4003


log = structlog.get_logger(__name__)


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /phone", get_phone, Access(ANYONE_SIGNED_IN))


async def get_phone(request: web.Request) -> web.StreamResponse:
    """`window` names the page; `take` means to take the phone over; `idle`, that the page has no call."""
    phones = request.app[BROWSER_PHONES]
    account = await phones.account_of(request[PERSON].agent)
    if account is None:
        raise web.HTTPForbidden
    socket = web.WebSocketResponse(protocols=("sip",), heartbeat=BEAT_S, max_msg_size=MOST_BYTES, compress=False)
    await socket.prepare(request)
    code = await _serve(request, socket, phones, account)
    log.info("browser_phone.closed", phone=account.phone, code=int(code), window=request.query.get("window", "")[:40])
    await socket.close(code=code)
    return socket


async def _serve(request: web.Request, socket: web.WebSocketResponse, phones: BrowserPhones, account: Account) -> int:
    """The code to close with."""
    query = request.query
    try:
        async with phones.window(account.phone, query.get("window", "")[:40], takes_over="take" in query) as window:
            if "idle" in query:
                await phones.end_calls(account.phone)
            return await _join(request, socket, phones, window)
    except Elsewhere:
        return ELSEWHERE
    except NoAsterisk:
        return WSCloseCode.TRY_AGAIN_LATER


async def _join(request: web.Request, socket: web.WebSocketResponse, phones: BrowserPhones, window: Window) -> int:
    async with phones.road() as asterisk, request.app[HUB].subscribe((SESSIONS,)) as messages:

        async def to_asterisk() -> int:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    return WSCloseCode.UNSUPPORTED_DATA
                if message.data == STILL_THERE:
                    await socket.send_str(YES)
                elif not belongs_to_calls(message.data):
                    log.warning("browser_phone.refused", window=window.name, said=message.data[:40])
                    return WSCloseCode.POLICY_VIOLATION
                else:
                    await asterisk.send(message.data)
            return WSCloseCode.OK

        async def to_browser() -> int:
            async for text in asterisk:
                await socket.send_str(text)
            return WSCloseCode.TRY_AGAIN_LATER

        return await _first_of(to_asterisk(), to_browser(), _until_taken(window), _until_signed_out(request, messages))


async def _first_of(*roads: Coroutine[Any, Any, int]) -> int:
    """What ends first ends all; a connection that broke is an end like any other."""
    tasks = [asyncio.ensure_future(road) for road in roads]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    first = next(task for task in tasks if task in done)
    try:
        return first.result()
    except (ConnectionError, RuntimeError):
        return WSCloseCode.GOING_AWAY


async def _until_taken(window: Window) -> int:
    await window.taken.wait()
    return TAKEN


async def _until_signed_out(request: web.Request, messages: Subscription) -> int:
    """Also where the daemon ends: then nothing comes any more."""
    reading = asyncio.ensure_future(anext(messages, None))
    try:
        while True:
            done, _ = await asyncio.wait([reading], timeout=request.app[HEARTBEAT_S])
            if done and reading.result() is None:
                return WSCloseCode.GOING_AWAY
            if not await _is_signed_in(request):
                return SIGNED_OUT
            if done:
                reading = asyncio.ensure_future(anext(messages, None))
    finally:
        reading.cancel()


async def _is_signed_in(request: web.Request) -> bool:
    async with request.app[DATABASE].reading() as tx:
        return await is_session_open(tx, request[SESSION].token_hash)
