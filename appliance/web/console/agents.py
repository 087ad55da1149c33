"""The list of agents with their state, and the buttons that log them in and out and pause them."""

from aiohttp import web

from appliance.core.access import FLOOR, VIEW
from appliance.core.membership import members_of
from appliance.core.site import Site
from appliance.services.errors import NotFound
from appliance.services.licenses.current import without_seat
from appliance.store.sessions import load_session, load_sessions
from appliance.web.access import Access, add_route
from appliance.web.agent_acts import tell_agent
from appliance.web.console.agent_actions import ACTIONS, act_on
from appliance.web.console.columns import Orders
from appliance.web.console.entities import list_page
from appliance.web.keys import DATABASE
from appliance.web.pages import page
from appliance.web.pause_reasons import pause_reasons
from appliance.web.sight import load_seen


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /agents", get_agents, Access(VIEW))
    for action in ACTIONS:
        add_route(app, f"POST /agents/{{key}}/{action}", post_action, Access(FLOOR))


async def get_agents(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        sessions = {row.agent: row for row in await load_sessions(tx)}
        site = (await load_seen(tx, request)).site
        queues, lone = queues_of_agents(site), await without_seat(tx, site.agents)
    orders: Orders = {
        "state": lambda key: (key not in sessions, key in sessions and sessions[key].paused_reason is not None),
        "queues": lambda key: sorted(queues.get(key, [])),
    }
    context = {"sessions": sessions, "queues": queues, "reasons": pause_reasons(site), "lone": lone}
    return await list_page(request, "agents", "agents.html", orders=orders, **context)


async def post_action(request: web.Request) -> web.StreamResponse:
    """htmx gets the agent's row anew, a plain form the list."""
    agent = request.match_info["key"]
    await act_on(request, agent, request.path.split("/", 3)[3])
    tell_agent(request, agent)
    if not request.headers.get("HX-Request"):
        raise web.HTTPSeeOther("/agents")
    return await _row(request, agent)


async def _row(request: web.Request, agent: str) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        session, site = await load_session(tx, agent), (await load_seen(tx, request)).site
        lone = await without_seat(tx, [agent])
    if agent not in site.agents:
        raise NotFound(agent)
    sessions = {agent: session} if session else {}
    return await page(
        request,
        "agent_row.html",
        key=agent,
        agent=site.agents[agent],
        sessions=sessions,
        queues=queues_of_agents(site),
        reasons=pause_reasons(site),
        lone=lone,
    )


def queues_of_agents(site: Site) -> dict[str, list[str]]:
    """The names of the queues that each agent works in."""
    found: dict[str, list[str]] = {}
    for queue in site.queues.values():
        for agent in members_of(site, queue):
            found.setdefault(agent, []).append(queue.name)
    return found
