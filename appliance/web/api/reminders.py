"""Calls that were promised to customers: the open ones, a new one, and cancelling one."""

from dataclasses import replace
from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import FLOOR, VIEW
from appliance.core.entities.fields import Line, Part
from appliance.core.problems import Invalid
from appliance.services.desk_news import tell_desk
from appliance.services.errors import NotFound
from appliance.services.reminders import Promise, cancel_reminder, promise_call
from appliance.store.reminders import Reminder, list_reminders, load_reminder
from appliance.web.api.interactions import Instant
from appliance.web.api.operations import Answer, Operation, answer_of, json_answer
from appliance.web.api.reading import Query, read_body, read_number, read_query
from appliance.web.keys import DATABASE, HUB, PERSON, SIGHT
from appliance.web.sight import load_seen

ReminderAnswer = answer_of(Reminder)


class ReminderQuery(Query):
    agent: Annotated[Line, Field("", max_length=40, description="Promised by this agent only.")]
    limit: Annotated[int, Field(50, ge=1, le=500, description="How many on a page.")]
    page: Annotated[int, Field(1, ge=1, le=10_000, description="The next one is on the first.")]


class ReminderList(Answer):
    items: list[ReminderAnswer]  # type: ignore[valid-type]
    next: Annotated[int | None, Field(description="The page to go on with.")]


class NewReminder(Part):
    number: Annotated[Line, Field(min_length=1, max_length=40, description="Whom to call.")]
    due_at: Annotated[Instant, Field(description="When.")]
    agent: Annotated[Line, Field("", max_length=40, description="Who calls. Empty: anyone.")]
    note: Annotated[Line, Field("", max_length=500, description="What about.")]
    campaign: Annotated[Line, Field("", max_length=40, description="Its dialer places the call. Empty: an agent does.")]


async def get_reminders(request: web.Request) -> web.StreamResponse:
    query = read_query(request, ReminderQuery)
    async with request.app[DATABASE].reading() as tx:
        found = await list_reminders(tx, query.agent, request[SIGHT], page=query.page, size=query.limit)
    items = [ReminderAnswer.model_validate(row._asdict()) for row in found[: query.limit]]
    return json_answer(ReminderList(items=items, next=query.page + 1 if len(found) > query.limit else None))


async def post_reminder(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, NewReminder)
    promise = Promise(body.number, body.due_at, body.agent, body.note, body.campaign)
    async with request.app[DATABASE].transaction() as tx:
        site = (await load_seen(tx, request)).site
        if body.agent and body.agent not in site.agents:
            raise NotFound(f"agents.{body.agent}")
        if body.campaign and body.campaign not in site.campaigns:
            raise NotFound(f"campaigns.{body.campaign}")
        try:
            reminder_id = await promise_call(tx, promise, by=request[PERSON].login)
        except Invalid as error:
            raise _in_body(error) from None
        made = await load_reminder(tx, reminder_id)
    return _told(request, made, status=201)


async def post_cancel(request: web.Request) -> web.StreamResponse:
    reminder_id = read_number(request, "reminder_id")
    async with request.app[DATABASE].transaction() as tx:
        await cancel_reminder(tx, reminder_id, request[SIGHT])
        found = await load_reminder(tx, reminder_id)
    return _told(request, found)


def _told(request: web.Request, found: Reminder | None, *, status: int = 200) -> web.Response:
    if found is None:
        raise NotFound("reminders")
    tell_desk(request.app[HUB], "reminders", agent=found.agent)
    return json_answer(ReminderAnswer.model_validate(found._asdict()), status=status)


def _in_body(error: Invalid) -> Invalid:
    names = {"due": "due_at"}
    return Invalid(
        [replace(each, path=("body", *(names.get(str(part), part) for part in each.path))) for each in error.problems]
    )


_ALL, _TAG = "/reminders", "reminders"
OPERATIONS = [
    Operation("GET", _ALL, get_reminders, VIEW, "Calls that are promised", _TAG, ReminderList, query=ReminderQuery),
    Operation("POST", _ALL, post_reminder, FLOOR, "Promise a call", _TAG, ReminderAnswer, status=201, body=NewReminder),
    Operation(
        "POST",
        f"{_ALL}/{{reminder_id}}/cancel",
        post_cancel,
        FLOOR,
        "Cancel a promised call; one that has ended stays as it is",
        _TAG,
        ReminderAnswer,
    ),
]
