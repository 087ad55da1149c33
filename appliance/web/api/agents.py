"""Logs agents in and out and pauses them."""

import datetime as dt
from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import FLOOR, VIEW
from appliance.core.entities.fields import Line, Part
from appliance.services.agents.pauses import grant_pause, pause, refuse_pause, unpause
from appliance.services.agents.requests import load_request
from appliance.services.agents.sessions import Place, device_of, log_in, log_out
from appliance.services.agents.trail import Act
from appliance.services.errors import NotFound
from appliance.store.sessions import load_session
from appliance.store.site import load_entity
from appliance.web.agent_acts import end_wrapup, tell_agent
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import read_body
from appliance.web.keys import DATABASE, NODE, PERSON, WRAPUPS
from appliance.web.sight import check_phone


class AgentSession(Answer):
    agent: str
    is_logged_in: bool
    extension: str = ""
    device: Annotated[str, Field(description="The endpoint that rings.")] = ""
    way: Annotated[str, Field(description="Of the log-in: web, phone, api or supervisor.")] = ""
    logged_in_at: dt.datetime | None = None
    paused_reason: Annotated[str | None, Field(description="null where the agent is not paused.")] = None
    paused_at: dt.datetime | None = None
    paused_by: Annotated[str, Field(description="Empty: the agent. policy: a rule.")] = ""
    note: Annotated[str, Field(description="What the agent was told with it.")] = ""
    asked_pause: Annotated[str, Field(description="The reason of a pause that waits for approval.")] = ""


Note = Annotated[Line, Field("", max_length=200, description="What the agent is told.")]


class LogIn(Part):
    device: Annotated[
        Line,
        Field("", max_length=50, description="The phone, such as 1001 or 1001-web. Empty: the agent's own."),
    ]


class Pause(Part):
    reason: Annotated[Line, Field("other", min_length=1, max_length=40, pattern=r"^[\w -]+$", description="Why.")]
    note: Note


class Told(Part):
    note: Note


async def get_session(request: web.Request) -> web.StreamResponse:
    agent = request.match_info["key"]
    async with request.app[DATABASE].reading() as tx:
        if await load_entity(tx, "agents", agent) is None:
            raise NotFound(f"agents.{agent}")
        row, asked = await load_session(tx, agent), await load_request(tx, agent, "pause")
    if row is None:
        return json_answer(AgentSession(agent=agent, is_logged_in=False))
    session = AgentSession(
        agent=agent,
        is_logged_in=True,
        extension=row.extension,
        device=device_of(row),
        way=row.way,
        logged_in_at=row.logged_in_at,
        paused_reason=row.paused_reason,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
        note=row.pause_note,
        asked_pause=asked.detail if asked else "",
    )
    return json_answer(session)


async def post_login(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, LogIn)
    place = Place(request.app[NODE], "api", body.device)
    async with request.app[DATABASE].transaction() as tx:
        await check_phone(tx, request, body.device)
        await log_in(tx, request.match_info["key"], place, Act(request[PERSON].login))
    return await _done(request)


async def post_logout(request: web.Request) -> web.StreamResponse:
    act = await _told(request)
    async with request.app[DATABASE].transaction() as tx:
        await log_out(tx, request.match_info["key"], act)
    return await _done(request)


async def post_pause(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, Pause)
    async with request.app[DATABASE].transaction() as tx:
        await pause(tx, request.match_info["key"], body.reason, Act(request[PERSON].login, note=body.note))
    end_wrapup(request, request.match_info["key"])
    return await _done(request)


async def post_unpause(request: web.Request) -> web.StreamResponse:
    act = await _told(request)
    async with request.app[DATABASE].transaction() as tx:
        await unpause(tx, request.match_info["key"], act)
    return await _done(request)


async def post_grant(request: web.Request) -> web.StreamResponse:
    act = await _told(request)
    async with request.app[DATABASE].transaction() as tx:
        await grant_pause(tx, request.match_info["key"], act)
    end_wrapup(request, request.match_info["key"])
    return await _done(request)


async def post_ready(request: web.Request) -> web.StreamResponse:
    """The end of a pause and of a wrap-up, whatever was to be done in it."""
    act = await _told(request)
    async with request.app[DATABASE].transaction() as tx:
        await unpause(tx, request.match_info["key"], act)
    request.app[WRAPUPS].finish(request.match_info["key"], is_forced=True)
    return await _done(request)


async def post_longer(request: web.Request) -> web.StreamResponse:
    request.app[WRAPUPS].longer(request.match_info["key"])
    return await _done(request)


async def post_finish(request: web.Request) -> web.StreamResponse:
    """Refused where something must be done first: `ready` ends it all the same."""
    request.app[WRAPUPS].finish(request.match_info["key"])
    return await _done(request)


async def post_refuse(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        await refuse_pause(tx, request.match_info["key"], Act(request[PERSON].login))
    return await _done(request)


async def _told(request: web.Request) -> Act:
    return Act(request[PERSON].login, note=(await read_body(request, Told)).note)


async def _done(request: web.Request) -> web.StreamResponse:
    tell_agent(request, request.match_info["key"])
    return await get_session(request)


_ONE = "/agents/{key}"
OPERATIONS = [
    Operation("GET", f"{_ONE}/session", get_session, VIEW, "Whether an agent is logged in", "agents", AgentSession),
    Operation("POST", f"{_ONE}/login", post_login, FLOOR, "Log an agent in", "agents", AgentSession, body=LogIn),
    Operation("POST", f"{_ONE}/logout", post_logout, FLOOR, "Log an agent out", "agents", AgentSession, body=Told),
    Operation("POST", f"{_ONE}/pause", post_pause, FLOOR, "Pause an agent", "agents", AgentSession, body=Pause),
    Operation(
        "POST", f"{_ONE}/unpause", post_unpause, FLOOR, "End an agent's pause", "agents", AgentSession, body=Told
    ),
    Operation("POST", f"{_ONE}/ready", post_ready, FLOOR, "End pause and wrap-up", "agents", AgentSession, body=Told),
    Operation("POST", f"{_ONE}/wrapup/longer", post_longer, FLOOR, "Make wrap-up longer", "agents", AgentSession),
    Operation("POST", f"{_ONE}/wrapup/finish", post_finish, FLOOR, "End wrap-up", "agents", AgentSession),
    Operation("POST", f"{_ONE}/pause/grant", post_grant, FLOOR, "Grant the pause", "agents", AgentSession, body=Told),
    Operation("POST", f"{_ONE}/pause/refuse", post_refuse, FLOOR, "Refuse the pause", "agents", AgentSession),
]
