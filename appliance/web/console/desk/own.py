"""Whose desk a request is about: the agent that the signed-in user is, and nobody else's."""

from aiohttp import web

from appliance.services.cards import Desk
from appliance.services.errors import NotFound
from appliance.web.access import ACCESS
from appliance.web.keys import LIVE, NODE, PERSON


def own_agent(request: web.Request) -> str:
    """Who is no agent has no desk."""
    if not request[PERSON].agent:
        raise NotFound("me")
    return request[PERSON].agent


def own_desk(request: web.Request) -> Desk:
    return Desk(own_agent(request), request.app[NODE], request.app[LIVE])


def routes_of(app: web.Application) -> frozenset[str]:
    """What the desk may offer: `POST /me/call/hold` and the like, as far as this house has them."""
    found = (
        f"{route.method} {route.resource.canonical}"
        for route in app[ACCESS]
        if route.resource is not None and route.resource.canonical.startswith("/me/")
    )
    return frozenset(found)
