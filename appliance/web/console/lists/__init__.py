"""The contacts of a list as pages: the list, imports of files, one more by hand, its results, and emptying it."""

from aiohttp import web

from appliance.web.console.lists import contacts, counts, imports, new_contact


def add_routes(app: web.Application) -> None:
    contacts.add_routes(app)
    imports.add_routes(app)
    counts.add_routes(app)
    new_contact.add_routes(app)
