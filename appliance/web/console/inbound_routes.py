"""The list of inbound routes with what the schedule of each says at this moment."""

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.hours import State, state_at
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.store.site import load_site
from appliance.web.access import Access, add_route
from appliance.web.console.entities import list_page
from appliance.web.keys import DATABASE


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /inbound-routes", get_inbound_routes, Access(VIEW))


async def get_inbound_routes(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site = await load_site(tx)
    return await list_page(request, "inbound_routes", "inbound_routes.html", states=_states(site))


def _states(site: Site) -> dict[str, State]:
    """By the key of a schedule; a route without one is always open."""
    at = now()
    return {key: state_at(schedule, at) for key, schedule in site.schedules.items()}
