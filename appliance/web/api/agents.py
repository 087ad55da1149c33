"""Logs agents in and out and pauses them."""

import datetime as dt
from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import FLOOR, VIEW
from appliance.core.entities.fields import Line, Part
from appliance.services.errors import NotFound
from appliance.services.people import log_in, log_out, pause, unpause
from appliance.store.sessions import load_session
from appliance.store.site import load_entity
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import read_body
from appliance.web.keys import DATABASE, MEMBERSHIP, NODE, PERSON


class AgentSession(Answer):
    agent: str
    is_logged_in: bool
    extension: str = ""
    logged_in_at: dt.datetime | None = None
    paused_reason: Annotated[str | None, Field(description="null where the agent is not paused.")] = None


class Pause(Part):
    reason: Annotated[Line, Field("other", min_length=1, max_length=40, pattern=r"^[\w -]+$", description="Why.")]


async def get_session(request: web.Request) -> web.StreamResponse:
    agent = request.match_info["key"]
    async with request.app[DATABASE].reading() as tx:
        if await load_entity(tx, "agents", agent) is None:
            raise NotFound(f"agents.{agent}")
        row = await load_session(tx, agent)
    if row is None:
        return json_answer(AgentSession(agent=agent, is_logged_in=False))
    session = AgentSession(
        agent=agent,
        is_logged_in=True,
        extension=row.extension,
        logged_in_at=row.logged_in_at,
        paused_reason=row.paused_reason,
    )
    return json_answer(session)


async def post_login(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        await log_in(tx, request.match_info["key"], node=request.app[NODE], by=request[PERSON].login)
    return await _done(request)


async def post_logout(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        await log_out(tx, request.match_info["key"], by=request[PERSON].login)
    return await _done(request)


async def post_pause(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, Pause)
    async with request.app[DATABASE].transaction() as tx:
        await pause(tx, request.match_info["key"], reason=body.reason, by=request[PERSON].login)
    return await _done(request)


async def post_unpause(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        await unpause(tx, request.match_info["key"], by=request[PERSON].login)
    return await _done(request)


async def _done(request: web.Request) -> web.StreamResponse:
    request.app[MEMBERSHIP].poke()
    return await get_session(request)


_ONE = "/agents/{key}"
OPERATIONS = [
    Operation("GET", f"{_ONE}/session", get_session, VIEW, "Whether an agent is logged in", "agents", AgentSession),
    Operation("POST", f"{_ONE}/login", post_login, FLOOR, "Log an agent in", "agents", AgentSession),
    Operation("POST", f"{_ONE}/logout", post_logout, FLOOR, "Log an agent out", "agents", AgentSession),
    Operation("POST", f"{_ONE}/pause", post_pause, FLOOR, "Pause an agent", "agents", AgentSession, body=Pause),
    Operation("POST", f"{_ONE}/unpause", post_unpause, FLOOR, "End an agent's pause", "agents", AgentSession),
]
