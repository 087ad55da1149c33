"""Messages to agents: writing one, and who has read those of the last hours."""

import datetime as dt
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import FLOOR, VIEW
from appliance.core.site import Site
from appliance.services.board.messages import ALL, Draft, list_messages, send_message
from appliance.services.board.picture import FLOOR as NEWS
from appliance.services.board.picture import SHOWN_HOURS
from appliance.services.clock import now
from appliance.services.desk_news import tell_desk
from appliance.store.floor import Sent
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, HUB, PERSON, SIGHT
from appliance.web.language import _
from appliance.web.pages import go_to, page
from appliance.web.sight import load_seen
from appliance.web.targets import names_of


@dataclass(frozen=True)
class Shown:
    sent: Sent
    to: str
    read: list[str]  # names
    unread: list[str]


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /board/messages", get_messages, Access(VIEW))
    add_route(app, "GET /board/messages/sent", get_sent, Access(VIEW))
    add_route(app, "POST /board/messages", post_message, Access(FLOOR))


async def get_messages(request: web.Request) -> web.StreamResponse:
    return await _page(request, "board/messages.html")


async def get_sent(request: web.Request) -> web.StreamResponse:
    """Fetched again when somebody has read one."""
    return await _page(request, "board/sent.html")


async def post_message(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    draft = Draft(str(form.get("to", ALL)), str(form.get("text", "")))
    async with request.app[DATABASE].transaction() as tx:
        site = (await load_seen(tx, request)).site
        agents = await send_message(tx, draft, site, by=request[PERSON].login)
    for agent in agents:
        tell_desk(request.app[HUB], "messages", agent=agent)
    request.app[HUB].publish(NEWS, {})
    if request.headers.get("HX-Request"):
        return await get_messages(request)
    return go_to(request, "/board")


async def _page(request: web.Request, template: str) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
        found = await _shown(tx, request, site)
    return await page(request, template, site=site, messages=found, hours=SHOWN_HOURS)


async def _shown(tx: AsyncSession, request: web.Request, site: Site) -> list[Shown]:
    since = now() - dt.timedelta(hours=SHOWN_HOURS)
    found = await list_messages(tx, since, login=request[PERSON].login, sight=request[SIGHT])
    return [
        Shown(
            each,
            audience_title(site, each.audience),
            [_name(site, row.agent) for row in readings if row.read_at],
            [_name(site, row.agent) for row in readings if not row.read_at],
        )
        for each, readings in found
    ]


def audience_title(site: Site, audience: str) -> str:
    kind, _colon, key = audience.partition(":")
    if kind == ALL:
        return _("All agents")
    section = {"queue": "queues", "group": "security_groups", "agent": "agents"}[kind]
    return names_of(site.section(section)).get(key, key)


def _name(site: Site, agent: str) -> str:
    return site.agents[agent].name if agent in site.agents else agent
