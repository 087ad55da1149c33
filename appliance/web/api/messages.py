"""Messages to agents: sending one, and who has read those of the last hours."""

import datetime as dt
from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import FLOOR, VIEW
from appliance.core.entities.fields import Line, Part
from appliance.services.board.messages import MOST_TEXT, Draft, list_messages, send_message
from appliance.services.board.picture import FLOOR as NEWS
from appliance.services.board.picture import SHOWN_HOURS
from appliance.services.clock import now
from appliance.services.desk_news import tell_desk
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import read_body
from appliance.web.keys import DATABASE, HUB, PERSON, SIGHT
from appliance.web.sight import load_seen


class Reading(Answer):
    agent: str
    read_at: dt.datetime | None


class SentMessage(Answer):
    message_id: int
    sent_by: str
    sent_at: dt.datetime
    to: str
    text: str
    readings: list[Reading]


class SentMessages(Answer):
    items: list[SentMessage]


class Receivers(Answer):
    agents: list[str]


class NewMessage(Part):
    to: Annotated[Line, Field("all", max_length=60, description="all, queue:KEY, group:KEY or agent:KEY.")]
    text: Annotated[str, Field(min_length=1, max_length=MOST_TEXT, description="May have several lines.")]


async def get_messages(request: web.Request) -> web.StreamResponse:
    since = now() - dt.timedelta(hours=SHOWN_HOURS)
    async with request.app[DATABASE].reading() as tx:
        found = await list_messages(tx, since, login=request[PERSON].login, sight=request[SIGHT])
    items = [
        SentMessage(
            message_id=sent.message_id,
            sent_by=sent.sent_by,
            sent_at=sent.sent_at,
            to=sent.audience,
            text=sent.text,
            readings=[Reading(agent=row.agent, read_at=row.read_at) for row in readings],
        )
        for sent, readings in found
    ]
    return json_answer(SentMessages(items=items))


async def post_message(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, NewMessage)
    async with request.app[DATABASE].transaction() as tx:
        site = (await load_seen(tx, request)).site
        agents = await send_message(tx, Draft(body.to, body.text), site, by=request[PERSON].login)
    for agent in agents:
        tell_desk(request.app[HUB], "messages", agent=agent)
    request.app[HUB].publish(NEWS, {})
    return json_answer(Receivers(agents=agents), status=201)


_ALL, _TAG = "/messages", "messages"
OPERATIONS = [
    Operation("GET", _ALL, get_messages, VIEW, "Messages of the last hours, and who has read them", _TAG, SentMessages),
    Operation(
        "POST", _ALL, post_message, FLOOR, "Send a message to agents", _TAG, Receivers, status=201, body=NewMessage
    ),
]
