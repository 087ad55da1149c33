"""One's own name, language and password."""

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.problems import Invalid
from appliance.core.words import N_
from appliance.services.users import change_password, save_profile
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, LANGUAGE, PERSON
from appliance.web.language import LANGUAGES, use_language
from appliance.web.pages import page
from appliance.web.session import set_cookie
from appliance.web.shown import problem_text


def add_routes(app: web.Application) -> None:
    early = Access(ANYONE_SIGNED_IN, before_password_change=True)
    add_route(app, "GET /password", get_password, early)
    add_route(app, "POST /password", post_password, early)
    add_route(app, "GET /profile", get_profile, Access(ANYONE_SIGNED_IN))
    add_route(app, "POST /profile", post_profile, Access(ANYONE_SIGNED_IN))


async def get_password(request: web.Request) -> web.StreamResponse:
    return await page(request, "password.html", errors={})


async def post_password(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    old, new, again = (str(form.get(name, "")) for name in ("old_password", "new_password", "again"))
    errors = {"again": N_("is not the same as the new password")} if new != again else {}
    if not errors:
        try:
            signed_in = await change_password(
                request.app[DATABASE], request[PERSON], old, new, address=request.remote or ""
            )
        except Invalid as error:
            errors = {str(problem.path[0]): problem_text(problem) for problem in error.problems}
        else:
            response = web.HTTPSeeOther("/")
            set_cookie(request, response, signed_in)
            raise response
    return await page(request, "password.html", status=422, errors=errors)


async def get_profile(request: web.Request) -> web.StreamResponse:
    return await page(request, "profile.html", errors={}, saved="saved" in request.query, name=request[PERSON].name)


async def post_profile(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    name, language = str(form.get("name", "")).strip(), str(form.get("language", ""))
    if not 1 <= len(name) <= 80 or not name.isprintable() or language not in ("", *LANGUAGES):
        errors = {"name": N_("must have 1 to 80 characters")}
        return await page(request, "profile.html", status=422, errors=errors, saved=False, name=name)
    async with request.app[DATABASE].transaction() as tx:
        await save_profile(tx, request[PERSON].user_id, name=name, language=language)
    use_language(language or request[LANGUAGE])
    raise web.HTTPSeeOther("/profile?saved")
