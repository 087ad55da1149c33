"""The live stream of the console: server-sent events in JSON, first a whole snapshot, then numbered changes."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN, VIEW
from appliance.services.clock import now
from appliance.services.hub import RESYNC, Message, Subscription
from appliance.services.users.person import Person
from appliance.services.users.sessions import is_session_open
from appliance.store.configuration import load_status
from appliance.store.snapshots import load_snapshot
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, HEARTBEAT_S, HUB, LIVE, NODE, PERSON, SESSION
from appliance.web.targets import names_of

SESSIONS = "sessions"  # somebody's were ended: whoever holds one of them hears no more
TOPICS = ("live", "config", "history", SESSIONS)
NAMED = ("queues", "agents")


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /stream", get_stream, Access(ANYONE_SIGNED_IN))


async def get_stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    async with request.app[HUB].subscribe(TOPICS) as messages:
        try:
            await response.prepare(request)
            await _send_snapshot(request, response)
            await _follow(request, response, messages)
        except ConnectionResetError:
            pass  # the browser went away
    return response


async def _follow(request: web.Request, response: web.StreamResponse, messages: Subscription) -> None:
    """Until the daemon stops, the browser goes away or the session ends."""
    reading = asyncio.ensure_future(anext(messages, None))
    beat_at = time.monotonic() + request.app[HEARTBEAT_S]
    try:
        while True:
            done, _ = await asyncio.wait([reading], timeout=max(0.0, beat_at - time.monotonic()))
            if time.monotonic() >= beat_at:  # however many messages there are: who was signed out hears no more
                if not await _is_still_signed_in(request):
                    return
                await response.write(b": still here\n\n")
                beat_at = time.monotonic() + request.app[HEARTBEAT_S]
            if not done:
                continue
            message = reading.result()
            if message is None or not await _may_hear(request, message):
                return
            await _send(request, response, message)
            reading = asyncio.ensure_future(anext(messages, None))
    finally:
        reading.cancel()


def tell_sessions_ended(request: web.Request, user_id: int | None) -> None:
    """After the commit: streams of a session that was ended end with it. None: of several users."""
    request.app[HUB].publish(SESSIONS, {"user_id": user_id})


async def _may_hear(request: web.Request, message: Message) -> bool:
    is_meant = message.topic == SESSIONS and message.body["user_id"] in (None, request[PERSON].user_id)
    return await _is_still_signed_in(request) if is_meant or message.topic == RESYNC else True


async def _is_still_signed_in(request: web.Request) -> bool:
    async with request.app[DATABASE].reading() as tx:
        return await is_session_open(tx, request[SESSION].token_hash)


async def _send(request: web.Request, response: web.StreamResponse, message: Message) -> None:
    person = request[PERSON]
    if message.topic == SESSIONS:
        return
    if message.topic == RESYNC:
        await _send_snapshot(request, response)
    elif person.role in VIEW:
        await _write(response, message.topic, message.text)
        if message.topic == "config":
            await _write(response, "names", json.dumps(await _names(request)))
    elif message.topic == "live":
        changes = [each for each in message.body["changes"] if may_see(person, each["kind"], each["key"], each["row"])]
        await _write(response, "live", json.dumps({**message.body, "changes": changes}))


async def _send_snapshot(request: web.Request, response: web.StreamResponse) -> None:
    """The subscription is older than this snapshot, so no change falls between the two."""
    person, snapshot = request[PERSON], request.app[LIVE].snapshot()
    async with request.app[DATABASE].reading() as tx:
        snapshot["config"] = asdict(await load_status(tx, request.app[NODE]))
    snapshot["now"] = now().isoformat()  # browsers' clocks are wrong; timers go by ours
    if person.role in VIEW:
        snapshot["names"] = await _names(request)
    else:
        snapshot |= {kind: _visible(person, kind, snapshot[kind]) for kind in ("queues", "agents", "calls", "phones")}
        snapshot |= {"config": None, "names": {}}
    await _write(response, "snapshot", json.dumps(snapshot, ensure_ascii=False))


async def _names(request: web.Request) -> dict[str, dict[str, str]]:
    async with request.app[DATABASE].reading() as tx:
        site = (await load_snapshot(tx)).site
    return {section: names_of(site.section(section)) for section in NAMED}


def _visible(person: Person, kind: str, rows: Mapping[str, Any]) -> dict[str, Any]:
    return {key: row for key, row in rows.items() if may_see(person, kind, key, row)}


def may_see(person: Person, kind: str, key: str, row: Mapping[str, Any] | None) -> bool:
    """An agent sees the own state and the own call; that another's row is gone tells nothing."""
    if person.role in VIEW:
        return True
    if kind == "agents":
        return bool(person.agent) and key == person.agent
    return kind == "calls" and (row is None or (bool(person.agent) and row["agent"] == person.agent))


async def _write(response: web.StreamResponse, event: str, data: str) -> None:
    await response.write(f"event: {event}\ndata: {data}\n\n".encode())
