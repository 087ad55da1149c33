"""Requests of agents, answered from the board."""

from aiohttp import web

from appliance.core.access import FLOOR
from appliance.services.agents.requests import GRANTED, REFUSED
from appliance.services.agents.trail import Act
from appliance.services.board.picture import FLOOR as NEWS
from appliance.services.board.requests import answer_request
from appliance.services.desk_news import tell_desk
from appliance.web.access import Access, add_route
from appliance.web.agent_acts import end_wrapup, note_of, tell_agent
from appliance.web.keys import DATABASE, HUB, PERSON, SIGHT
from appliance.web.pages import go_to


def add_routes(app: web.Application) -> None:
    add_route(app, r"POST /board/requests/{request_id:\d{1,18}}/grant", post_grant, Access(FLOOR))
    add_route(app, r"POST /board/requests/{request_id:\d{1,18}}/refuse", post_refuse, Access(FLOOR))


async def post_grant(request: web.Request) -> web.StreamResponse:
    return await _answer(request, is_granted=True)


async def post_refuse(request: web.Request) -> web.StreamResponse:
    return await _answer(request, is_granted=False)


async def _answer(request: web.Request, *, is_granted: bool) -> web.StreamResponse:
    act = Act(request[PERSON].login, note=note_of(await request.post()))
    request_id = int(request.match_info["request_id"])
    async with request.app[DATABASE].transaction() as tx:
        answer = GRANTED if is_granted else REFUSED
        agent, kind = await answer_request(tx, request_id, answer, act, sight=request[SIGHT])
    if is_granted and kind == "pause":
        end_wrapup(request, agent)
    tell_agent(request, agent)
    tell_desk(request.app[HUB], "help", agent=agent)
    request.app[HUB].publish(NEWS, {})
    return web.Response(status=204) if request.headers.get("HX-Request") else go_to(request, "/board")
