"""Deny by default: a route that does not say who may use it cannot be served."""

import pytest
from aiohttp import web

from appliance.web.access import ACCESS, PUBLIC, Access, add_route, check_every_route


def an_app() -> web.Application:
    app = web.Application()
    app[ACCESS] = {}
    return app


async def handler(_request: web.Request) -> web.StreamResponse:
    return web.Response()


def test_a_route_without_roles_cannot_be_served() -> None:
    app = an_app()
    add_route(app, "GET /open", handler, PUBLIC)
    check_every_route(app)
    app.router.add_get("/forgotten", handler)
    with pytest.raises(RuntimeError, match="declares no roles"):
        check_every_route(app)


def test_a_route_for_nobody_cannot_be_served() -> None:
    app = an_app()
    add_route(app, "GET /closed", handler, Access(frozenset()))
    with pytest.raises(RuntimeError, match="no role"):
        check_every_route(app)
