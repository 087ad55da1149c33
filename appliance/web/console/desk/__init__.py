"""The agent's desk: one page that needs no reload for a shift."""

from aiohttp import web

from appliance.web.console.desk import customer, dial, page, pops, previews, promises, side, work


def add_routes(app: web.Application) -> None:
    for module in (page, work, customer, pops, promises, side, dial, previews):
        module.add_routes(app)
