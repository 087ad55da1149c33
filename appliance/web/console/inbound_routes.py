"""The lists of inbound routes and of schedules, with what each schedule says at this moment."""

from collections.abc import Sequence

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.entities.schedules import DAYS, Day
from appliance.core.hours import State, state_at
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.web.access import Access, add_route
from appliance.web.console.columns import Orders
from appliance.web.console.entities import list_page
from appliance.web.forms.choices import choice_title
from appliance.web.keys import DATABASE
from appliance.web.sight import load_seen


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /inbound-routes", get_inbound_routes, Access(VIEW))
    add_route(app, "GET /schedules", get_schedules, Access(VIEW))


async def get_inbound_routes(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    states = _states(site)
    routes = {key: states.get(route.schedule, "open") for key, route in site.inbound_routes.items()}
    orders: Orders = {"now": routes.__getitem__}
    return await list_page(request, "inbound_routes", "inbound_routes.html", orders=orders, states=states)


async def get_schedules(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    states = _states(site)
    context = {"states": states, "days_in_words": _days_in_words}
    return await list_page(request, "schedules", "schedules.html", orders={"now": states.__getitem__}, **context)


def _days_in_words(days: Sequence[Day]) -> str:
    """From the first to the last where they are three or more in a row; otherwise each."""
    first, last = DAYS.index(days[0]), DAYS.index(days[-1])
    if len(days) > 2 and last - first == len(days) - 1:
        return f"{choice_title(days[0])}–{choice_title(days[-1])}"
    return ", ".join(choice_title(day) for day in days)


def _states(site: Site) -> dict[str, State]:
    """By the key of a schedule; a route without one is always open."""
    at = now()
    return {key: state_at(schedule, at) for key, schedule in site.schedules.items()}
