"""A dialer's own pages: live, its rehearsal, recycling and copying."""

from aiohttp import web

from appliance.web.console.dialers import copying, listing, live, recycling, rehearsal


def add_routes(app: web.Application) -> None:
    for module in (listing, live, rehearsal, recycling, copying):
        module.add_routes(app)
