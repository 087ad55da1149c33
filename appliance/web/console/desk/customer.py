"""Who the customer of a call is: chosen among cards, made or changed beside the call, without leaving the desk."""

from typing import Any

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.contacts import normalised, plain_number
from appliance.core.problems import Invalid
from appliance.services.contacts import create_contact, load_contact, load_plan, save_contact
from appliance.services.desk_news import tell_desk
from appliance.services.work import choose_contact, own_work
from appliance.store.contacts.cards import ContactFilter, StoredContact, list_contacts
from appliance.web.access import Access, add_route
from appliance.web.console.contacts.form import EMPTY, form_context, read_contact, values_of
from appliance.web.console.contacts.table import FEWEST_DIGITS
from appliance.web.console.desk.own import own_agent
from appliance.web.console.desk.work import ONE
from appliance.web.keys import DATABASE, HUB, PERSON
from appliance.web.numbers import whole_number
from appliance.web.pages import page

FOUND = 8


def add_routes(app: web.Application) -> None:
    access = Access(ANYONE_SIGNED_IN)
    add_route(app, f"GET {ONE}/contact", get_form, access)
    add_route(app, f"POST {ONE}/contact", post_form, access)
    add_route(app, f"POST {ONE}/contact/choose", post_choice, access)
    add_route(app, "GET /me/contacts", get_found, access)


async def get_form(request: web.Request) -> web.StreamResponse:
    """Of the contact of this call, or of a new one with the number of the call."""
    async with request.app[DATABASE].reading() as tx:
        work = await own_work(tx, request.match_info["guid"], own_agent(request))
        stored = await load_contact(tx, work.contact_id) if work.contact_id else None
        number = normalised(plain_number(work.number), await load_plan(tx))
    numbers = [{"kind": "mobile", "number": number}] if number else []
    values = values_of(stored.contact) if stored else EMPTY | {"numbers": numbers}
    return await _form(request, values, stored)


async def _form(
    request: web.Request, values: dict[str, Any], stored: StoredContact | None, error: Invalid | None = None
) -> web.StreamResponse:
    context = form_context(values, error)
    status = 422 if error else 200
    guid = request.match_info["guid"]
    return await page(request, "desk/contact_form.html", status=status, stored=stored, guid=guid, **context)


async def post_form(request: web.Request) -> web.StreamResponse:
    """Stores the card, and that it is this call's."""
    values, agent, by = await read_contact(request), own_agent(request), request[PERSON].login
    version = whole_number(str((await request.post()).get("version", ""))) or 0
    stored: StoredContact | None = None
    try:
        async with request.app[DATABASE].transaction() as tx:
            work = await own_work(tx, request.match_info["guid"], agent)
            if work.contact_id:
                stored = await load_contact(tx, work.contact_id)
                await save_contact(tx, work.contact_id, values, version=version, by=by)
                contact_id = work.contact_id
            else:
                contact_id = await create_contact(tx, values, by=by)
                await choose_contact(tx, work, contact_id)
    except Invalid as error:
        return await _form(request, values, stored and stored._replace(version=version), error)
    tell_desk(request.app[HUB], "contact", contact_id=contact_id)
    tell_desk(request.app[HUB], "work", agent=agent, guid=work.guid)
    return web.Response(status=204)


async def post_choice(request: web.Request) -> web.StreamResponse:
    """`contact` is the card; empty: none of those that there are."""
    contact_id = whole_number(str((await request.post()).get("contact", "")))
    async with request.app[DATABASE].transaction() as tx:
        work = await own_work(tx, request.match_info["guid"], own_agent(request))
        if work.contact_id != contact_id:
            await choose_contact(tx, work, contact_id)
    tell_desk(request.app[HUB], "work", agent=work.agent, guid=work.guid)
    return web.Response(status=204)


async def get_found(request: web.Request) -> web.StreamResponse:
    """A few cards by name or number, to choose one from."""
    own_agent(request)
    words = request.query.get("q", "").strip()[:80]
    number = plain_number(words).lstrip("+")
    wanted = ContactFilter(search=words, digits=number if len(number) >= FEWEST_DIGITS else "", size=FOUND)
    async with request.app[DATABASE].reading() as tx:
        found = (await list_contacts(tx, wanted)).contacts if words else []
    return await page(request, "desk/found_contacts.html", found=found, words=words)
