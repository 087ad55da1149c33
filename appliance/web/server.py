"""Builds the web application: routes, the guard before them, and the one table from an error to its HTTP answer."""

from collections import Counter

import structlog
from aiohttp import web

from appliance.core.license.document import LicenseError
from appliance.core.problems import Invalid
from appliance.core.words import N_
from appliance.services.errors import InUse, NotFound, Refused, Stale, Unconfirmed, Unreachable
from appliance.services.passwords import Busy
from appliance.services.users.person import Person
from appliance.store.engine.trouble import is_disk_full, reason_of, will_pass
from appliance.web import api, console, health, phone_socket, stream, wall
from appliance.web.access import ACCESS, MAX_BODY, Access, Handler, access_of, add_static, check_every_route, check_role
from appliance.web.keys import LANGUAGE, PERSON, SIGHT, TOKEN_PERSON
from appliance.web.language import _, choose_language, load_languages, use_language
from appliance.web.open_streams import OPEN
from appliance.web.pages import STATIC, error_answer, setup_pages
from appliance.web.parts import Parts, put_parts
from appliance.web.security import check_csrf, check_origin, set_headers
from appliance.web.session import check_waiting, load_session, must_change_first, send_away
from appliance.web.sight import check_sight, load_sight

log = structlog.get_logger(__name__)

# Each error of a use case that may reach the web: its HTTP status and what people read.
ERRORS: dict[type[Exception], tuple[int, str]] = {
    Invalid: (422, N_("Some of this cannot be stored as it is.")),
    Stale: (409, N_("Somebody else changed this in the meantime. Load it again and repeat your change.")),
    InUse: (409, N_("This cannot be deleted because it is used.")),
    Busy: (503, N_("Too many people are signing in at this moment. Try again in a few seconds.")),
    Unreachable: (503, N_("Asterisk does not answer at the moment. Calls may well go on.")),
    NotFound: (404, N_("There is no such thing, or it was deleted.")),
}
HTTP_TEXTS = {
    400: N_("This form cannot be read."),
    401: N_("Please sign in first."),
    403: N_("You may not do this."),
    404: N_("There is no such page."),
    405: N_("This cannot be done here."),
    412: N_("Somebody else changed this in the meantime. Load it again and repeat your change."),
    413: N_("This is too large to be sent."),
    428: N_("Say in the header If-Match from which version your change starts."),
}
BROKEN = N_("Something went wrong here. The log of the appliance has the details.")
NO_DATABASE = N_("The database does not answer at the moment. Calls go on, dialers place none; try again in a minute.")
NO_SPACE = N_(
    "The disk is full: nothing can be stored. Calls go on, dialers place none; an administrator must make room."
)


def make_web(parts: Parts) -> web.Application:
    """Everything is added here; nothing that is not declared with its roles gets in."""
    app = web.Application(middlewares=[answer_errors, guard], client_max_size=MAX_BODY)
    app[ACCESS] = {}
    app[OPEN] = Counter()
    put_parts(app, parts)
    load_languages()
    setup_pages(app)
    add_static(app, "/static/", str(STATIC))
    for part in (console, stream, wall, phone_socket, api, health):
        part.add_routes(app)
    app.on_response_prepare.append(set_headers)
    check_every_route(app)
    return app


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    request[LANGUAGE] = choose_language(request, "")
    use_language(request[LANGUAGE])
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400 or error.content_type == "application/json":
            raise
        text = HTTP_TEXTS.get(error.status, error.reason)
        return await error_answer(request, error.status, text, headers=error.headers)
    except (Refused, LicenseError) as error:
        asks = {"X-Question": "yes"} if isinstance(error, Unconfirmed) else {}
        return await error_answer(request, 409, _(error.message, **error.context), headers=asks)
    except tuple(ERRORS) as error:
        status, text = ERRORS[type(error)]
        return await error_answer(request, status, text, error=error)
    except Exception as error:
        if will_pass(error):
            log.warning("request.later", method=request.method, path=_told(request), reason=reason_of(error))
            return await error_answer(request, 503, NO_SPACE if is_disk_full(error) else NO_DATABASE)
        log.exception("request failed", method=request.method, path=_told(request))
        return await error_answer(request, 500, BROKEN)


def _told(request: web.Request) -> str:
    """For the log: an address that holds a secret is told as its pattern."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None and "{token}" in resource.canonical else request.path


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    if "%00" in request.raw_path:  # nothing is named so, and PostgreSQL refuses to look it up
        raise web.HTTPNotFound
    access = access_of(request)
    if access is not None and access.max_body != MAX_BODY:
        request = request.clone(client_max_size=access.max_body)
    if access is None or access.by == "nobody":
        check_origin(request)
        await _check_form(request)
        return await handler(request)
    if access.by == "token":
        request[PERSON] = await _token_person(request)
    else:
        await _check_session(request, access)
    request[SIGHT] = await load_sight(request)
    check_role(request, access)
    if access.by == "session":
        await _check_form(request)
        await check_csrf(request)
        if must_change_first(request, access):
            raise web.HTTPSeeOther("/password")
    check_sight(request)
    return await handler(request)


async def _check_form(request: web.Request) -> None:
    """A form with an unknown charset or without its boundary is the sender's mistake, not ours."""
    if request.method == "POST":
        try:
            await request.post()  # kept for the handler
        except (LookupError, ValueError):
            raise web.HTTPBadRequest from None


async def _token_person(request: web.Request) -> Person:
    find = request.app.get(TOKEN_PERSON)
    person = await find(request) if find is not None else None
    if person is None:
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
    return person


async def _check_session(request: web.Request, access: Access) -> None:
    check_origin(request)
    if not await load_session(request):
        raise send_away(request)
    check_waiting(request, access)
    request[LANGUAGE] = choose_language(request, request[PERSON].language)
    use_language(request[LANGUAGE])
