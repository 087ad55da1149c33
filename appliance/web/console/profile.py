"""One's own name, language and password, and where one is signed in."""

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.problems import Invalid
from appliance.core.words import N_
from appliance.services.users.own import change_password, save_profile
from appliance.services.users.policy import load_policy
from appliance.services.users.sessions import list_sessions, revoke_session, session_name
from appliance.services.users.two_factor import count_recovery_codes
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, LANGUAGE, PERSON, SESSION
from appliance.web.language import LANGUAGES, use_language
from appliance.web.pages import go_to, page
from appliance.web.session import origin_of, set_cookie
from appliance.web.shown import problem_text
from appliance.web.stream import tell_sessions_ended


def add_routes(app: web.Application) -> None:
    early, anyone = Access(ANYONE_SIGNED_IN, before_password_change=True), Access(ANYONE_SIGNED_IN)
    add_route(app, "GET /password", get_password, early)
    add_route(app, "POST /password", post_password, early)
    add_route(app, "GET /profile", get_profile, anyone)
    add_route(app, "POST /profile", post_profile, anyone)
    add_route(app, "POST /profile/sessions/{name}/end", post_end_session, anyone)


async def get_password(request: web.Request) -> web.StreamResponse:
    return await _password_page(request, {})


async def _password_page(request: web.Request, errors: dict[str, str], status: int = 200) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        policy = (await load_policy(tx)).policy
    return await page(request, "password.html", status=status, errors=errors, min_length=policy.min_password)


async def post_password(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    old, new, again = (str(form.get(name, ""))[:1000] for name in ("old_password", "new_password", "again"))
    if new != again:
        return await _password_page(request, {"again": N_("is not the same as the new password")}, 422)
    try:
        signed_in = await change_password(request.app[DATABASE], request[PERSON], origin_of(request), old=old, new=new)
    except Invalid as error:
        errors = {str(problem.path[0]): problem_text(problem) for problem in error.problems}
        return await _password_page(request, errors, 422)
    tell_sessions_ended(request, request[PERSON].user_id)
    response = web.HTTPSeeOther("/")
    set_cookie(request, response, signed_in)
    raise response


async def get_profile(request: web.Request) -> web.StreamResponse:
    return await _profile_page(request, request[PERSON].name, {})


async def _profile_page(
    request: web.Request, name: str, errors: dict[str, str], status: int = 200
) -> web.StreamResponse:
    person = request[PERSON]
    async with request.app[DATABASE].reading() as tx:
        policy = (await load_policy(tx)).policy
        sessions = await list_sessions(tx, user_id=person.user_id)
        codes = await count_recovery_codes(tx, person.user_id)
    return await page(
        request,
        "profile.html",
        status=status,
        errors=errors,
        saved="saved" in request.query and not errors,
        name=name,
        sessions=sessions,
        here=session_name(request[SESSION].token_hash),
        recovery_codes=codes,
        needs_totp=person.role in policy.totp_roles,
        done=request.query.get("done", "")[:20],
    )


async def post_profile(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    name, language = str(form.get("name", "")).strip(), str(form.get("language", ""))
    if not 1 <= len(name) <= 80 or not name.isprintable() or language not in ("", *LANGUAGES):
        return await _profile_page(request, name[:200], {"name": N_("must have 1 to 80 characters")}, 422)
    async with request.app[DATABASE].transaction() as tx:
        await save_profile(tx, request[PERSON].user_id, name=name, language=language)
    use_language(language or request[LANGUAGE])
    raise web.HTTPSeeOther("/profile?saved")


async def post_end_session(request: web.Request) -> web.StreamResponse:
    person = request[PERSON]
    async with request.app[DATABASE].transaction() as tx:
        await revoke_session(tx, request.match_info["name"], by=person.login, user_id=person.user_id)
    tell_sessions_ended(request, person.user_id)
    return go_to(request, "/profile?done=session")
