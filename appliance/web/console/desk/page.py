"""The desk as a whole, and the card of its call."""

from typing import Any

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.site import Site
from appliance.services.cards import current_guid, load_card
from appliance.services.clock import now
from appliance.services.users.own import load_phone_kind
from appliance.store.snapshots import load_snapshot
from appliance.web.access import Access, add_route
from appliance.web.console.desk.card import card_context
from appliance.web.console.desk.own import own_agent, own_desk, routes_of
from appliance.web.console.desk.side import side_context
from appliance.web.keys import DATABASE, PERSON
from appliance.web.pages import page
from appliance.web.security import CONTENT_POLICY
from appliance.web.shown import use_zone

MOST_GUID = 36
# Screen pops stand in a page of ours that may frame their origin and no other.
POLICY = f"{CONTENT_POLICY}; frame-src 'self'"


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /me", get_desk, Access(ANYONE_SIGNED_IN))
    add_route(app, "GET /me/card", get_card, Access(ANYONE_SIGNED_IN))


async def get_desk(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    key = request[PERSON].agent
    async with request.app[DATABASE].reading() as tx:
        site = (await load_snapshot(tx)).site
        phone = await load_phone_kind(tx, request[PERSON].user_id)
    if key not in site.agents:
        return await page(request, "desk/nobody.html")
    response = await page(
        request,
        "desk/desk.html",
        agent=site.agents[key],
        phone=phone,
        dialled=request.query.get("dial", "").removeprefix("tel:")[:40],
        **(await side_context(request, site) | await _card(request, site)),
    )
    response.headers["Content-Security-Policy"] = POLICY
    return response


async def get_card(request: web.Request) -> web.StreamResponse:
    """The card alone, fetched again whenever its call has changed."""
    await use_zone(request.cookies.get("zone", ""))
    own_agent(request)
    async with request.app[DATABASE].reading() as tx:
        site = (await load_snapshot(tx)).site
    return await page(request, "desk/card.html", routes=routes_of(request.app), **await _card(request, site))


async def _card(request: web.Request, site: Site) -> dict[str, Any]:
    """Of the call that is asked for, where it is one of the agent's; else of the current one."""
    desk, asked = own_desk(request), request.query.get("guid", "")[:MOST_GUID]
    async with request.app[DATABASE].reading() as tx:
        card = await load_card(tx, desk, asked) if asked else None
        if card is None:
            guid = await current_guid(tx, desk, now())
            card = await load_card(tx, desk, guid) if guid else None
    return card_context(site, card, desk.agent) if card else {"card": None, "site": site}
