"""The links of a wallboard: made here, shown once, and revoked."""

from aiohttp import web

from appliance.core.access import EDIT
from appliance.services.errors import NotFound
from appliance.services.wallboards import load_links, make_link, revoke_link
from appliance.store.site import load_entity
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, PERSON, PUBLIC_URL
from appliance.web.pages import go_to, page

# Only administrators: a link shows queues and agents to whoever has it, whatever its maker may see.


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /wallboards/{key}/links", get_links, Access(EDIT))
    add_route(app, "POST /wallboards/{key}/links", post_link, Access(EDIT))
    add_route(app, r"POST /wallboards/{key}/links/{link_id:\d{1,18}}/revoke", post_revoke, Access(EDIT))


async def get_links(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def post_link(request: web.Request) -> web.StreamResponse:
    key = await _check(request)
    async with request.app[DATABASE].transaction() as tx:
        token = await make_link(tx, key, by=request[PERSON].login)
    origin = request.app[PUBLIC_URL].rstrip("/") or str(request.url.origin())
    return await _page(request, link=f"{origin}/wall/{token}")


async def post_revoke(request: web.Request) -> web.StreamResponse:
    key = await _check(request)
    async with request.app[DATABASE].transaction() as tx:
        await revoke_link(tx, key, int(request.match_info["link_id"]), by=request[PERSON].login)
    return go_to(request, f"/wallboards/{key}/links")


async def _check(request: web.Request) -> str:
    key = request.match_info["key"]
    async with request.app[DATABASE].reading() as tx:
        if await load_entity(tx, "wallboards", key) is None:
            raise NotFound(f"wallboards.{key}")
    return key


async def _page(request: web.Request, link: str = "") -> web.StreamResponse:
    key = await _check(request)
    async with request.app[DATABASE].reading() as tx:
        links, found = await load_links(tx, key), await load_entity(tx, "wallboards", key)
    name = getattr(found[0], "name", key) if found else key
    return await page(request, "wallboard_links.html", key=key, name=name, links=links, link=link)
