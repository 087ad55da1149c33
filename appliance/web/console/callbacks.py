"""Callbacks: who is owed one, who was called back, and the button that cancels one."""

from functools import partial

from aiohttp import web

from appliance.core.access import FLOOR, VIEW
from appliance.core.callbacks import RESULTS, Callback
from appliance.core.words import N_
from appliance.services.callbacks import cancel_callback
from appliance.store.callbacks import SORTS, CallbackFilter, list_callbacks, more_callbacks
from appliance.web.access import Access, add_route
from appliance.web.console.columns import Asked
from appliance.web.console.row_lists import LAST_PAGE, Column, RowTable, in_batches, read_rows_asked, send_csv
from appliance.web.keys import DATABASE, PERSON, SIGHT
from appliance.web.numbers import whole_number
from appliance.web.pages import page
from appliance.web.shown import use_zone
from appliance.web.sight import load_seen

COLUMNS: tuple[Column[Callback], ...] = (
    Column("number", N_("Number"), lambda each: each.number),
    Column("caller", N_("Caller"), lambda each: each.caller),
    Column("queue", N_("Queue"), lambda each: each.queue),
    Column("asked_at", N_("Asked"), lambda each: each.asked_at),
    Column("waited_s", N_("Waited before"), lambda each: each.waited_s),
    Column("result", N_("State"), lambda each: each.result),
    Column("tries", N_("Tries"), lambda each: each.tries),
    Column("ended_at", N_("Ended"), lambda each: each.ended_at),
    Column("guid", "GUID", lambda each: each.guid),
)
SORTABLE = tuple(column for column in COLUMNS if column.name in SORTS)


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /callbacks", get_callbacks, Access(VIEW))
    add_route(app, "GET /callbacks.csv", get_csv, Access(VIEW))
    add_route(app, "POST /callbacks/{callback_id}/cancel", post_cancel, Access(FLOOR))


async def get_callbacks(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    asked = _asked(request)
    async with request.app[DATABASE].reading() as tx:
        found = await list_callbacks(tx, _filter(request, asked), sort=asked.sort, page=asked.page, size=asked.size)
        site = (await load_seen(tx, request)).site
    queue = asked.filters.get("queue", "")
    return await page(
        request,
        "callbacks.html",
        section="callbacks",
        table=RowTable(found[: asked.size], SORTABLE, asked, asked.page, 0, 0),
        has_more=len(found) > asked.size,
        is_last=asked.page >= LAST_PAGE,
        filters={"queue": queue, "owed": asked.filters.get("owed", "")},
        queues={key: each for key, each in site.queues.items() if each.callback_after_s or key == queue},
        site=site,
        results=RESULTS,
    )


async def get_csv(request: web.Request) -> web.StreamResponse:
    """All that the list would show on its pages."""
    await use_zone(request.cookies.get("zone", ""))
    asked = _asked(request)
    read = partial(more_callbacks, wanted=_filter(request, asked), sort=asked.sort)
    return await send_csv(request, "callbacks", COLUMNS, in_batches(request.app[DATABASE], read))


def _asked(request: web.Request) -> Asked:
    queue, owed = request.query.get("queue", "").strip()[:40], "yes" if request.query.get("owed") else ""
    return read_rows_asked(request.query, {"queue": queue, "owed": owed}, SORTS)


def _filter(request: web.Request, asked: Asked) -> CallbackFilter:
    return CallbackFilter(asked.filters.get("queue", ""), "owed" in asked.filters, request[SIGHT])


async def post_cancel(request: web.Request) -> web.StreamResponse:
    callback_id = whole_number(request.match_info["callback_id"])
    if callback_id is None:
        raise web.HTTPNotFound
    async with request.app[DATABASE].transaction() as tx:
        await cancel_callback(tx, callback_id, by=request[PERSON].login, sight=request[SIGHT])
    raise web.HTTPSeeOther("/callbacks")
