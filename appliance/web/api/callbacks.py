"""Callbacks: a list, and cancelling one."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import FLOOR, VIEW
from appliance.core.callbacks import Callback
from appliance.core.entities.fields import Line
from appliance.services.callbacks import cancel_callback
from appliance.services.errors import NotFound
from appliance.store.callbacks import CallbackFilter, list_callbacks, load_callback
from appliance.web.api.operations import Answer, Operation, answer_of, json_answer
from appliance.web.api.reading import Query, read_number, read_query
from appliance.web.keys import DATABASE, PERSON, SIGHT

CallbackAnswer = answer_of(Callback)


class CallbackQuery(Query):
    queue: Annotated[Line, Field("", max_length=40, description="Of this queue only.")]
    owed: Annotated[bool, Field(False, description="Only those that have not ended.")]
    limit: Annotated[int, Field(50, ge=1, le=500, description="How many on a page.")]
    page: Annotated[int, Field(1, ge=1, le=10_000, description="1 is the first.")]


class CallbackList(Answer):
    items: list[CallbackAnswer]  # type: ignore[valid-type]
    next: Annotated[int | None, Field(description="The page to go on with.")]


async def get_callbacks(request: web.Request) -> web.StreamResponse:
    query = read_query(request, CallbackQuery)
    async with request.app[DATABASE].reading() as tx:
        wanted = CallbackFilter(query.queue, query.owed, request[SIGHT])
        found = await list_callbacks(tx, wanted, page=query.page, size=query.limit)
    items = [CallbackAnswer.model_validate(row._asdict()) for row in found[: query.limit]]
    return json_answer(CallbackList(items=items, next=query.page + 1 if len(found) > query.limit else None))


async def post_cancel(request: web.Request) -> web.StreamResponse:
    callback_id = read_number(request, "callback_id")
    async with request.app[DATABASE].transaction() as tx:
        await cancel_callback(tx, callback_id, by=request[PERSON].login, sight=request[SIGHT])
        found = await load_callback(tx, callback_id)
    if found is None:
        raise NotFound(f"callbacks.{callback_id}")
    return json_answer(CallbackAnswer.model_validate(found._asdict()))


_TAG = "callbacks"
OPERATIONS = [
    Operation("GET", "/callbacks", get_callbacks, VIEW, "List callbacks", _TAG, CallbackList, query=CallbackQuery),
    Operation(
        "POST",
        "/callbacks/{callback_id}/cancel",
        post_cancel,
        FLOOR,
        "Cancel a callback; one that has ended stays as it is",
        _TAG,
        CallbackAnswer,
    ),
]
