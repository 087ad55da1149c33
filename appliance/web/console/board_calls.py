"""What supervisors do with calls on the board: listen, whisper, barge in, take over, give to an agent."""

from aiohttp import web

from appliance.core.access import FLOOR
from appliance.web.access import Access, add_route
from appliance.web.watching import WATCHES, give, watch

_CALL = "/board/calls/{call_id}"


def add_routes(app: web.Application) -> None:
    for how in WATCHES:
        add_route(app, f"POST {_CALL}/{how}", post_watch, Access(FLOOR))
    add_route(app, f"POST {_CALL}/give", post_give, Access(FLOOR))


async def post_watch(request: web.Request) -> web.StreamResponse:
    """`phone`: an extension; empty for the own one."""
    form = await request.post()
    await watch(request, request.path.rpartition("/")[2], str(form.get("phone", "")).strip()[:10])
    return _done(request)


async def post_give(request: web.Request) -> web.StreamResponse:
    """`agent`: the key."""
    await give(request, str((await request.post()).get("agent", ""))[:40])
    return _done(request)


def _done(request: web.Request) -> web.Response:
    if request.headers.get("HX-Request"):
        return web.Response(status=204)
    return web.Response(status=303, headers={"Location": request.headers.get("Referer", "/")})
