"""What stands beside the call: messages, promised calls, the calls and figures of the day, and the cry for help."""

import datetime as dt
from typing import Any

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.agents import ENDINGS
from appliance.core.desk import own_guid
from appliance.core.shifts import shift_at
from appliance.core.site import Site
from appliance.services.agents.pauses import load_left_s
from appliance.services.agents.requests import load_request
from appliance.services.clock import now
from appliance.services.desk_news import tell_desk
from appliance.services.errors import NotFound
from appliance.services.help_requests import ask_for_help, load_help_answer, load_help_request, withdraw_help
from appliance.store.contacts.cards import load_names
from appliance.store.interactions import InteractionFilter, Page, list_interactions
from appliance.store.messages import list_unread, mark_read
from appliance.store.own_figures import load_own_figures
from appliance.store.reminders import list_open_reminders
from appliance.store.sessions import load_last_session, load_session
from appliance.store.snapshots import load_snapshot
from appliance.store.work import load_work_since
from appliance.web.access import Access, add_route
from appliance.web.console.desk.own import own_agent, routes_of
from appliance.web.console.overview import midnight
from appliance.web.keys import DATABASE, HUB, LIVE
from appliance.web.numbers import whole_number
from appliance.web.pages import page
from appliance.web.pause_reasons import pause_reasons
from appliance.web.shown import use_zone

MOST_CALLS = 100


def add_routes(app: web.Application) -> None:
    access = Access(ANYONE_SIGNED_IN)
    add_route(app, "GET /me/calls", get_calls, access)
    add_route(app, "GET /me/messages", get_messages, access)
    add_route(app, "POST /me/messages/{message_id:[0-9]{1,15}}/read", post_read, access)
    add_route(app, "GET /me/help", get_help, access)
    add_route(app, "GET /me/pending", get_pending, access)
    add_route(app, "GET /me/shift", get_shift, access)
    add_route(app, "POST /me/help", post_help, access)
    add_route(app, "POST /me/help/withdraw", post_withdraw, access)


async def side_context(request: web.Request, site: Site) -> dict[str, Any]:
    agent, at = own_agent(request), now()
    async with request.app[DATABASE].reading() as tx:
        wanted = InteractionFilter(since=midnight(), agent=agent)
        calls = (await list_interactions(tx, wanted, page=Page(size=MOST_CALLS))).interactions
        work = {each.guid: each for each in await load_work_since(tx, agent, midnight())}
        reminders = await list_open_reminders(tx, agent)
        session = await load_session(tx, agent)
        contact_ids = [each.contact_id for each in reminders] + [each.contact_id for each in work.values()]
        return {
            "calls": calls,
            "work": work,
            "reminders": reminders,
            "names": await load_names(tx, [each for each in contact_ids if each]),
            "messages": await list_unread(tx, agent),
            "help": await load_help_request(tx, agent),
            "help_answer": await load_help_answer(tx, agent, own_guid(request.app[LIVE].state, agent), at),
            "figures": await load_own_figures(tx, agent, midnight()),
            "session": session,
            "shift_end": _shift_end(site, agent, at, session.logged_in_at if session else at),
            "last_session": await load_last_session(tx, agent),
            "endings": ENDINGS,
            "asked_pause": await load_request(tx, agent, "pause"),
            "left": await load_left_s(tx, agent, midnight()),
            "reasons": pause_reasons(site),
            "routes": routes_of(request.app),
            "at": at,
            "site": site,
        }


def _shift_end(site: Site, agent: str, at: dt.datetime, since: dt.datetime) -> dt.datetime | None:
    key = site.agents[agent].shift if agent in site.agents else ""
    return shift_at(site.schedules[key], at).end_for(since) if key else None


async def side_part(request: web.Request, name: str) -> web.StreamResponse:
    """One of the parts, fetched again when it has changed."""
    await use_zone(request.cookies.get("zone", ""))
    own_agent(request)
    async with request.app[DATABASE].reading() as tx:
        site = (await load_snapshot(tx)).site
    return await page(request, f"desk/{name}.html", **await side_context(request, site))


def done(request: web.Request) -> web.Response:
    """Every open page follows by the stream; a plain form goes back to the desk."""
    if request.headers.get("HX-Request"):
        return web.Response(status=204)
    return web.Response(status=303, headers={"Location": "/me"})


async def get_calls(request: web.Request) -> web.StreamResponse:
    return await side_part(request, "calls")


async def get_messages(request: web.Request) -> web.StreamResponse:
    return await side_part(request, "messages")


async def post_read(request: web.Request) -> web.StreamResponse:
    """Another agent's message is not found; read twice it stays read."""
    message_id, agent = whole_number(request.match_info["message_id"]), own_agent(request)
    async with request.app[DATABASE].transaction() as tx:
        if message_id is None or not await mark_read(tx, message_id, agent, now()):
            raise NotFound("messages")
    tell_desk(request.app[HUB], "messages", agent=agent, message_id=message_id)
    return done(request)


async def get_pending(request: web.Request) -> web.StreamResponse:
    return await side_part(request, "pending")


async def get_shift(request: web.Request) -> web.StreamResponse:
    return await side_part(request, "shift")


async def get_help(request: web.Request) -> web.StreamResponse:
    return await side_part(request, "help")


async def post_help(request: web.Request) -> web.StreamResponse:
    agent, form = own_agent(request), await request.post()
    detail, guid = " ".join(str(form.get("detail", ""))[:500].replace("\0", "").split()), str(form.get("guid", ""))[:36]
    async with request.app[DATABASE].transaction() as tx:
        await ask_for_help(tx, agent, detail, guid.replace("\0", ""))
    tell_desk(request.app[HUB], "help", agent=agent)
    return done(request)


async def post_withdraw(request: web.Request) -> web.StreamResponse:
    agent = own_agent(request)
    async with request.app[DATABASE].transaction() as tx:
        await withdraw_help(tx, agent)
    tell_desk(request.app[HUB], "help", agent=agent)
    return done(request)
