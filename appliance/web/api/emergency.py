"""Closes and opens the whole centre."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import FLOOR, VIEW
from appliance.core.entities.fields import Part
from appliance.services.emergency import set_emergency
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import read_body
from appliance.web.keys import APPLIER, DATABASE, PERSON
from appliance.web.sight import load_seen


class Emergency(Answer):
    closed: Annotated[bool, Field(description="Every new inbound call hears the emergency prompt.")]


class Switch(Part):
    closed: Annotated[bool, Field(description="true closes, false opens again.")]


async def get_emergency(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    return json_answer(Emergency(closed=site.settings.emergency_closed))


async def post_emergency(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, Switch)
    async with request.app[DATABASE].transaction() as tx:
        changed = await set_emergency(tx, closed=body.closed, by=request[PERSON].login)
    if changed:
        request.app[APPLIER].poke()
    return json_answer(Emergency(closed=body.closed))


OPERATIONS = [
    Operation("GET", "/emergency", get_emergency, VIEW, "Whether it is closed now", "emergency", Emergency),
    Operation(
        "POST",
        "/emergency",
        post_emergency,
        FLOOR,
        "Close or open the centre",
        "emergency",
        Emergency,
        body=Switch,
    ),
]
