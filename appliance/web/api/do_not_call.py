"""The do-not-call list: looked at, asked, added to and taken from."""

from dataclasses import replace
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from appliance.core.access import FLOOR, VIEW
from appliance.core.entities.fields import Line, Part
from appliance.core.problems import Invalid
from appliance.services.do_not_call import add_entry, check_own, load_own_entry, remove_entry
from appliance.store.dialing.do_not_call import Entry, EntryFilter, list_entries
from appliance.web.api.operations import Answer, Operation, answer_of, json_answer
from appliance.web.api.reading import Query, read_body, read_number, read_query
from appliance.web.keys import DATABASE, PERSON, SIGHT
from appliance.web.sight import load_seen

EntryAnswer = answer_of(Entry)
MOST = 1000


class EntryQuery(Query):
    search: Annotated[Line, Field("", max_length=40, description="Any part of the number.")]
    campaign: Annotated[Line, Field("", max_length=40, description="Those of this campaign only.")]
    limit: Annotated[int, Field(50, ge=1, le=500, description="How many on a page.")]
    page: Annotated[int, Field(1, ge=1, le=10_000, description="1 is the first; the newest come first.")]


class EntryList(Answer):
    items: list[EntryAnswer]  # type: ignore[valid-type]
    found: int
    next: Annotated[int | None, Field(description="The page to go on with.")]


class NewEntry(Part):
    number: Annotated[
        str,
        StringConstraints(max_length=60),
        Field(description="However it is written; with a * at its end the beginning of many, such as +5119*."),
    ]
    campaign: Annotated[Line, Field("", max_length=40, description="Only for this one; empty: for all.")]
    reason: Annotated[str, StringConstraints(max_length=200)] = ""
    expires: Annotated[str, StringConstraints(max_length=10), Field("", description="A day; empty: never.")]


class NewEntries(Part):
    entries: Annotated[list[NewEntry], Field(min_length=1, max_length=MOST)]


class StoredAnswer(Answer):
    stored: int


def _campaigns(request: web.Request) -> frozenset[str] | None:
    return request[SIGHT].campaigns if request[SIGHT].is_limited else None


async def get_entries(request: web.Request) -> web.StreamResponse:
    query = read_query(request, EntryQuery)
    wanted = EntryFilter(query.search, query.campaign, campaigns=_campaigns(request), page=query.page, size=query.limit)
    async with request.app[DATABASE].reading() as tx:
        entries, found = await list_entries(tx, wanted)
    more = query.page + 1 if found > query.page * query.limit else None
    items = [EntryAnswer.model_validate(each._asdict()) for each in entries]
    return json_answer(EntryList(items=items, found=found, next=more))


async def post_entries(request: web.Request) -> web.StreamResponse:
    """All or none."""
    sent = await read_body(request, NewEntries)
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    async with request.app[DATABASE].transaction() as tx:
        for number, each in enumerate(sent.entries):
            try:
                if request[SIGHT].is_limited:
                    check_own(each.model_dump())
                await add_entry(tx, site, each.model_dump(), source="api", by=request[PERSON].login)
            except Invalid as error:
                at = ("body", "entries", number)
                raise Invalid([replace(found, path=(*at, *found.path)) for found in error.problems]) from None
    return json_answer(StoredAnswer(stored=len(sent.entries)))


async def delete_one(request: web.Request) -> web.StreamResponse:
    entry_id = read_number(request, "entry_id")
    async with request.app[DATABASE].transaction() as tx:
        await load_own_entry(tx, entry_id, _campaigns(request))
        await remove_entry(tx, entry_id, by=request[PERSON].login)
    return web.Response(status=204)


_ALL, _TAG = "/do-not-call", "do not call"
OPERATIONS = [
    Operation("GET", _ALL, get_entries, VIEW, "Numbers that are never called", _TAG, EntryList, query=EntryQuery),
    Operation("POST", _ALL, post_entries, FLOOR, "Add up to 1000 numbers", _TAG, StoredAnswer, body=NewEntries),
    Operation("DELETE", f"{_ALL}/{{entry_id}}", delete_one, FLOOR, "Remove a number", _TAG, status=204),
]
