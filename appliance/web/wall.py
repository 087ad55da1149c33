"""Boards on the wall: a page and a stream for whoever has the link, with nothing but what that board shows."""

import asyncio
import json
import secrets
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance.core.board import FIGURES
from appliance.core.entities.supervision import Wallboard
from appliance.core.site import Site
from appliance.core.wallboard import make_picture
from appliance.services.alarms.away import TOPIC as AWAY
from appliance.services.clock import now
from appliance.services.wallboards import find_wall, is_use_news, note_use
from appliance.store.engine.trouble import will_pass
from appliance.web.access import PUBLIC, add_route
from appliance.web.keys import BOARD, DATABASE, HEARTBEAT_S, HUB, LANGUAGE, LIVE
from appliance.web.language import use_language
from appliance.web.open_streams import open_stream
from appliance.web.pages import page

TOPICS = ("live", "config", "board", AWAY)
GATHER_S = 0.4  # nobody sees more than that from ten metres
BUILD = secrets.token_hex(8)  # a daemon that has begun anew may be a newer one: walls load their page again
HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True)
class Wall:
    link_id: int
    board: Wallboard
    site: Site

    def picture(self, app: web.Application) -> dict[str, Any]:
        picture = make_picture(self.board, self.site, app[LIVE].state, app[BOARD].picture[FIGURES])
        return {**picture, "connected": app[LIVE].is_connected, "away": app[DATABASE].is_away}


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /wall/{token}", get_wall, PUBLIC)
    add_route(app, "GET /wall/{token}/stream", get_stream, PUBLIC)


async def get_wall(request: web.Request) -> web.StreamResponse:
    wall = await _find(request)
    request[LANGUAGE] = wall.board.language or wall.site.settings.language
    use_language(request[LANGUAGE])
    late_s = wall.site.rules.waiting_late_s
    answer = await page(request, "wall.html", board=wall.board, site=wall.site, build=BUILD, late_s=late_s)
    answer.headers.update(HEADERS)
    return answer


async def get_stream(request: web.Request) -> web.StreamResponse:
    wall = await _find(request)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no", **HEADERS})
    with open_stream(request, f"wall {wall.link_id}"):
        async with request.app[HUB].subscribe(TOPICS) as messages:
            try:
                await response.prepare(request)
                await _follow(request, response, wall, messages)
            except (ConnectionResetError, web.HTTPNotFound):
                pass  # the screen is gone, or the link was revoked
    return response


async def _follow(request: web.Request, response: web.StreamResponse, wall: Wall, messages: Any) -> None:
    """Until the daemon stops, the screen goes away or the link is revoked; at most one picture in GATHER_S."""
    shown, news = "", asyncio.ensure_future(anext(messages, None))
    try:
        while True:
            picture = json.dumps(wall.picture(request.app), ensure_ascii=False)
            if picture != shown:
                told = f'{{"build":"{BUILD}","now":"{now().isoformat()}","picture":{picture}}}'
                await response.write(f"event: wall\ndata: {told}\n\n".encode())
                shown = picture
            done, _ = await asyncio.wait([news], timeout=request.app[HEARTBEAT_S])
            if not done or ((message := news.result()) is not None and message.topic != "live"):
                wall = await _find_again(request, wall)
                await response.write(b"event: beat\ndata: -\n\n")
            if done:
                if message is None:
                    return
                await asyncio.sleep(GATHER_S)
                news = asyncio.ensure_future(anext(messages, None))
    finally:
        news.cancel()


async def _find_again(request: web.Request, wall: Wall) -> Wall:
    """Without the database no link can be revoked, and what happens in calls is seen all the same."""
    try:
        return await _find(request)
    except Exception as error:
        if not will_pass(error):
            raise
        return wall


async def _find(request: web.Request) -> Wall:
    """No guess finds a token of 256 bits; so none locks the screens out that share an address with whoever guesses."""
    async with request.app[DATABASE].reading() as tx:
        found = await find_wall(tx, request.match_info["token"][:100])
    if found is None:
        raise web.HTTPNotFound
    if is_use_news(found.link):
        async with request.app[DATABASE].transaction() as tx:
            await note_use(tx, found.link)
    return Wall(found.link.wallboard_link_id, found.board, found.site)
