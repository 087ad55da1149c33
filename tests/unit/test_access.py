"""Deny by default: a route that does not say who may use it cannot be served."""

import pytest
from aiohttp import web

from appliance.core.access import EDIT
from appliance.web.access import ACCESS, PUBLIC, Access, add_route, check_every_route
from appliance.web.api import operations


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


def test_an_api_route_without_a_scope_cannot_be_served() -> None:
    app = an_app()
    add_route(app, "GET /api/v1/open", handler, Access(EDIT, by="token"))
    with pytest.raises(RuntimeError, match="no scope"):
        check_every_route(app)


def test_what_each_scope_opens() -> None:
    """The intent, said once: who only reads changes nothing, and users are a scope of their own."""
    needs = {(operation.method, operation.path): operation.needs for operation in operations()}
    assert {scope for (method, _path), scope in needs.items() if method == "GET"} == {"read", "users"}
    assert needs["POST", "/agents/{key}/login"] == "operate"
    assert needs["POST", "/queues"] == needs["DELETE", "/queues/{key}"] == "configure"
    assert {
        scope for (_method, path), scope in needs.items() if path.startswith(("/user", "/tokens", "/sessions"))
    } == {"users"}
