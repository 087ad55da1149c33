"""The agent's next contact in preview, as JSON for the desk: shown, or skipped with a reason."""

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.services.previews import offer, skip
from appliance.web.access import Access, add_route
from appliance.web.console.desk.own import own_agent
from appliance.web.console.desk.side import done
from appliance.web.keys import DATABASE, NODE


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /me/preview", get_preview, Access(ANYONE_SIGNED_IN))
    add_route(app, "POST /me/preview/skip", post_skip, Access(ANYONE_SIGNED_IN))


async def get_preview(request: web.Request) -> web.StreamResponse:
    """Reserved for this agent from now on; an empty object where there is nobody to call."""
    agent = own_agent(request)
    async with request.app[DATABASE].transaction() as tx:
        found = await offer(tx, request.app[NODE], agent)
    if found is None:
        return web.json_response({})
    until = found.until_at.isoformat() if found.until_at else None
    return web.json_response({**found.__dict__, "until_at": until})


async def post_skip(request: web.Request) -> web.StreamResponse:
    agent, form = own_agent(request), await request.post()
    reason = " ".join(str(form.get("reason", ""))[:200].replace("\0", "").split())
    async with request.app[DATABASE].transaction() as tx:
        await skip(tx, agent, str(form.get("dialer", ""))[:40], reason)
    return done(request)
