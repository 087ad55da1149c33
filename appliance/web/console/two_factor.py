"""One's own second factor: enrolled with an app when signing in or on the profile, recovery codes, switched off."""

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.problems import Invalid
from appliance.core.totp import enrolment_uri, grouped
from appliance.core.words import N_
from appliance.services.users.own import renew_recovery_codes, stop_two_factor
from appliance.services.users.signing_in import ENROLMENT, finish_enrolment
from appliance.services.users.two_factor import enrol, offer_secret
from appliance.web.access import Access, add_route
from appliance.web.console.sign_in import own_path
from appliance.web.keys import DATABASE, PERSON, SESSION
from appliance.web.language import _
from appliance.web.pages import go_to, page
from appliance.web.qr import qr_svg
from appliance.web.session import origin_of, set_cookie
from appliance.web.shown import problem_text

ISSUER = N_("Contact centre")
WRONG_CODE = N_("This code does not fit. Is the clock of your phone right? Type the one that the app shows now.")


def add_routes(app: web.Application) -> None:
    early = Access(ANYONE_SIGNED_IN, before_password_change=True, waiting=frozenset({ENROLMENT}))
    anyone = Access(ANYONE_SIGNED_IN)
    add_route(app, "GET /sign-in/enrol", get_enrol_first, early)
    add_route(app, "POST /sign-in/enrol", post_enrol_first, early)
    add_route(app, "GET /profile/two-factor", get_enrol, anyone)
    add_route(app, "POST /profile/two-factor", post_enrol, anyone)
    add_route(app, "GET /profile/two-factor/off", get_off, anyone)
    add_route(app, "POST /profile/two-factor/off", post_off, anyone)
    add_route(app, "GET /profile/recovery-codes", get_codes, anyone)
    add_route(app, "POST /profile/recovery-codes", post_codes, anyone)


async def get_enrol_first(request: web.Request) -> web.StreamResponse:
    if not request[SESSION].waits_for:
        raise web.HTTPSeeOther("/")
    return await _enrol_page(request, "sign_in_enrol.html")


async def get_enrol(request: web.Request) -> web.StreamResponse:
    if request[PERSON].has_totp:
        raise web.HTTPSeeOther("/profile")
    return await _enrol_page(request, "two_factor.html")


async def _enrol_page(request: web.Request, template: str, error: str = "") -> web.StreamResponse:
    following = (await request.post()).get("next", "") if error else request.query.get("next", "")
    async with request.app[DATABASE].transaction() as tx:
        secret = await offer_secret(tx, request[SESSION])
    uri = enrolment_uri(secret, login=request[PERSON].login, issuer=_(ISSUER))
    return await page(
        request,
        template,
        status=422 if error else 200,
        qr=qr_svg(uri, _("QR code for your authenticator app")),
        secret=grouped(secret),
        uri=uri,
        error=error,
        next=own_path(str(following)[:300]),
    )


async def post_enrol_first(request: web.Request) -> web.StreamResponse:
    """The waiting session becomes a real one, and the recovery codes stand on the page that follows."""
    session = request[SESSION]
    if not session.waits_for:
        raise web.HTTPSeeOther("/")
    form = await request.post()
    async with request.app[DATABASE].transaction() as tx:
        codes = await enrol(tx, session, str(form.get("code", ""))[:64])
        signed_in = await finish_enrolment(tx, session, origin_of(request)) if codes else None
    if codes is None or signed_in is None:
        return await _enrol_page(request, "sign_in_enrol.html", WRONG_CODE)
    following = own_path(str(form.get("next", ""))[:300])
    response = await page(request, "sign_in_recovery.html", codes=codes, next=following or "/")
    set_cookie(request, response, signed_in)
    return response


async def post_enrol(request: web.Request) -> web.StreamResponse:
    if request[PERSON].has_totp:
        raise web.HTTPSeeOther("/profile")
    code = str((await request.post()).get("code", ""))[:64]
    async with request.app[DATABASE].transaction() as tx:
        codes = await enrol(tx, request[SESSION], code)
    if codes is None:
        return await _enrol_page(request, "two_factor.html", WRONG_CODE)
    return await page(request, "recovery_codes.html", codes=codes, error="")


async def get_off(request: web.Request) -> web.StreamResponse:
    return await page(request, "two_factor_off.html", error="")


async def post_off(request: web.Request) -> web.StreamResponse:
    password = str((await request.post()).get("password", ""))[:1000]
    try:
        await stop_two_factor(request.app[DATABASE], request[PERSON], password, origin_of(request))
    except Invalid as error:
        return await page(request, "two_factor_off.html", status=422, error=problem_text(error.problems[0]))
    return go_to(request, "/profile?done=two-factor-off")


async def get_codes(request: web.Request) -> web.StreamResponse:
    return await page(request, "recovery_codes.html", codes=[], error="")


async def post_codes(request: web.Request) -> web.StreamResponse:
    password = str((await request.post()).get("password", ""))[:1000]
    try:
        codes = await renew_recovery_codes(request.app[DATABASE], request[PERSON], password, origin_of(request))
    except Invalid as error:
        problem = problem_text(error.problems[0])
        return await page(request, "recovery_codes.html", status=422, codes=[], error=problem)
    return await page(request, "recovery_codes.html", codes=codes, error="")
