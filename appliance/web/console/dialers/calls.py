"""Every call of a dialer as a file, at any time: also while it runs."""

from functools import partial

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.words import N_
from appliance.store.dialing.attempt_rows import ToldAttempt, load_attempts
from appliance.web.access import Access, add_route
from appliance.web.console.row_lists import Column, in_batches, send_csv
from appliance.web.keys import DATABASE
from appliance.web.seen_dialer import seen_dialer
from appliance.web.shown import use_zone

COLUMNS: tuple[Column[ToldAttempt], ...] = (
    Column("begun", N_("Called"), lambda each: each.begun_at),
    Column("list", N_("List"), lambda each: each.list),
    Column("name", N_("Name"), lambda each: each.name),
    Column("key", N_("Key of its own"), lambda each: each.own_key),
    Column("number", N_("Number"), lambda each: each.number),
    Column("kind", N_("Kind"), lambda each: each.kind),
    Column("agent", N_("Agent"), lambda each: each.agent),
    Column("outcome", N_("Outcome"), lambda each: each.outcome),
    Column("disposition", N_("Disposition"), lambda each: each.disposition),
    Column("pressed", N_("Keys pressed"), lambda each: "; ".join(each.pressed)),
    Column("amd", N_("Taken for"), lambda each: each.amd),
    Column("answered", N_("Answered"), lambda each: each.answered_at),
    Column("wait_s", N_("Waited (s)"), lambda each: f"{each.wait_s:.1f}"),
    Column("talk_s", N_("Talked (s)"), lambda each: f"{each.talk_s:.1f}"),
    Column("ended", N_("Ended"), lambda each: each.ended_at),
    Column("shown", N_("Number shown"), lambda each: each.caller_id),
    Column("cause", N_("Cause"), lambda each: each.tech_cause or each.cause),
    Column("guid", "GUID", lambda each: each.guid),
)


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /dialers/{key}/calls.csv", get_csv, Access(VIEW))


async def get_csv(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    async with request.app[DATABASE].reading() as tx:
        _site, dialer = await seen_dialer(tx, request)
    read = partial(load_attempts, dialer=dialer.key)
    return await send_csv(request, f"{dialer.key}-calls", COLUMNS, in_batches(request.app[DATABASE], read))
