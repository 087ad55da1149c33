"""One contact more for a list, written by hand, also while the list is being called."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from appliance.core.access import FLOOR
from appliance.core.contacts import parse_contact
from appliance.core.lists.rows import USUAL_PRIORITY
from appliance.core.problems import Invalid
from appliance.core.site import Site
from appliance.services.contacts import load_plan
from appliance.services.imports.ground import list_of
from appliance.services.list_contacts import Outcome, add_contacts, check_numbers
from appliance.web.access import Access, add_route
from appliance.web.console.contacts.form import EMPTY, form_context, read_contact
from appliance.web.keys import DATABASE, PERSON
from appliance.web.language import _
from appliance.web.pages import go_to, page
from appliance.web.sight import load_seen

ONE = "/lists/{key}/contacts/new"
SPARE = 3  # rows for numbers and fields: on its card there is room for one more each time
_OWN = {"key": "", "priority": str(USUAL_PRIORITY), "owner": "", "zone": ""}  # what a list knows beside the card


def add_routes(app: web.Application) -> None:
    add_route(app, f"GET {ONE}", get_new, Access(FLOOR))
    add_route(app, f"POST {ONE}", post_new, Access(FLOOR))


async def get_new(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    return await _form(request, site, EMPTY | _OWN)


async def post_new(request: web.Request) -> web.StreamResponse:
    """Added, its card tells where it stands; whatever keeps it out is said, and nothing that was typed is lost."""
    key, card, form = request.match_info["key"], await read_contact(request), await request.post()
    values = card | {name: str(form.get(name, ""))[:120] for name in _OWN}
    async with request.app[DATABASE].reading() as tx:
        site, plan = (await load_seen(tx, request)).site, await load_plan(tx)
    try:
        parse_contact(card, plan)
        check_numbers(site, key, [each["number"] for each in card["numbers"]])
    except Invalid as error:
        return await _form(request, site, values, error=error)
    fields = {each["name"]: each["value"] for each in card["fields"]}
    async with request.app[DATABASE].transaction() as tx:
        (outcome,) = await add_contacts(tx, site, key, [values | {"fields": fields}], by=request[PERSON].login)
    if outcome.state != "added":
        return await _form(request, site, values, outcome=outcome)
    return go_to(request, f"/contacts/{outcome.contact_id}")


async def _form(
    request: web.Request,
    site: Site,
    values: Mapping[str, Any],
    *,
    outcome: Outcome | None = None,
    error: Invalid | None = None,
) -> web.StreamResponse:
    found = list_of(site, request.match_info["key"])
    why = _(outcome.reason).format(value=outcome.value) if outcome else ""
    context = form_context(values, error, spare=SPARE)
    status = 422 if outcome or error else 200
    context |= {"list": found, "site": site, "why": why, "there": outcome}
    return await page(request, "lists/new_contact.html", status=status, **context)
