"""What agents ask of supervisors: for help in a call, or for a pause; the open requests, and answers to them."""

import datetime as dt
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from appliance.core.access import FLOOR, VIEW
from appliance.services.agents.requests import GRANTED, REFUSED
from appliance.services.agents.requests import Answer as Given
from appliance.store.floor import load_open_requests
from appliance.web.agent_acts import answer
from appliance.web.api.agents import Told
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import read_body
from appliance.web.keys import DATABASE, SIGHT


class AgentRequest(Answer):
    request_id: int
    agent: str
    kind: Literal["help", "pause"]
    detail: Annotated[str, Field(description="Of a pause its reason, of help what for.")]
    guid: Annotated[str, Field(description="Of the interaction in which help is asked for, or empty.")]
    asked_at: dt.datetime


class AgentRequests(Answer):
    items: list[AgentRequest]


async def get_requests(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        rows = await load_open_requests(tx)
    names = AgentRequest.model_fields
    seen = [row for row in rows if request[SIGHT].may_see("agents", row.agent)]
    items = [AgentRequest.model_validate({name: getattr(row, name) for name in names}) for row in seen]
    return json_answer(AgentRequests(items=items))


async def post_grant(request: web.Request) -> web.StreamResponse:
    return await _answer(request, GRANTED)


async def post_refuse(request: web.Request) -> web.StreamResponse:
    return await _answer(request, REFUSED)


async def _answer(request: web.Request, given: Given) -> web.StreamResponse:
    await answer(request, given, (await read_body(request, Told)).note)
    return web.Response(status=204)


_ONE, _TAG = "/requests/{request_id}", "requests"
OPERATIONS = [
    Operation("GET", "/requests", get_requests, VIEW, "What agents ask for now", _TAG, AgentRequests),
    Operation(
        "POST",
        f"{_ONE}/grant",
        post_grant,
        FLOOR,
        "Take care of a cry for help, or grant a pause",
        _TAG,
        status=204,
        body=Told,
    ),
    Operation("POST", f"{_ONE}/refuse", post_refuse, FLOOR, "Refuse a request", _TAG, status=204, body=Told),
]
