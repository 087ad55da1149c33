"""The page of another system that belongs to a call, in a frame of ours that may show its origin and no other."""

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.services.cards import load_card, values_of_card
from appliance.services.errors import NotFound
from appliance.store.snapshots import load_snapshot
from appliance.web.access import Access, add_route
from appliance.web.console.desk.card import make_pop
from appliance.web.console.desk.own import own_desk
from appliance.web.keys import DATABASE
from appliance.web.pages import page

FRAMED = "iframe"


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /me/pop/{guid}", get_pop, Access(ANYONE_SIGNED_IN))


async def get_pop(request: web.Request) -> web.StreamResponse:
    desk = own_desk(request)
    async with request.app[DATABASE].reading() as tx:
        card, site = await load_card(tx, desk, request.match_info["guid"]), (await load_snapshot(tx)).site
    pop = make_pop(site, card, values_of_card(site, card, desk.agent)) if card else None
    if pop is None or pop.kind != FRAMED:
        raise NotFound("screen_pop")
    response = await page(request, "desk/pop.html", pop=pop)
    response.headers["Content-Security-Policy"] = policy_for(pop.origin)
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def policy_for(origin: str) -> str:
    return f"default-src 'none'; style-src 'self'; frame-src {origin}; base-uri 'none'; frame-ancestors 'self'"
