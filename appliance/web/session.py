"""The cookie that carries a session, and who is behind a request."""

from aiohttp import web

from appliance.services.users import SignedIn, find_session
from appliance.web.access import Access
from appliance.web.keys import DATABASE, PERSON, SECURE_COOKIES, SESSION

COOKIE = "appliance_session"


def set_cookie(request: web.Request, response: web.StreamResponse, signed_in: SignedIn) -> None:
    response.set_cookie(
        COOKIE,
        signed_in.token,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.app[SECURE_COOKIES],
    )


def clear_cookie(response: web.StreamResponse) -> None:
    response.del_cookie(COOKIE, path="/")


async def load_session(request: web.Request) -> bool:
    """Put session and person into the request; False where nobody is signed in."""
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


def must_change_first(request: web.Request, access: Access) -> bool:
    return access.by == "session" and not access.before_password_change and request[PERSON].must_change_password
