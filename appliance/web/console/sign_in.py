"""Signing in, with a second factor where one is asked for, and out."""

from urllib.parse import urlencode

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.words import N_
from appliance.services.users.sessions import sign_out
from appliance.services.users.signing_in import CODE, ENROLMENT, CodeRefused, SignInRefused, confirm_code, sign_in
from appliance.web.access import PUBLIC, Access, add_route
from appliance.web.keys import DATABASE, SESSION
from appliance.web.pages import page
from appliance.web.session import STEPS, clear_cookie, load_session, origin_of, set_cookie

# One answer for all of them: who guesses learns neither that a user exists nor that it is locked.
REFUSED = N_("User name or password is wrong. After five failures in a row you must wait a while.")
CODE_REFUSED = N_(
    "This code is wrong or was used already. Take the next one. After five failures in a row you must wait a while."
)


def add_routes(app: web.Application) -> None:
    waits = Access(ANYONE_SIGNED_IN, before_password_change=True, waiting=frozenset({CODE}))
    either = Access(ANYONE_SIGNED_IN, before_password_change=True, waiting=frozenset({CODE, ENROLMENT}))
    add_route(app, "GET /sign-in", get_sign_in, PUBLIC)
    add_route(app, "POST /sign-in", post_sign_in, PUBLIC)
    add_route(app, "GET /sign-in/code", get_code, waits)
    add_route(app, "POST /sign-in/code", post_code, waits)
    add_route(app, "POST /sign-out", post_sign_out, either)


async def get_sign_in(request: web.Request) -> web.StreamResponse:
    if await load_session(request):
        raise web.HTTPSeeOther(STEPS.get(request[SESSION].waits_for, "/"))
    return await page(request, "sign_in.html", login="", error="", next=own_path(str(request.query.get("next", ""))))


async def post_sign_in(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    login, password, following = (str(form.get(name, ""))[:300] for name in ("login", "password", "next"))
    following = own_path(following)
    try:
        signed_in = await sign_in(request.app[DATABASE], login, password, origin_of(request))
    except SignInRefused:
        return await page(request, "sign_in.html", status=401, login=login, error=REFUSED, next=following)
    response = web.HTTPSeeOther(_after(signed_in.session.waits_for, following))
    set_cookie(request, response, signed_in)
    raise response


def _after(waits_for: str, following: str) -> str:
    step = STEPS.get(waits_for)
    if step is None:
        return following or "/"
    return f"{step}?{urlencode({'next': following})}" if following else step


async def get_code(request: web.Request) -> web.StreamResponse:
    if not request[SESSION].waits_for:
        raise web.HTTPSeeOther("/")
    return await page(request, "sign_in_code.html", error="", next=own_path(str(request.query.get("next", ""))))


async def post_code(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    code, following = str(form.get("code", ""))[:64], own_path(str(form.get("next", ""))[:300])
    if not request[SESSION].waits_for:
        raise web.HTTPSeeOther(following or "/")
    try:
        signed_in = await confirm_code(request.app[DATABASE], request[SESSION], code, origin_of(request))
    except CodeRefused:
        return await page(request, "sign_in_code.html", status=401, error=CODE_REFUSED, next=following)
    response = web.HTTPSeeOther(following or "/")
    set_cookie(request, response, signed_in)
    raise response


async def post_sign_out(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        await sign_out(tx, request[SESSION].token_hash)
    response = web.HTTPSeeOther("/sign-in")
    clear_cookie(response)
    raise response


def own_path(path: str) -> str:
    """Only a path of our own: `//host` and `/\\host` would lead elsewhere."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours else ""
