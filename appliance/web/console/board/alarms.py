"""Alarms that are open and those before, and who has taken notice."""

from aiohttp import web

from appliance.core.access import FLOOR, VIEW
from appliance.services.board.alarms import see_alarm
from appliance.services.board.picture import FLOOR as NEWS
from appliance.store.floor import list_alarms
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, HUB, PERSON, SIGHT
from appliance.web.pages import go_to, page
from appliance.web.sight import load_seen


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /board/alarms", get_alarms, Access(VIEW))
    add_route(app, r"POST /board/alarms/{raise_id:\d{1,18}}/seen", post_seen, Access(FLOOR))


async def get_alarms(request: web.Request) -> web.StreamResponse:
    sight = request[SIGHT]
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
        rows = [row for row in await list_alarms(tx) if sight.may_see(*row.subject.split(":", 1))]
    return await page(request, "board/alarms.html", site=site, rows=rows)


async def post_seen(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        await see_alarm(tx, int(request.match_info["raise_id"]), by=request[PERSON].login, sight=request[SIGHT])
    request.app[HUB].publish(NEWS, {})
    return web.Response(status=204) if request.headers.get("HX-Request") else go_to(request, "/board/alarms")
