"""Whether the appliance can work, for monitors: by what is known at this moment, so that nobody waits."""

from aiohttp import web

from appliance.web.access import PUBLIC, add_route
from appliance.web.keys import DATABASE, LIVE


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /health", get_health, PUBLIC)


async def get_health(request: web.Request) -> web.StreamResponse:
    """503 where a part is away; also asked by open pages whose stream is refused."""
    is_there = {"database": not request.app[DATABASE].is_away, "asterisk": request.app[LIVE].is_connected}
    told = {part: "ok" if is_well else "away" for part, is_well in is_there.items()}
    is_well = all(is_there.values())
    return web.json_response({"status": "ok" if is_well else "failed", **told}, status=200 if is_well else 503)
