"""Customers' cards as pages."""

from aiohttp import web

from appliance.web.console.contacts import pages


def add_routes(app: web.Application) -> None:
    pages.add_routes(app)
