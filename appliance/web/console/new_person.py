"""One form for a person who begins here: phone, agent, queues and console user."""

from collections.abc import Mapping

from aiohttp import web
from pydantic import ValidationError

from appliance.core.access import EDIT
from appliance.core.new_person import NewPerson
from appliance.core.numbers import next_number
from appliance.core.problems import Invalid, Problem
from appliance.core.refusals import sentence
from appliance.services.new_person import make_person
from appliance.web.access import Access, add_route
from appliance.web.keys import APPLIER, DATABASE, MEMBERSHIP, PERSON
from appliance.web.pages import page
from appliance.web.shown import problem_text
from appliance.web.sight import load_seen

_FIELDS = ("name", "login", "queues", "shift", "role")


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /people/new", get_new, Access(EDIT))
    add_route(app, "POST /people/new", post_new, Access(EDIT))


async def get_new(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        number = next_number((await load_seen(tx, request)).site)
    return await _form(request, {"number": number, "is_agent": True, "is_user": True, "role": "agent"}, {})


async def post_new(request: web.Request) -> web.StreamResponse:
    values = await _read(request)
    try:
        person = _parse(values)
        async with request.app[DATABASE].transaction() as tx:
            made = await make_person(tx, person, by=request[PERSON].login)
    except Invalid as refused:
        errors = {_field(problem): problem_text(problem) for problem in reversed(refused.problems)}
        return await _form(request, values, errors, status=422)
    request.app[APPLIER].poke()
    request.app[MEMBERSHIP].poke()
    return await page(request, "new_person_done.html", new=person, made=made)


async def _read(request: web.Request) -> dict[str, object]:
    post = await request.post()
    names = ("name", "number", "shift", "login", "role")
    values: dict[str, object] = {name: str(post.get(name, "")).strip() for name in names}
    values |= {name: name in post for name in ("is_agent", "is_user")}
    return values | {"queues": [str(key) for key in post.getall("queues", [])]}


def _parse(values: Mapping[str, object]) -> NewPerson:
    try:
        person = NewPerson.model_validate(values)
        person.extension()
    except ValidationError as error:
        raise Invalid([Problem(item["loc"], *sentence(item, NewPerson)) for item in error.errors()]) from None
    return person


def _field(problem: Problem) -> str:
    """Where on this form a problem stands that was found at an entity; the path of an entity has three parts."""
    name = str(problem.path[-1])
    return name if name in _FIELDS else "number"


async def _form(
    request: web.Request, values: Mapping[str, object], errors: Mapping[str, str], status: int = 200
) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    empty = {"name": "", "number": "", "login": "", "queues": [], "shift": ""}
    return await page(request, "new_person.html", status=status, values=empty | dict(values), errors=errors, site=site)
