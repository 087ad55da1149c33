"""Callbacks: who is owed one, who was called back, and the button that cancels one."""

from urllib.parse import urlencode

from aiohttp import web

from appliance.core.access import FLOOR, VIEW
from appliance.core.callbacks import RESULTS
from appliance.services.callbacks import cancel_callback
from appliance.store.callbacks import list_callbacks
from appliance.store.snapshots import load_snapshot
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, PERSON
from appliance.web.numbers import whole_number
from appliance.web.pages import page
from appliance.web.shown import use_zone

SIZE = 50
LAST_PAGE = 10_000


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /callbacks", get_callbacks, Access(VIEW))
    add_route(app, "POST /callbacks/{callback_id}/cancel", post_cancel, Access(FLOOR))


async def get_callbacks(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    queue, only_owed = request.query.get("queue", "").strip()[:40], bool(request.query.get("owed"))
    number = max(1, min(whole_number(request.query.get("page", "")) or 1, LAST_PAGE))
    async with request.app[DATABASE].reading() as tx:
        found = await list_callbacks(tx, queue=queue, only_owed=only_owed, page=number, size=SIZE)
        site = (await load_snapshot(tx)).site
    asked = {"queue": queue, "owed": "yes" if only_owed else ""}
    return await page(
        request,
        "callbacks.html",
        callbacks=found[:SIZE],
        has_more=len(found) > SIZE,
        number=number,
        asked=asked,
        link=urlencode({name: value for name, value in asked.items() if value}),
        queues={key: each for key, each in site.queues.items() if each.callback_after_s or key == queue},
        site=site,
        results=RESULTS,
    )


async def post_cancel(request: web.Request) -> web.StreamResponse:
    callback_id = whole_number(request.match_info["callback_id"])
    if callback_id is None:
        raise web.HTTPNotFound
    async with request.app[DATABASE].transaction() as tx:
        await cancel_callback(tx, callback_id, by=request[PERSON].login)
    raise web.HTTPSeeOther("/callbacks")
