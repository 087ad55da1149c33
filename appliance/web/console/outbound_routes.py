"""The list of outbound routes, with the dry run: who would carry a number, and as which caller?"""

from collections.abc import Mapping

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.outbound import DryRun, ordered_routes, who_would_carry
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.web.access import Access, add_route
from appliance.web.console.columns import Orders
from appliance.web.console.entities import list_page
from appliance.web.keys import DATABASE
from appliance.web.sight import load_seen


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /outbound-routes", get_routes, Access(VIEW))


async def get_routes(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    places = {route.key: place for place, route in enumerate(ordered_routes(site))}
    orders: Orders = {"position": lambda key: places.get(key, 0)}
    asked = {name: request.query.get(name, "").strip()[:40] for name in ("number", "extension")}
    return await list_page(
        request, "outbound_routes", "outbound_routes.html", orders=orders, asked=asked, dry=_dry_run(site, asked)
    )


def _dry_run(site: Site, asked: Mapping[str, str]) -> DryRun | None:
    if not asked["number"]:
        return None
    return who_would_carry(site, asked["number"].replace(" ", ""), asked["extension"], now())
