"""The cookies that carry a session and make a browser known, and who is behind a request."""

from typing import Any

from aiohttp import web

from appliance.core.sign_in import KNOWN_S
from appliance.services.users.attempts import Origin
from appliance.services.users.person import SignedIn
from appliance.services.users.sessions import find_session
from appliance.web.access import Access
from appliance.web.keys import DATABASE, PERSON, SECURE_COOKIES, SESSION

COOKIE = "appliance_session"
KNOWN_COOKIE = "appliance_browser"
STEPS = {"code": "/sign-in/code", "enrolment": "/sign-in/enrol"}


def set_cookie(request: web.Request, response: web.StreamResponse, signed_in: SignedIn) -> None:
    safe: dict[str, Any] = {"httponly": True, "samesite": "Lax", "secure": request.app[SECURE_COOKIES]}
    response.set_cookie(COOKIE, signed_in.token, path="/", **safe)
    if signed_in.known_by:  # whoever guesses at this account elsewhere does not lock it here
        response.set_cookie(KNOWN_COOKIE, signed_in.known_by, path="/", max_age=KNOWN_S, **safe)


def origin_of(request: web.Request) -> Origin:
    known_by = request.cookies.get(KNOWN_COOKIE, "")
    browser = request.headers.get("User-Agent", "")
    return Origin(request.remote or "", known_by[:100], "".join(c for c in browser if c.isprintable())[:200])


def clear_cookie(response: web.StreamResponse) -> None:
    response.del_cookie(COOKIE, path="/")


async def load_session(request: web.Request) -> bool:
    """Put session and person into the request, also where a second factor is still to come; False for a stranger."""
    token = request.cookies.get(COOKIE, "")
    session = await find_session(request.app[DATABASE], token) if token else None
    if session is None:
        return False
    request[SESSION], request[PERSON] = session, session.person
    return True


def send_away(request: web.Request) -> web.HTTPException:
    """To the sign-in page; a script's request gets 401, and htmx is told to go there."""
    if request.headers.get("HX-Request"):
        return web.HTTPUnauthorized(headers={"HX-Redirect": "/sign-in"})
    if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
        return web.HTTPSeeOther(f"/sign-in?next={request.rel_url.raw_path_qs}" if request.path != "/" else "/sign-in")
    return web.HTTPUnauthorized()


def check_waiting(request: web.Request, access: Access) -> None:
    """Who gave a password and owes a code is a stranger everywhere but where the code is asked for."""
    waits_for = request[SESSION].waits_for
    if not waits_for or waits_for in access.waiting:
        return
    if request.headers.get("HX-Request"):
        raise web.HTTPUnauthorized(headers={"HX-Redirect": STEPS[waits_for]})
    if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
        raise web.HTTPSeeOther(STEPS[waits_for])
    raise web.HTTPUnauthorized


def must_change_first(request: web.Request, access: Access) -> bool:
    return access.by == "session" and not access.before_password_change and request[PERSON].must_change_password
