"""The supervisors' board: the page, the panels of an agent and of a call, and what is done from there."""

from aiohttp import web

from appliance.web.console.board import alarms, messages, page, panels, requests


def add_routes(app: web.Application) -> None:
    for module in (page, panels, requests, messages, alarms):
        module.add_routes(app)
