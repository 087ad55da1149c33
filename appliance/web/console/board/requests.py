"""Requests of agents, answered from the board."""

from aiohttp import web

from appliance.core.access import FLOOR
from appliance.services.agents.requests import GRANTED, REFUSED, Answer
from appliance.web.access import Access, add_route
from appliance.web.agent_acts import answer, note_of
from appliance.web.pages import go_to


def add_routes(app: web.Application) -> None:
    add_route(app, r"POST /board/requests/{request_id:\d{1,18}}/grant", post_grant, Access(FLOOR))
    add_route(app, r"POST /board/requests/{request_id:\d{1,18}}/refuse", post_refuse, Access(FLOOR))


async def post_grant(request: web.Request) -> web.StreamResponse:
    return await _answer(request, GRANTED)


async def post_refuse(request: web.Request) -> web.StreamResponse:
    return await _answer(request, REFUSED)


async def _answer(request: web.Request, given: Answer) -> web.StreamResponse:
    await answer(request, given, note_of(await request.post()))
    return web.Response(status=204) if request.headers.get("HX-Request") else go_to(request, "/board")
