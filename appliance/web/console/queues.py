"""The list of queues with their members and who waits now."""

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.membership import members_of
from appliance.web.access import Access, add_route
from appliance.web.console.columns import Orders
from appliance.web.console.entities import list_page
from appliance.web.keys import DATABASE, LIVE
from appliance.web.sight import load_seen


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /queues", get_queues, Access(VIEW))


async def get_queues(request: web.Request) -> web.StreamResponse:
    live = request.app[LIVE].state.queues
    orders: Orders = {"waiting": lambda key: len(live[key].waiting) if key in live else 0}
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    members = {
        key: [each for each in members_of(site, queue) if each in site.agents] for key, queue in site.queues.items()
    }
    return await list_page(request, "queues", "queues.html", orders=orders, people=members)
