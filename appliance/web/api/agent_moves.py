"""Moves of agents into and out of queues for some time."""

import datetime as dt
from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import FLOOR, VIEW
from appliance.core.entities.fields import Key, Part
from appliance.services.agents.moves import LONGEST_MIN, MOST_PENALTY, NewMove, end_move, move
from appliance.store.moves import load_moves
from appliance.web.agent_acts import check_queue, tell_agent
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import read_body
from appliance.web.keys import DATABASE, PERSON, SIGHT


class QueueMove(Answer):
    queue: str
    is_member: Annotated[bool, Field(description="Into the queue, or out of it.")]
    penalty: int
    made_by: str
    made_at: dt.datetime
    until_at: dt.datetime


class QueueMoves(Answer):
    items: list[QueueMove]


class NewQueueMove(Part):
    queue: Key
    is_member: Annotated[bool, Field(True, description="False: out of the queue.")]
    minutes: Annotated[int, Field(ge=1, le=LONGEST_MIN, description="How long.")]
    penalty: Annotated[int, Field(0, ge=0, le=MOST_PENALTY, description="In that queue; 0 is asked first.")]


async def get_moves(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        rows = await load_moves(tx, request.match_info["key"])
    seen = [row for row in rows if request[SIGHT].may_see("queues", row.queue)]
    names = QueueMove.model_fields
    items = [QueueMove.model_validate({name: getattr(row, name) for name in names}) for row in seen]
    return json_answer(QueueMoves(items=items))


async def post_move(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, NewQueueMove)
    check_queue(request, body.queue)
    wanted = NewMove(body.queue, body.is_member, body.minutes, body.penalty)
    async with request.app[DATABASE].transaction() as tx:
        await move(tx, request.match_info["key"], wanted, by=request[PERSON].login)
    tell_agent(request, request.match_info["key"])
    return await get_moves(request)


async def delete_move(request: web.Request) -> web.StreamResponse:
    queue = request.match_info["queue"]
    check_queue(request, queue)
    async with request.app[DATABASE].transaction() as tx:
        await end_move(tx, request.match_info["key"], queue, by=request[PERSON].login)
    tell_agent(request, request.match_info["key"])
    return await get_moves(request)


_MOVES = "/agents/{key}/moves"
OPERATIONS = [
    Operation("GET", _MOVES, get_moves, VIEW, "Where an agent is moved for some time", "agents", QueueMoves),
    Operation("POST", _MOVES, post_move, FLOOR, "Move an agent for some time", "agents", QueueMoves, body=NewQueueMove),
    Operation("DELETE", f"{_MOVES}/{{queue}}", delete_move, FLOOR, "End a move", "agents", QueueMoves),
]
