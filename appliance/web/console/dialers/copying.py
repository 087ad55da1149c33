"""A copy of a dialer with all its rules, for another campaign."""

from typing import Any

from aiohttp import web
from pydantic import ValidationError

from appliance.core.access import EDIT
from appliance.core.problems import Invalid, schema_problems
from appliance.services.dialers import SECTION, Copy, copy_dialer
from appliance.web.access import Access, add_route
from appliance.web.keys import APPLIER, DATABASE, PERSON
from appliance.web.pages import page
from appliance.web.seen_dialer import seen_dialer
from appliance.web.shown import problem_text


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /dialers/{key}/copy", get_copy, Access(EDIT))
    add_route(app, "POST /dialers/{key}/copy", post_copy, Access(EDIT))


async def get_copy(request: web.Request) -> web.StreamResponse:
    return await _page(request, {"key": "", "name": "", "campaign": ""}, {})


async def post_copy(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    values = {name: str(form.get(name, "")).strip() for name in ("key", "name", "campaign")}
    try:
        async with request.app[DATABASE].transaction() as tx:
            _site, dialer = await seen_dialer(tx, request)
            made = await copy_dialer(tx, dialer, Copy(**values), by=request[PERSON].login)
    except ValidationError as error:
        problems = schema_problems(error, (SECTION, values["key"]))
    except Invalid as error:
        problems = error.problems
    else:
        request.app[APPLIER].poke()
        raise web.HTTPSeeOther(f"/dialers/{made.key}")
    return await _page(
        request, values, {str(each.path[2]): problem_text(each) for each in problems if len(each.path) > 2}
    )


async def _page(request: web.Request, values: dict[str, str], errors: dict[str, Any]) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site, dialer = await seen_dialer(tx, request)
    taken = {each.campaign for each in site.dialers.values()}
    free = {key: each for key, each in site.campaigns.items() if key not in taken}
    status = 422 if errors else 200
    return await page(
        request, "dialers/copying.html", status=status, dialer=dialer, values=values, errors=errors, campaigns=free
    )
