"""The list of queues with their members and who waits now."""

from aiohttp import web

from appliance.core.access import VIEW
from appliance.web.access import Access, add_route
from appliance.web.console.entities import list_page


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /queues", get_queues, Access(VIEW))


async def get_queues(request: web.Request) -> web.StreamResponse:
    return await list_page(request, "queues", "queues.html")
