"""Every route says who may use it: one that does not cannot be registered, and others are refused here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from appliance.core.access import Role, Scope
from appliance.web.keys import PERSON

MAX_BODY = 1 << 20

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Access:
    """`by`: a session cookie (with CSRF on unsafe methods), a bearer token, or nobody at all (public)."""

    roles: frozenset[Role]
    by: Literal["session", "token", "nobody"] = "session"
    max_body: int = MAX_BODY
    before_password_change: bool = False  # open also to who must still change a one-time password
    waiting: frozenset[str] = frozenset()  # open also to sessions that still wait for these: "code", "enrolment"
    scope: Scope | None = None  # what a token must be good for


# A stranger gets no more room than a name and a password need.
PUBLIC = Access(frozenset(), by="nobody", max_body=16 << 10)
ACCESS: web.AppKey[dict[web.AbstractRoute, Access]] = web.AppKey("access", dict)


def add_route(app: web.Application, method_and_path: str, handler: Handler, access: Access) -> web.AbstractRoute:
    """`add_route(app, "GET /queues", get_queues, Access(VIEW))`."""
    method, path = method_and_path.split(" ")
    route = app.router.add_route(method, path, handler)
    app[ACCESS][route] = access
    return route


def add_static(app: web.Application, prefix: str, folder: str) -> None:
    for route in app.router.add_static(prefix, folder):
        app[ACCESS][route] = PUBLIC


def check_every_route(app: web.Application) -> None:
    """Called once before serving: deny by default begins here."""
    for route in app.router.routes():
        if route not in app[ACCESS]:
            raise RuntimeError(f"{route.method} {route.resource} declares no roles")
        access = app[ACCESS][route]
        if access.by != "nobody" and not access.roles:
            raise RuntimeError(f"{route.method} {route.resource} is open to no role")
        if access.by == "token" and access.scope is None:
            raise RuntimeError(f"{route.method} {route.resource} declares no scope")


def access_of(request: web.Request) -> Access | None:
    """None where there is no such route: the answer will be 404 or 405."""
    return request.app[ACCESS].get(request.match_info.route)


def check_role(request: web.Request, access: Access) -> None:
    if access.by == "nobody":
        return
    person = request[PERSON]
    if person.role not in access.roles:
        raise web.HTTPForbidden
    if person.scopes is not None and access.scope not in person.scopes:
        raise web.HTTPForbidden
