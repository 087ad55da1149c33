"""The board itself; what it shows is drawn by board.js from the live stream."""

from typing import Any

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.entities.supervision import AgentRules
from appliance.core.site import Site
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE
from appliance.web.pages import page
from appliance.web.sight import load_seen

STATES = ("ready", "ringing", "oncall", "hold", "wrapup", "paused", "offline")
_LATE = {"ringing", "oncall", "hold", "wrapup", "paused", "waiting"}


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /board", get_board, Access(VIEW))
    add_route(app, "GET /board/setup", get_setup, Access(VIEW))


async def get_board(request: web.Request) -> web.StreamResponse:
    return await _page(request, "board/board.html")


async def get_setup(request: web.Request) -> web.StreamResponse:
    """Fetched again when the configuration has changed."""
    return await _page(request, "board/setup.html")


async def _page(request: web.Request, template: str) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    chosen = {name: request.query.get(name, "") for name in ("group", "queue", "state")}
    context: dict[str, Any] = {
        "site": site,
        "late": late_s(site.rules),
        "states": STATES,
        "chosen": chosen,
        "teams": teams(site),
    }
    return await page(request, template, **context)


def late_s(rules: AgentRules) -> dict[str, int]:
    """By state, after how long it is long; twice that is too long."""
    return {state: getattr(rules, f"{state}_late_s") for state in sorted(_LATE)}


def teams(site: Site) -> dict[str, dict[str, str]]:
    """By security group, the keys that belong to it."""
    return {
        key: {
            "name": group.name,
            "queues": " ".join(each.queue for each in group.queues),
            "agents": " ".join(each.agent for each in group.agents),
        }
        for key, group in site.security_groups.items()
    }
