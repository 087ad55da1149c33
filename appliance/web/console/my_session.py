"""What agents do about their own session: log in and out, pause, be ready; never anybody else's."""

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.words import N_
from appliance.services.agents.own_phone import own_device
from appliance.services.agents.pauses import pause, unpause, withdraw_pause
from appliance.services.agents.sessions import Place, log_in, log_out
from appliance.services.agents.trail import Act
from appliance.services.errors import Refused
from appliance.services.users.sessions import end_sessions
from appliance.web.access import Access, add_route
from appliance.web.agent_acts import end_wrapup, tell_agent
from appliance.web.keys import DATABASE, NODE, PERSON, WRAPUPS
from appliance.web.stream import tell_sessions_ended


def add_routes(app: web.Application) -> None:
    access = Access(ANYONE_SIGNED_IN)
    add_route(app, "POST /me/log-in", post_log_in, access)
    add_route(app, "POST /me/log-out", post_log_out, access)
    add_route(app, "POST /me/pause", post_pause, access)
    add_route(app, "POST /me/pause/withdraw", post_withdraw, access)
    add_route(app, "POST /me/ready", post_ready, access)
    add_route(app, "POST /me/wrapup/longer", post_longer, access)
    add_route(app, "POST /me/wrapup/finish", post_finish, access)


def own_agent(request: web.Request) -> str:
    """The agent that this user is. Raises Refused for who is none."""
    if agent := request[PERSON].agent:
        return agent
    raise Refused(N_("Your user is not linked to an agent. Ask an administrator."))


async def post_log_in(request: web.Request) -> web.StreamResponse:
    """`device`: `own`, `browser`, an extension that is no agent's own, or empty for what this user has chosen."""
    agent = own_agent(request)
    chosen = str((await request.post()).get("device", ""))
    async with request.app[DATABASE].transaction() as tx:
        device = await own_device(tx, agent, chosen, user_id=request[PERSON].user_id)
        await log_in(tx, agent, Place(request.app[NODE], "web", device), _own(request))
    return done(request, agent)


async def post_log_out(request: web.Request) -> web.StreamResponse:
    """With `everywhere`, every browser of this user is signed out too."""
    agent, person = own_agent(request), request[PERSON]
    is_everywhere = bool((await request.post()).get("everywhere"))
    async with request.app[DATABASE].transaction() as tx:
        await log_out(tx, agent, _own(request))
        if is_everywhere:
            await end_sessions(tx, person.user_id)
    if is_everywhere:
        tell_sessions_ended(request, person.user_id)
    return done(request, agent)


async def post_pause(request: web.Request) -> web.StreamResponse:
    agent = own_agent(request)
    reason = str((await request.post()).get("reason", "")) or "other"
    async with request.app[DATABASE].transaction() as tx:
        paused = await pause(tx, agent, reason, _own(request))
    if paused == "paused":
        end_wrapup(request, agent)
    return done(request, agent)


async def post_withdraw(request: web.Request) -> web.StreamResponse:
    """Of the pause that was asked for and not granted yet."""
    agent = own_agent(request)
    async with request.app[DATABASE].transaction() as tx:
        await withdraw_pause(tx, agent, _own(request))
    return done(request, agent)


async def post_ready(request: web.Request) -> web.StreamResponse:
    """Ends a pause, and a wrap-up unless something must be done first."""
    agent = own_agent(request)
    async with request.app[DATABASE].transaction() as tx:
        await unpause(tx, agent, _own(request))
    request.app[WRAPUPS].finish(agent)
    return done(request, agent)


async def post_longer(request: web.Request) -> web.StreamResponse:
    agent = own_agent(request)
    request.app[WRAPUPS].longer(agent)
    return done(request, agent)


async def post_finish(request: web.Request) -> web.StreamResponse:
    agent = own_agent(request)
    request.app[WRAPUPS].finish(agent)
    return done(request, agent)


def _own(request: web.Request) -> Act:
    return Act(request[PERSON].login, is_own=True)


def done(request: web.Request, agent: str) -> web.Response:
    """Every open page follows by the stream; a plain form goes back to the desk."""
    tell_agent(request, agent)
    if request.headers.get("HX-Request"):
        return web.Response(status=204, headers={"HX-Trigger": "agent-changed"})
    return web.Response(status=303, headers={"Location": "/me"})
