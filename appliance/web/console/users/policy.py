"""The rules for everybody: how long a password must be, and which roles need a second factor."""

from collections.abc import Mapping

from aiohttp import web

from appliance.core.access import EDIT, ROLES
from appliance.core.passwords import LEAST_MIN, MOST_MIN
from appliance.core.problems import Invalid
from appliance.core.users import UserPolicy, parse_user
from appliance.services.errors import Stale
from appliance.services.users.policy import load_policy, save_policy
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, PERSON
from appliance.web.numbers import whole_number
from appliance.web.pages import go_to, page
from appliance.web.shown import problem_text
from appliance.web.stream import tell_sessions_ended


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /users/policy", get_policy, Access(EDIT))
    add_route(app, "POST /users/policy", post_policy, Access(EDIT))


async def get_policy(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        stored = await load_policy(tx)
    return await _form(request, stored.policy.model_dump(), stored.version)


async def post_policy(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    version = whole_number(str(form.get("version", ""))) or 0
    values = {
        "min_password": str(form.get("min_password", ""))[:20],
        "totp_roles": [str(role)[:20] for role in form.getall("totp_roles", [])],
    }
    try:
        policy = parse_user(UserPolicy, values)
        async with request.app[DATABASE].transaction() as tx:
            await save_policy(tx, policy, version=version, by=request[PERSON].login)
    except Invalid as error:
        errors = {str(each.path[0]): problem_text(each) for each in error.problems}
        return await _form(request, values, version, errors=errors)
    except Stale:
        return await _form(request, values, version, stale=True)
    tell_sessions_ended(request, None)
    return go_to(request, "/users/policy?saved")


async def _form(
    request: web.Request,
    values: Mapping[str, object],
    version: int,
    *,
    errors: Mapping[str, str] = {},
    stale: bool = False,
) -> web.StreamResponse:
    return await page(
        request,
        "user_policy.html",
        status=409 if stale else 422 if errors else 200,
        values=values,
        version=version,
        errors=errors,
        stale=stale,
        roles=ROLES,
        least=LEAST_MIN,
        most=MOST_MIN,
        saved="saved" in request.query and not errors and not stale,
    )
