"""A dialer's own pages: live, its calls as a file, its rehearsal, recycling and copying."""

from aiohttp import web

from appliance.web.console.dialers import calls, copying, listing, live, progress, recycling, rehearsal


def add_routes(app: web.Application) -> None:
    for module in (listing, live, progress, calls, rehearsal, recycling, copying):
        module.add_routes(app)
