"""Signing in and out."""

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.words import N_
from appliance.services.users import SignInRefused, sign_in, sign_out
from appliance.web.access import PUBLIC, Access, add_route
from appliance.web.keys import DATABASE, SESSION
from appliance.web.pages import page
from appliance.web.session import clear_cookie, load_session, set_cookie

# One answer for all of them: who guesses learns neither that a user exists nor that it is locked.
REFUSED = N_("User name or password is wrong. After five failures an account is locked for a while.")


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /sign-in", get_sign_in, PUBLIC)
    add_route(app, "POST /sign-in", post_sign_in, PUBLIC)
    add_route(app, "POST /sign-out", post_sign_out, Access(ANYONE_SIGNED_IN, before_password_change=True))


async def get_sign_in(request: web.Request) -> web.StreamResponse:
    if await load_session(request):
        raise web.HTTPSeeOther("/")
    return await page(request, "sign_in.html", login="", error="", next=_next(str(request.query.get("next", ""))))


async def post_sign_in(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    login, password, following = (str(form.get(name, ""))[:300] for name in ("login", "password", "next"))
    try:
        signed_in = await sign_in(request.app[DATABASE], login, password, address=request.remote or "")
    except SignInRefused:
        return await page(request, "sign_in.html", status=401, login=login, error=REFUSED, next=_next(following))
    response = web.HTTPSeeOther(_next(following) or "/")
    set_cookie(request, response, signed_in)
    raise response


async def post_sign_out(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        await sign_out(tx, request[SESSION].token_hash)
    response = web.HTTPSeeOther("/sign-in")
    clear_cookie(response)
    raise response


def _next(path: str) -> str:
    """Only a path of our own: `//host` and `/\\host` would lead elsewhere."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours else ""
