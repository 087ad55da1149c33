"""Customers: the list, a card to look at and to change, and deleting one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN, EDIT, Role
from appliance.core.contacts import plain_number, written_forms
from appliance.core.problems import Invalid
from appliance.services.contacts import create_contact, delete_contact, load_contact, load_plan, save_contact
from appliance.services.desk_news import tell_desk
from appliance.services.errors import Stale
from appliance.store.contacts.cards import StoredContact, list_contacts
from appliance.store.contacts.history import load_history
from appliance.store.lists.members import load_places
from appliance.store.snapshots import load_snapshot
from appliance.web.access import Access, add_route
from appliance.web.console.contacts.form import EMPTY, form_context, read_contact, values_of
from appliance.web.console.contacts.table import COLUMNS, as_filter, load_table, read_asked
from appliance.web.console.lists.words import RESULTS, STATES, WAITS
from appliance.web.console.row_lists import BATCH, send_csv
from appliance.web.keys import DATABASE, HUB, PERSON
from appliance.web.numbers import whole_number
from appliance.web.pages import go_to, page
from appliance.web.shown import use_zone
from appliance.web.sight import customers_in_sight

SERVES: frozenset[Role] = frozenset({"administrator", "supervisor", "agent"})  # who deals with customers
ONE = "/contacts/{contact_id:[0-9]{1,15}}"


def add_routes(app: web.Application) -> None:
    look, serve = Access(ANYONE_SIGNED_IN), Access(SERVES)
    add_route(app, "GET /contacts", get_list, look)
    add_route(app, "GET /contacts.csv", get_csv, Access(ANYONE_SIGNED_IN - {"agent"}))
    add_route(app, "GET /contacts/new", get_new, serve)
    add_route(app, "POST /contacts/new", post_new, serve)
    add_route(app, f"GET {ONE}", get_one, look)
    add_route(app, f"GET {ONE}/edit", get_edit, serve)
    add_route(app, f"POST {ONE}/edit", post_edit, serve)
    add_route(app, f"GET {ONE}/delete", get_delete, Access(EDIT))
    add_route(app, f"POST {ONE}/delete", post_delete, Access(EDIT))


async def get_list(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    async with request.app[DATABASE].reading() as tx:
        table = await load_table(tx, request.query, customers_in_sight(request))
    return await page(
        request,
        "contacts.html",
        section="contacts",
        table=table,
        may_add=request[PERSON].role in SERVES,
        may_export=request[PERSON].role != "agent",
        deleted=request.query.get("deleted", "")[:120],
    )


async def get_csv(request: web.Request) -> web.StreamResponse:
    """What is found, a line for each customer. Not for agents: nobody walks away with every customer."""
    await use_zone(request.cookies.get("zone", ""))
    return await send_csv(request, "contacts", COLUMNS, _batches(request))


async def _batches(request: web.Request) -> AsyncIterator[list[StoredContact]]:
    wanted, has_more = as_filter(read_asked(request.query), customers_in_sight(request)), True
    wanted = replace(wanted, page=1, size=BATCH)
    while has_more:
        async with request.app[DATABASE].reading() as tx:
            found = await list_contacts(tx, wanted)
        yield found.contacts
        has_more = len(found.contacts) == BATCH
        wanted = replace(wanted, page=wanted.page + 1)


async def get_new(request: web.Request) -> web.StreamResponse:
    number = plain_number(request.query.get("number", "")[:40])
    values = EMPTY | {"numbers": [{"kind": "mobile", "number": number}] if number else []}
    return await page(request, "contact_form.html", stored=None, stale=False, **form_context(values))


async def post_new(request: web.Request) -> web.StreamResponse:
    values = await read_contact(request)
    try:
        async with request.app[DATABASE].transaction() as tx:
            contact_id = await create_contact(tx, values, by=request[PERSON].login)
    except Invalid as error:
        context = form_context(values, error)
        return await page(request, "contact_form.html", status=422, stored=None, stale=False, **context)
    tell_desk(request.app[HUB], "contact", contact_id=contact_id)
    return go_to(request, f"/contacts/{contact_id}")


def _contact_id(request: web.Request) -> int:
    found = whole_number(request.match_info["contact_id"])
    if found is None:
        raise web.HTTPNotFound
    return found


async def get_one(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    role, sight = request[PERSON].role, customers_in_sight(request)
    async with request.app[DATABASE].reading() as tx:
        stored = await load_contact(tx, _contact_id(request), sight)
        plan, site = await load_plan(tx), (await load_snapshot(tx)).seen_by(sight).site
        forms = {form for each in stored.contact.numbers for form in written_forms(each.number, plan)}
        history = await load_history(tx, forms, stored.contact_id, sight=sight)
        places = await load_places(tx, stored.contact_id, site.lists) if role != "agent" else []
    context: dict[str, Any] = {"stored": stored, "history": history, "site": site, "places": places}
    context |= {"states": STATES, "results": RESULTS, "waits": WAITS}
    context |= {"may_edit": role in SERVES, "may_delete": role in EDIT, "may_look": role != "agent"}
    return await page(request, "contact.html", **context)


async def get_edit(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        stored = await load_contact(tx, _contact_id(request), customers_in_sight(request))
    return await page(
        request, "contact_form.html", stored=stored, stale=False, **form_context(values_of(stored.contact))
    )


async def post_edit(request: web.Request) -> web.StreamResponse:
    values, contact_id = await read_contact(request), _contact_id(request)
    version = whole_number(str((await request.post()).get("version", ""))) or 0
    try:
        async with request.app[DATABASE].transaction() as tx:
            await load_contact(tx, contact_id, customers_in_sight(request))
            await save_contact(tx, contact_id, values, version=version, by=request[PERSON].login)
    except (Invalid, Stale) as error:
        async with request.app[DATABASE].reading() as tx:
            stored = (await load_contact(tx, contact_id))._replace(version=version)
        is_stale = isinstance(error, Stale)
        context = form_context(values, None if isinstance(error, Stale) else error)
        status = 409 if is_stale else 422
        return await page(request, "contact_form.html", status=status, stored=stored, stale=is_stale, **context)
    tell_desk(request.app[HUB], "contact", contact_id=contact_id)
    return go_to(request, f"/contacts/{contact_id}")


async def get_delete(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        stored = await load_contact(tx, _contact_id(request))
    return await page(request, "contact_delete.html", stored=stored)


async def post_delete(request: web.Request) -> web.StreamResponse:
    contact_id = _contact_id(request)
    version = whole_number(str((await request.post()).get("version", ""))) or 0
    async with request.app[DATABASE].transaction() as tx:
        name = (await load_contact(tx, contact_id)).contact.name
        await delete_contact(tx, contact_id, version=version, by=request[PERSON].login)
    tell_desk(request.app[HUB], "contact", contact_id=contact_id)
    return go_to(request, f"/contacts?{urlencode({'deleted': name})}")
