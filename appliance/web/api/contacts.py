"""Contacts: customers' cards, found by name or number, made, changed and deleted."""

from dataclasses import replace
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from appliance.core.access import EDIT, Role
from appliance.core.contacts import Contact, plain_number, written_forms
from appliance.core.entities.fields import Line
from appliance.core.problems import Invalid
from appliance.services.contacts import create_contact, delete_contact, load_contact, load_plan, save_contact
from appliance.services.desk_news import tell_desk
from appliance.store.contacts.cards import ContactFilter, StoredContact, find_contacts, list_contacts
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import Query, read_json, read_number, read_query, read_version, version_headers
from appliance.web.keys import DATABASE, HUB, PERSON
from appliance.web.sight import customers_in_sight

SERVES: frozenset[Role] = frozenset({"administrator", "supervisor"})
LOOKS: frozenset[Role] = SERVES | {"auditor"}


class ContactQuery(Query):
    search: Annotated[Line, Field("", max_length=80, description="Words of name, company or e-mail address.")]
    number: Annotated[str, Field("", max_length=40, description="Whose card has this number, however it is written.")]
    limit: Annotated[int, Field(50, ge=1, le=500, description="How many on a page.")]
    page: Annotated[int, Field(1, ge=1, le=10_000, description="1 is the first.")]


class ContactAnswer(Answer):
    contact_id: int
    contact: Contact
    changed_at: str
    version: int


class ContactsAnswer(Answer):
    items: list[ContactAnswer]
    next: Annotated[int | None, Field(description="The page to go on with.")]


def _answer(stored: StoredContact) -> ContactAnswer:
    return ContactAnswer.model_construct(
        contact_id=stored.contact_id,
        contact=stored.contact,
        changed_at=stored.changed_at.isoformat(),
        version=stored.version,
    )


async def get_contacts(request: web.Request) -> web.StreamResponse:
    query, sight = read_query(request, ContactQuery), customers_in_sight(request)
    async with request.app[DATABASE].reading() as tx:
        if query.number:
            forms = written_forms(plain_number(query.number), await load_plan(tx))
            found, more = await find_contacts(tx, forms, query.limit, sight=sight), False
        else:
            wanted = ContactFilter(search=query.search, page=query.page, size=query.limit, sight=sight)
            listed = await list_contacts(tx, wanted)
            found, more = listed.contacts, listed.found > query.page * query.limit
    return json_answer(ContactsAnswer(items=[_answer(each) for each in found], next=query.page + 1 if more else None))


async def get_contact(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        stored = await load_contact(tx, read_number(request, "contact_id"), customers_in_sight(request))
    return json_answer(_answer(stored), headers=version_headers(stored.version))


async def post_contact(request: web.Request) -> web.StreamResponse:
    values = await read_json(request)
    try:
        async with request.app[DATABASE].transaction() as tx:
            contact_id = await create_contact(tx, values, by=request[PERSON].login)
            stored = await load_contact(tx, contact_id)
    except Invalid as error:
        raise _in_body(error) from None
    tell_desk(request.app[HUB], "contact", contact_id=contact_id)
    return json_answer(_answer(stored), status=201, headers=version_headers(stored.version))


async def put_contact(request: web.Request) -> web.StreamResponse:
    contact_id, version, values = read_number(request, "contact_id"), read_version(request), await read_json(request)
    try:
        async with request.app[DATABASE].transaction() as tx:
            await load_contact(tx, contact_id, customers_in_sight(request))
            await save_contact(tx, contact_id, values, version=version, by=request[PERSON].login)
            stored = await load_contact(tx, contact_id)
    except Invalid as error:
        raise _in_body(error) from None
    tell_desk(request.app[HUB], "contact", contact_id=contact_id)
    return json_answer(_answer(stored), headers=version_headers(stored.version))


async def remove_contact(request: web.Request) -> web.StreamResponse:
    contact_id, version = read_number(request, "contact_id"), read_version(request)
    async with request.app[DATABASE].transaction() as tx:
        await delete_contact(tx, contact_id, version=version, by=request[PERSON].login)
    tell_desk(request.app[HUB], "contact", contact_id=contact_id)
    return web.Response(status=204)


def _in_body(error: Invalid) -> Invalid:
    return Invalid([replace(problem, path=("body", *problem.path)) for problem in error.problems])


_ONE, _TAG = "/contacts/{contact_id}", "contacts"
_WRITES: dict[str, Any] = {"answer": ContactAnswer, "body": Contact, "has_version": True, "scope": "operate"}
OPERATIONS = [
    Operation("GET", "/contacts", get_contacts, LOOKS, "List contacts", _TAG, ContactsAnswer, query=ContactQuery),
    Operation("POST", "/contacts", post_contact, SERVES, "Make a contact", _TAG, status=201, **_WRITES),
    Operation("GET", _ONE, get_contact, LOOKS, "One contact", _TAG, ContactAnswer, has_version=True),
    Operation("PUT", _ONE, put_contact, SERVES, "Change a contact", _TAG, needs_version=True, **_WRITES),
    Operation(
        "DELETE", _ONE, remove_contact, EDIT, "Delete a contact", _TAG, status=204, needs_version=True, scope="operate"
    ),
]
