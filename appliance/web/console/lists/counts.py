"""How many contacts a filter finds, said on its form while it is being written."""

from aiohttp import web

from appliance.core.access import EDIT
from appliance.core.entities.lists import ContactFilter
from appliance.core.problems import Invalid
from appliance.services.clock import now
from appliance.services.entities import parse_entity
from appliance.store.contact_filters import count_contacts, filter_condition
from appliance.store.list_members import count_lists
from appliance.web.access import Access, add_route
from appliance.web.forms.reading import read_form, to_schema, without_empty_rows
from appliance.web.keys import DATABASE
from appliance.web.pages import part
from appliance.web.sight import load_seen

MOST_LISTS = 10


def add_routes(app: web.Application) -> None:
    add_route(app, "POST /contact-filters/{key}/count", post_count, Access(EDIT))


async def post_count(request: web.Request) -> web.StreamResponse:
    """Nothing is stored: the answer is what would be found if it were."""
    typed = read_form(ContactFilter, await request.post())
    typed["key"], typed["name"] = "counted", "counted"  # what it is called finds nobody
    try:
        wanted = parse_entity("contact_filters", to_schema(ContactFilter, without_empty_rows(ContactFilter, typed)))
    except Invalid:
        return part(request, "lists/count.html", counts=[], site=None)
    assert isinstance(wanted, ContactFilter)  # noqa: S101 - the section's schema
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
        totals = await count_lists(tx, list(site.lists))
        largest = sorted(totals, key=lambda key: -totals[key])[:MOST_LISTS]
        condition = filter_condition(tx, wanted, now())
        counts = [(key, await count_contacts(tx, key, condition), totals[key]) for key in largest]
    return part(request, "lists/count.html", counts=counts, site=site)
