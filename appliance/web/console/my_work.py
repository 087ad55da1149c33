"""What an agent sees: the own state and the own calls of today, nothing of others."""

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.store.interactions import InteractionFilter, InteractionPage, Page, list_interactions
from appliance.store.site import load_entity
from appliance.web.access import Access, add_route
from appliance.web.console.overview import midnight
from appliance.web.keys import DATABASE, PERSON
from appliance.web.pages import page
from appliance.web.shown import use_zone

MOST_CALLS = 200


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /me", get_my_work, Access(ANYONE_SIGNED_IN))


async def get_my_work(request: web.Request) -> web.StreamResponse:
    key = request[PERSON].agent
    await use_zone(request.cookies.get("zone", ""))
    async with request.app[DATABASE].reading() as tx:
        found = await load_entity(tx, "agents", key) if key else None
        wanted = InteractionFilter(since=midnight(), agent=key)
        calls = await list_interactions(tx, wanted, Page(size=MOST_CALLS)) if found else InteractionPage([], False)
    return await page(request, "my_work.html", agent=found[0] if found else None, calls=calls.interactions)
