"""Contacts of a dialer that are done: counted, and called again."""

from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from appliance.core.access import FLOOR, VIEW
from appliance.core.entities.fields import Line, Part
from appliance.services.clock import now
from appliance.services.recycling import recycle
from appliance.store.dialing.recycling import Kind, Recycling, count_done
from appliance.web.api.operations import Answer, Operation, answer_of, json_answer
from appliance.web.api.reading import read_body
from appliance.web.keys import DATABASE, PERSON
from appliance.web.seen_dialer import seen_dialer

Word = Annotated[str, StringConstraints(max_length=40)]
KindAnswer = answer_of(Kind)


class NewRecycling(Part):
    results: Annotated[list[Word], Field(default=[], max_length=40, description="Of the last attempt.")]
    dispositions: Annotated[list[Word], Field(default=[], max_length=200, description="What agents said.")]
    into: Annotated[Line, Field("", max_length=40, description="Another list; empty: fresh again where they are.")]


class DoneList(Answer):
    items: list[KindAnswer]  # type: ignore[valid-type]
    contacts: int


class Recycled(Answer):
    contacts: int


async def get_recycling(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        _, dialer = await seen_dialer(tx, request)
        return _done(await count_done(tx, dialer, now()))


async def post_preview(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, NewRecycling)
    async with request.app[DATABASE].reading() as tx:
        _, dialer = await seen_dialer(tx, request)
        return _done(await count_done(tx, dialer, now(), _wanted(body)))


async def post_recycling(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, NewRecycling)
    async with request.app[DATABASE].reading() as tx:
        site, dialer = await seen_dialer(tx, request)
    async with request.app[DATABASE].transaction() as tx:
        done = await recycle(tx, site, dialer, _wanted(body), by=request[PERSON].login)
    return json_answer(Recycled(contacts=done))


def _wanted(body: NewRecycling) -> Recycling:
    return Recycling(tuple(body.results), tuple(body.dispositions), body.into)


def _done(rows: list[Kind]) -> web.Response:
    items = [KindAnswer.model_validate(row._asdict()) for row in rows]
    return json_answer(DoneList(items=items, contacts=sum(row.contacts for row in rows)))


_ONE, _TAG = "/dialers/{key}", "dialers"
OPERATIONS = [
    Operation("GET", f"{_ONE}/recycling", get_recycling, VIEW, "Contacts that are done", _TAG, DoneList),
    Operation(
        "POST",
        f"{_ONE}/recycling/preview",
        post_preview,
        FLOOR,
        "Count whom recycling would call again",
        _TAG,
        DoneList,
        body=NewRecycling,
    ),
    Operation("POST", f"{_ONE}/recycling", post_recycling, FLOOR, "Call them again", _TAG, Recycled, body=NewRecycling),
]
