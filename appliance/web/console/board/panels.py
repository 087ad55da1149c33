"""The panels beside the board: one agent, or one call, with what can be done."""

from typing import Any

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.site import Site
from appliance.services.agents.requests import load_request
from appliance.services.errors import NotFound
from appliance.store.moves import load_moves
from appliance.store.sessions import load_session
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, LIVE, SIGHT
from appliance.web.pages import page
from appliance.web.pause_reasons import pause_reasons
from appliance.web.sight import load_seen


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /board/agents/{agent}", get_agent, Access(VIEW))
    add_route(app, "GET /board/calls/{call_id}", get_call, Access(VIEW))


async def get_agent(request: web.Request) -> web.StreamResponse:
    agent = request.match_info["agent"]
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
        check_agent(site, agent)
        session = await load_session(tx, agent)
        asked = await load_request(tx, agent, "pause")
        moves = [row for row in await load_moves(tx, agent) if row.queue in site.queues]
    row = request.app[LIVE].state.agents.get(agent)
    call = await _seen_call(request, row.call_id) if row and row.call_id else None
    context: dict[str, Any] = {
        "site": site,
        "moves": moves,
        "session": session,
        "asked": asked,
        "call": call,
        "reasons": pause_reasons(site),
    }
    return await page(request, "board/agent.html", key=agent, agent=site.agents[agent], **context)


async def get_call(request: web.Request) -> web.StreamResponse:
    call = await _seen_call(request, request.match_info["call_id"])
    if call is None:
        return await page(request, "board/call_over.html")
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    ready = [key for key, row in request.app[LIVE].state.agents.items() if row.state == "ready" and key in site.agents]
    return await page(request, "board/call.html", call=call, site=site, ready=ready)


def check_agent(site: Site, agent: str) -> None:
    """What is out of sight is not found. `site` is as the person sees it."""
    if agent not in site.agents:
        raise NotFound(f"agents.{agent}")


async def _seen_call(request: web.Request, call_id: str) -> dict[str, Any] | None:
    call = request.app[LIVE].state.calls.get(call_id)
    row = call.row() if call else None
    if row is None or not request[SIGHT].may_see_row("calls", call_id, row):
        return None
    return {**row, "key": call_id}
