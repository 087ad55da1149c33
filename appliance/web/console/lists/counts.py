"""What a contact filter finds, said on its form while it is being written, and which fields there are."""

from collections.abc import Container

import aiohttp_jinja2
from aiohttp import web

from appliance.core.access import EDIT
from appliance.core.entities.lists import ContactFilter
from appliance.core.problems import Invalid
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.entities import parse_entity
from appliance.store.lists.contact_filters import BUILT_IN, count_contacts, filter_condition
from appliance.store.lists.members import count_lists, newest_fields
from appliance.web.access import Access, add_route
from appliance.web.console.lists.words import RESULTS
from appliance.web.forms.choices import Choice
from appliance.web.forms.reading import read_form, to_schema, without_empty_rows
from appliance.web.keys import DATABASE
from appliance.web.language import _
from appliance.web.pages import part
from appliance.web.sight import load_seen

MOST_LISTS = 10


def add_routes(app: web.Application) -> None:
    add_route(app, "POST /contact-filters/{key}/count", post_count, Access(EDIT))
    add_route(app, "GET /contact-fields", get_fields, Access(EDIT))


async def post_count(request: web.Request) -> web.StreamResponse:
    """Nothing is stored: the answer is what would be found if it were."""
    typed = read_form(ContactFilter, await request.post())
    typed["key"], typed["name"] = "counted", "counted"  # what it is called finds nobody
    try:
        wanted = parse_entity("contact_filters", to_schema(ContactFilter, without_empty_rows(ContactFilter, typed)))
    except Invalid:
        return part(request, "lists/count.html", counts=[], doubts=[], site=None)
    assert isinstance(wanted, ContactFilter)  # noqa: S101 - the section's schema
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
        totals = await count_lists(tx, list(site.lists))
        largest = sorted(totals, key=lambda key: -totals[key])[:MOST_LISTS]
        condition = filter_condition(tx, wanted, now())
        counts = [(key, await count_contacts(tx, key, condition), totals[key]) for key in largest]
        doubts = _doubts(wanted, site, await newest_fields(tx, site.lists))
    return part(request, "lists/count.html", counts=counts, doubts=doubts, site=site)


def _doubts(wanted: ContactFilter, site: Site, fields: Container[str]) -> list[str]:
    """What may be a slip of the pen: it is no error, for contacts to come may have it."""
    known: dict[str, Container[str]] = {
        "result": RESULTS,
        "disposition": site.dispositions,
        "owner": site.agents,
    }
    told = list[str]()
    for each in wanted.conditions:
        if each.field not in BUILT_IN and each.field not in fields:
            told.append(_("None of the newest contacts has a field '{name}'.", name=each.field))
        elif each.field in known and each.operator in ("is", "is_not") and each.value.lower() not in known[each.field]:
            told.append(_("There is no {field} '{value}'.", field=each.field, value=each.value))
    return told


async def get_fields(request: web.Request) -> web.StreamResponse:
    """Suggestions for the field of a condition; `own` leaves out what is not of the contact's card."""
    words = request.query.get("q", "").casefold().split()
    async with request.app[DATABASE].reading() as tx:
        own = sorted(await newest_fields(tx, (await load_seen(tx, request)).site.lists))
    names = own if "own" in request.query else [*BUILT_IN, *own]
    found = [Choice(name, name) for name in names if all(word in name.casefold() for word in words)]
    return aiohttp_jinja2.render_template("choices.html", request, {"choices": found})
