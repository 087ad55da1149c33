"""Supervisors move an agent into a queue, or out of one, for some time; only queues that they see themselves."""

from aiohttp import web

from appliance.core.access import FLOOR
from appliance.services.agents.moves import NewMove, end_move, move
from appliance.web.access import Access, add_route
from appliance.web.agent_acts import check_queue, tell_agent
from appliance.web.keys import DATABASE, PERSON
from appliance.web.numbers import whole_number


def add_routes(app: web.Application) -> None:
    add_route(app, "POST /agents/{key}/moves", post_move, Access(FLOOR))
    add_route(app, "POST /agents/{key}/moves/{queue}/end", post_end, Access(FLOOR))


async def post_move(request: web.Request) -> web.StreamResponse:
    """`queue`, `is_member` (yes or no), `minutes` and, into a queue, `penalty`."""
    form = await request.post()
    minutes, penalty = (whole_number(str(form.get(name, "") or "0")) for name in ("minutes", "penalty"))
    if minutes is None or penalty is None:
        raise web.HTTPBadRequest
    wanted = NewMove(str(form.get("queue", "")), form.get("is_member") == "yes", minutes, penalty)
    check_queue(request, wanted.queue)
    async with request.app[DATABASE].transaction() as tx:
        await move(tx, request.match_info["key"], wanted, by=request[PERSON].login)
    return _done(request)


async def post_end(request: web.Request) -> web.StreamResponse:
    queue = request.match_info["queue"]
    check_queue(request, queue)
    async with request.app[DATABASE].transaction() as tx:
        await end_move(tx, request.match_info["key"], queue, by=request[PERSON].login)
    return _done(request)


def _done(request: web.Request) -> web.Response:
    tell_agent(request, request.match_info["key"])
    if request.headers.get("HX-Request"):
        return web.Response(status=204, headers={"HX-Trigger": "agent-changed"})
    return web.Response(status=303, headers={"Location": "/agents"})
