"""The contacts of a list as pages: the list itself, imports of files, its results, and emptying it."""

from aiohttp import web

from appliance.web.console.lists import contacts, counts, imports, one


def add_routes(app: web.Application) -> None:
    contacts.add_routes(app)
    imports.add_routes(app)
    counts.add_routes(app)
    one.add_routes(app)
