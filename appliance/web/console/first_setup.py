"""The first set-up: one page of questions, and then what is left to do by hand."""

from aiohttp import web

from appliance.core.access import EDIT
from appliance.core.first_site import TRUNK, Answers, is_new
from appliance.core.problems import Invalid, Problem
from appliance.core.site import Site
from appliance.services.first_setup import SETUP, parse_answers, set_up
from appliance.web.access import Access, add_route
from appliance.web.forms.form import Filled, make_form
from appliance.web.forms.reading import Values, change_rows, empty_values, read_form, to_schema, without_empty_rows
from appliance.web.keys import APPLIER, DATABASE, PERSON
from appliance.web.language import language
from appliance.web.pages import go_to, page
from appliance.web.sight import load_seen

ROW_ACTIONS = ("add", "remove", "up", "down")
FIRST_AGENTS = [{"name": "", "extension": "1001"}, {"name": "", "extension": "1002"}]


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /setup", get_setup, Access(EDIT))
    add_route(app, "POST /setup", post_setup, Access(EDIT))
    add_route(app, "GET /setup/done", get_done, Access(EDIT))


async def get_setup(request: web.Request) -> web.StreamResponse:
    zone, values = request.cookies.get("zone", ""), empty_values(Answers)
    values |= {"language": language(), "agents": FIRST_AGENTS} | ({"time_zone": zone} if zone else {})
    return await _form(request, values)


async def post_setup(request: web.Request) -> web.StreamResponse:
    post = await request.post()
    values = read_form(Answers, post)
    for action in ROW_ACTIONS:
        if f"_{action}" in post:
            return await _form(request, change_rows(Answers, values, action, str(post[f"_{action}"])))
    values["agents"] = [row for row in values["agents"] if row["name"]]
    try:
        answers = parse_answers(to_schema(Answers, without_empty_rows(Answers, values)))
        async with request.app[DATABASE].transaction() as tx:
            await set_up(tx, answers, by=request[PERSON].login)
    except Invalid as error:
        return await _form(request, values | {"agents": values["agents"] or FIRST_AGENTS}, error.problems)
    request.app[APPLIER].poke()
    return go_to(request, "/setup/done")


async def _form(request: web.Request, values: Values, problems: list[Problem] | None = None) -> web.StreamResponse:
    site = await _site(request)
    form = make_form(Filled(SETUP, "", 0, values), site, problems or [], model=Answers)
    return await page(request, "setup.html", status=422 if problems else 200, form=form, site=site, is_new=is_new(site))


async def get_done(request: web.Request) -> web.StreamResponse:
    return await page(request, "setup_done.html", site=await _site(request), trunk=TRUNK)


async def _site(request: web.Request) -> Site:
    async with request.app[DATABASE].reading() as tx:
        return (await load_seen(tx, request)).site
