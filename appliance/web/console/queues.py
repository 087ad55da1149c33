"""The list of queues with their members and who waits now."""

from aiohttp import web

from appliance.core.access import VIEW
from appliance.web.access import Access, add_route
from appliance.web.console.columns import Orders
from appliance.web.console.entities import list_page
from appliance.web.keys import LIVE


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /queues", get_queues, Access(VIEW))


async def get_queues(request: web.Request) -> web.StreamResponse:
    live = request.app[LIVE].state.queues
    orders: Orders = {"waiting": lambda key: len(live[key].waiting) if key in live else 0}
    return await list_page(request, "queues", "queues.html", orders=orders)
