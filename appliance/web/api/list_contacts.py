"""Contacts of lists: looked at with their progress, and added while the list is being called."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field, StringConstraints

from appliance.core.access import FLOOR, VIEW
from appliance.core.contacts import MOST_FIELDS, MOST_NUMBERS, NumberKind
from appliance.core.entities.fields import Line, Part
from appliance.services.errors import NotFound
from appliance.services.list_contacts import Outcome, add_contacts
from appliance.store.lists.members import Member, MemberFilter, count_states, load_members
from appliance.web.api.operations import Answer, Operation, answer_of, json_answer
from appliance.web.api.reading import Query, read_body, read_query
from appliance.web.keys import DATABASE, PERSON
from appliance.web.sight import load_seen

MOST = 1000
MemberAnswer = answer_of(Member)
Written = Annotated[str, StringConstraints(max_length=4000)]
Short = Annotated[str, StringConstraints(max_length=120)]


class MemberQuery(Query):
    search: Annotated[Line, Field("", max_length=80, description="Any part of name or number, or a key's beginning.")]
    state: Annotated[Line, Field("", max_length=10, description="fresh, due, retry, reserved, dialing or done.")]
    result: Annotated[Line, Field("", max_length=20, description="The last outcome, such as answered or busy.")]
    limit: Annotated[int, Field(50, ge=1, le=500, description="How many on a page.")]
    page: Annotated[int, Field(1, ge=1, le=10_000, description="1 is the first.")]


class MemberList(Answer):
    items: list[MemberAnswer]  # type: ignore[valid-type]
    found: int
    states: Annotated[dict[str, int], Field(description="How many contacts of the whole list are in each state.")]
    next: Annotated[int | None, Field(description="The page to go on with.")]


class NewNumber(Part):
    kind: NumberKind = "mobile"
    number: Annotated[str, StringConstraints(max_length=40)]


class NewMember(Part):
    numbers: Annotated[list[NewNumber], Field(min_length=1, max_length=MOST_NUMBERS)]
    key: Annotated[str, StringConstraints(max_length=80), Field("", description="Sent again, it adds nobody twice.")]
    name: Short = ""
    company: Short = ""
    email: Short = ""
    notes: Written = ""
    priority: Annotated[int, Field(100, ge=0, le=9999, description="The lowest is called first.")]
    owner: Annotated[Short, Field("", description="The only agent who may have this contact.")]
    zone: Annotated[Short, Field("", description="Such as America/Lima; else the number tells.")]
    fields: Annotated[dict[Annotated[str, StringConstraints(max_length=60)], Short], Field({}, max_length=MOST_FIELDS)]


class NewMembers(Part):
    contacts: Annotated[list[NewMember], Field(min_length=1, max_length=MOST)]


class AddedAnswer(Answer):
    state: Annotated[str, Field(description="added, double, never (do not call) or rejected.")]
    contact_id: Annotated[int | None, Field(description="The new contact; of a double the one that is there already.")]
    list: Annotated[str, Field(description="Of a double, where that one is; empty where it is not to be seen.")]
    reason: str


class AddedList(Answer):
    items: Annotated[list[AddedAnswer], Field(description="One for each that was sent, in order.")]
    added: int


async def get_members(request: web.Request) -> web.StreamResponse:
    query, key = read_query(request, MemberQuery), request.match_info["key"]
    wanted = MemberFilter(key, query.search, query.state, query.result, page=query.page, size=query.limit)
    async with request.app[DATABASE].reading() as tx:
        if key not in (await load_seen(tx, request)).site.lists:
            raise NotFound(f"lists.{key}")
        members, found = await load_members(tx, wanted)
        states = await count_states(tx, key)
    items = [MemberAnswer.model_validate(each._asdict()) for each in members]
    more = query.page + 1 if found > query.page * query.limit else None
    return json_answer(MemberList(items=items, found=found, states=states, next=more))


async def post_members(request: web.Request) -> web.StreamResponse:
    sent = await read_body(request, NewMembers)
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    items: list[dict[str, Any]] = [each.model_dump() for each in sent.contacts]
    async with request.app[DATABASE].transaction() as tx:
        outcomes = await add_contacts(tx, site, request.match_info["key"], items, by=request[PERSON].login)
    added = sum(each.state == "added" for each in outcomes)
    return json_answer(AddedList(items=[_told(each) for each in outcomes], added=added))


def _told(outcome: Outcome) -> AddedAnswer:
    reason = outcome.reason.format(value=outcome.value)
    return AddedAnswer(state=outcome.state, contact_id=outcome.contact_id, list=outcome.list, reason=reason)


_PATH, _TAG = "/lists/{key}/contacts", "lists"
OPERATIONS = [
    Operation(
        "GET", _PATH, get_members, VIEW, "Contacts of a list and their progress", _TAG, MemberList, query=MemberQuery
    ),
    Operation("POST", _PATH, post_members, FLOOR, "Add up to 1000 contacts", _TAG, AddedList, body=NewMembers),
]
