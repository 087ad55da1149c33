"""Dialers while they live: state, knobs, progress, what the law asks, promised calls, and who did what."""

import datetime as dt
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from appliance.core.access import EDIT, FLOOR, VIEW
from appliance.core.dialing.law import told
from appliance.core.dialing.life import Act, DialerState, acts_in
from appliance.core.entities.dialers import Dialer
from appliance.core.entities.fields import Key, Line, Part, Title
from appliance.services.clock import now
from appliance.services.dialers import (
    SECTION,
    Change,
    Copy,
    Knobs,
    change_state,
    copy_dialer,
    turn_knobs,
)
from appliance.store.configuration import load_trail
from appliance.store.dialing.promised import load_promised
from appliance.store.dialing.states import Progress, load_progress, load_state
from appliance.web.api.operations import Answer, Operation, answer_of, json_answer
from appliance.web.api.reading import read_body
from appliance.web.keys import DATABASE, PERSON
from appliance.web.seen_dialer import seen_dialer

ProgressAnswer = answer_of(Progress)


class StateAnswer(Answer):
    state: str
    starts_at: dt.datetime | None
    intensity_pct: Annotated[int | None, Field(description="Null: as configured.")]
    max_ratio_pct: Annotated[int | None, Field(description="Null: as configured.")]
    changed_at: dt.datetime | None
    changed_by: str
    acts: Annotated[list[str], Field(description="What may be done with it now.")]


class NewState(Part):
    act: Annotated[Act, Field(description="What to do.")]
    note: Annotated[Line, Field("", max_length=500, description="Why, for the others.")]
    starts_at: Annotated[dt.datetime | None, Field(None, description="For schedule; with its time zone.")]


class NewKnobs(Part):
    intensity_pct: Annotated[int | None, Field(None, ge=10, le=100, description="Null: as configured.")]
    max_ratio_pct: Annotated[int | None, Field(None, ge=100, le=2000, description="Null: as configured.")]
    note: Annotated[Line, Field("", max_length=500, description="Why, for the others.")]


class NewCopy(Part):
    key: Key
    name: Title
    campaign: Annotated[Key, Field(description="Of the copy: a campaign has one dialer.")]


class ProgressList(Answer):
    items: list[ProgressAnswer]  # type: ignore[valid-type]
    contacts: int
    tried: Annotated[int, Field(description="Called at least once.")]


class LawLine(Answer):
    field: str
    value: Any
    by_law: Any
    source: str


class LawAnswer(Answer):
    law: str
    items: list[LawLine]


class ChangeLine(Answer):
    at: dt.datetime
    by: str
    action: str
    before: Any
    after: Any


class ChangeList(Answer):
    items: list[ChangeLine]


class PromiseLine(Answer):
    reminder_id: int
    agent: str
    number: str
    contact_id: int | None
    due_at: dt.datetime
    is_late: Annotated[bool, Field(description="By more than the dialer's grace.")]


class PromiseList(Answer):
    items: list[PromiseLine]


def _state(found: DialerState) -> web.Response:
    values = {name: value for name, value in found._asdict().items() if name in StateAnswer.model_fields}
    return json_answer(StateAnswer.model_validate(values | {"acts": acts_in(found.state)}))


async def get_state(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        _, dialer = await seen_dialer(tx, request)
        return _state(await load_state(tx, dialer.key))


async def post_state(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, NewState)
    starts_at = body.starts_at and (body.starts_at if body.starts_at.tzinfo else body.starts_at.replace(tzinfo=dt.UTC))
    async with request.app[DATABASE].reading() as tx:
        _, dialer = await seen_dialer(tx, request)
    async with request.app[DATABASE].transaction() as tx:
        change = Change(body.act, body.note, starts_at)
        return _state(await change_state(tx, dialer, change, by=request[PERSON].login))


async def post_knobs(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, NewKnobs)
    async with request.app[DATABASE].reading() as tx:
        _, dialer = await seen_dialer(tx, request)
    async with request.app[DATABASE].transaction() as tx:
        knobs = Knobs(body.intensity_pct, body.max_ratio_pct, body.note)
        return _state(await turn_knobs(tx, dialer, knobs, by=request[PERSON].login))


async def post_copy(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, NewCopy)
    async with request.app[DATABASE].reading() as tx:
        _, dialer = await seen_dialer(tx, request)
    async with request.app[DATABASE].transaction() as tx:
        made = await copy_dialer(tx, dialer, Copy(body.key, body.name, body.campaign), by=request[PERSON].login)
    return json_answer(made, status=201)


async def get_progress(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        _, dialer = await seen_dialer(tx, request)
        rows = await load_progress(tx, dialer)
    items = [ProgressAnswer.model_validate(row._asdict()) for row in rows]
    contacts, tried = sum(row.contacts for row in rows), sum(row.tried for row in rows)
    return json_answer(ProgressList(items=items, contacts=contacts, tried=tried))


async def get_law(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site, dialer = await seen_dialer(tx, request)
    lines = [LawLine.model_validate(each._asdict()) for each in told(site, dialer)]
    return json_answer(LawAnswer(law=dialer.law, items=lines))


async def get_changes(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        _, dialer = await seen_dialer(tx, request)
        rows = await load_trail(tx, SECTION, dialer.key)
    names = ChangeLine.model_fields
    lines = [ChangeLine.model_validate({name: getattr(row, name) for name in names}) for row in rows]
    return json_answer(ChangeList(items=lines))


async def get_promised(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        _, dialer = await seen_dialer(tx, request)
        rows = await load_promised(tx, dialer)
    late_at = now() - dt.timedelta(minutes=dialer.promised_grace_min)
    names = set(PromiseLine.model_fields) - {"is_late"}
    lines = [{name: getattr(row, name) for name in names} | {"is_late": row.due_at < late_at} for row in rows]
    return json_answer(PromiseList(items=[PromiseLine.model_validate(line) for line in lines]))


_ONE, _TAG = "/dialers/{key}", "dialers"
OPERATIONS = [
    Operation("GET", f"{_ONE}/state", get_state, VIEW, "Where a dialer is in its life", _TAG, StateAnswer),
    Operation("POST", f"{_ONE}/state", post_state, FLOOR, "Start, pause or end it", _TAG, StateAnswer, body=NewState),
    Operation("POST", f"{_ONE}/knobs", post_knobs, FLOOR, "Turn its knobs", _TAG, StateAnswer, body=NewKnobs),
    Operation("POST", f"{_ONE}/copy", post_copy, EDIT, "Copy it", _TAG, Dialer, 201, body=NewCopy),
    Operation("GET", f"{_ONE}/progress", get_progress, VIEW, "Its contacts, counted", _TAG, ProgressList),
    Operation("GET", f"{_ONE}/law", get_law, VIEW, "What holds for it, with sources", _TAG, LawAnswer),
    Operation("GET", f"{_ONE}/changes", get_changes, VIEW, "Who did what to it", _TAG, ChangeList),
    Operation("GET", f"{_ONE}/promised", get_promised, VIEW, "Calls that were promised", _TAG, PromiseList),
]
