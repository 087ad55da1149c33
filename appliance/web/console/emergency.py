"""The page with which supervisors close the centre for an emergency, and open it again."""

from aiohttp import web

from appliance.core.access import FLOOR, VIEW
from appliance.services.emergency import set_emergency
from appliance.web.access import Access, add_route
from appliance.web.keys import APPLIER, DATABASE, PERSON
from appliance.web.pages import go_to, page
from appliance.web.sight import load_seen


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /emergency", get_emergency, Access(VIEW))
    add_route(app, "POST /emergency", post_emergency, Access(FLOOR))


async def get_emergency(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    settings = site.settings
    return await page(request, "emergency.html", settings=settings, prompt=site.prompts.get(settings.emergency_prompt))


async def post_emergency(request: web.Request) -> web.StreamResponse:
    closed = (await request.post()).get("closed") == "yes"
    async with request.app[DATABASE].transaction() as tx:
        changed = await set_emergency(tx, closed=closed, by=request[PERSON].login)
    if changed:
        request.app[APPLIER].poke()
    return go_to(request, "/emergency")
