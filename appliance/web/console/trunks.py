"""Trunks: the list with what each is doing now, and the test call with its answer in words."""

from typing import Any

from aiohttp import web

from appliance.core.access import EDIT, VIEW
from appliance.core.entities.trunks import Trunk
from appliance.core.problems import Invalid
from appliance.core.trunk_state import EndState, overall
from appliance.services.errors import NotFound
from appliance.services.test_calls import TestCall
from appliance.store.site import load_entity
from appliance.web.access import Access, add_route
from appliance.web.console.entities import list_page
from appliance.web.keys import DATABASE, PERSON, TRUNKS
from appliance.web.language import _
from appliance.web.pages import page


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /trunks", get_trunks, Access(VIEW))
    add_route(app, "GET /trunks/{key}/state", get_state, Access(VIEW))
    add_route(app, "GET /trunks/{key}/test-call", get_test_call, Access(EDIT))
    add_route(app, "POST /trunks/{key}/test-call", post_test_call, Access(EDIT))


async def get_trunks(request: web.Request) -> web.StreamResponse:
    states = states_of(request)
    words = {key: overall(found) for key, found in states.items()}
    orders = {"state": lambda key: words.get(key, "unknown")}
    return await list_page(request, "trunks", "trunks.html", orders=orders, states=states, words=words)


async def get_state(request: web.Request) -> web.StreamResponse:
    """The part of a page that is asked for again and again; alone it is a page too."""
    trunk = await _trunk(request)
    found = states_of(request).get(trunk.key, [])
    words = {trunk.key: overall(found)} if trunk.key in states_of(request) else {}
    is_part = request.headers.get("HX-Request")
    template = "trunk_state.html" if is_part else "trunk_test.html"
    return await page(request, template, trunk=trunk, key=trunk.key, states={trunk.key: found}, words=words, **_none())


async def get_test_call(request: web.Request) -> web.StreamResponse:
    trunk = await _trunk(request)
    call = request.app[TRUNKS].calls.last.get(trunk.key) if TRUNKS in request.app else None
    return await _test_call(request, trunk, call)


async def post_test_call(request: web.Request) -> web.StreamResponse:
    trunk, number = await _trunk(request), str((await request.post()).get("number", "")).strip()[:40]
    if TRUNKS not in request.app:
        raise web.HTTPServiceUnavailable
    try:
        call = await request.app[TRUNKS].calls.place(trunk.key, number, by=request[PERSON].login)
    except Invalid as error:
        return await _test_call(request, trunk, None, refused=_(error.problems[0].message), number=number)
    if request.headers.get("HX-Request"):
        return await _test_call(request, trunk, call)
    raise web.HTTPSeeOther(f"/trunks/{trunk.key}/test-call")


async def _test_call(
    request: web.Request, trunk: Trunk, call: TestCall | None, *, refused: str = "", number: str = ""
) -> web.StreamResponse:
    context = _none() | {"call": call, "refused": refused, "number": number}
    if request.headers.get("HX-Request"):
        return await page(request, "trunk_call.html", trunk=trunk, **context)
    found = states_of(request).get(trunk.key, [])
    words = {trunk.key: overall(found)}
    context |= {"key": trunk.key, "states": {trunk.key: found}, "words": words}
    return await page(request, "trunk_test.html", trunk=trunk, status=422 if refused else 200, **context)


def _none() -> dict[str, Any]:
    return {"call": None, "refused": "", "number": ""}


def states_of(request: web.Request) -> dict[str, list[EndState]]:
    return request.app[TRUNKS].states.states if TRUNKS in request.app else {}


async def _trunk(request: web.Request) -> Trunk:
    async with request.app[DATABASE].reading() as tx:
        found = await load_entity(tx, "trunks", request.match_info["key"])
    if found is None or not isinstance(found[0], Trunk):
        raise NotFound(request.match_info["key"])
    return found[0]
