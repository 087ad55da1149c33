"""The first page: what happens now, live, and the figures of today."""

import datetime as dt

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN, VIEW
from appliance.services.clock import now
from appliance.store.figures import Figures, load_figures
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, PERSON, SIGHT
from appliance.web.pages import page
from appliance.web.shown import use_zone, zone
from appliance.web.sight import load_seen


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /", get_overview, Access(ANYONE_SIGNED_IN))
    add_route(app, "GET /overview/figures", get_figures, Access(VIEW))


async def get_overview(request: web.Request) -> web.StreamResponse:
    if request[PERSON].role not in VIEW:
        raise web.HTTPSeeOther("/me")
    await use_zone(request.cookies.get("zone", ""))
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    return await page(request, "overview.html", site=site, figures=await _figures(request))


async def get_figures(request: web.Request) -> web.StreamResponse:
    """Fetched again whenever a call has gone into the history."""
    await use_zone(request.cookies.get("zone", ""))
    return await page(request, "figures.html", figures=await _figures(request))


async def _figures(request: web.Request) -> Figures:
    async with request.app[DATABASE].reading() as tx:
        queues = (await load_seen(tx, request)).site.queues
        levels = {key: queue.service_level_s for key, queue in queues.items()}
        return await load_figures(tx, midnight(), levels, request[SIGHT])


def midnight() -> dt.datetime:
    """Where the person is who asks."""
    today = now().astimezone(zone()).date()
    return dt.datetime.combine(today, dt.time(), zone())
