"""A menu as it stands in a form, not yet stored: what is wrong with it, and what callers would not like."""

from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from appliance.core.access import EDIT
from appliance.core.entities.menus import Menu
from appliance.core.menu_advice import advise
from appliance.core.problems import Invalid, Problem, check_site
from appliance.core.site import Site
from appliance.services.entities import parse_entity
from appliance.services.errors import NotFound
from appliance.store.site import load_entity
from appliance.web.access import Access, add_route
from appliance.web.forms.reading import Values, from_entity, read_form, to_schema, without_empty_rows
from appliance.web.keys import DATABASE
from appliance.web.language import _
from appliance.web.numbers import whole_number
from appliance.web.pages import page
from appliance.web.shown import problem_text
from appliance.web.sight import load_seen

SECTION = "menus"


@dataclass(frozen=True)
class Draft:
    """The menu `key` with its fields as they were typed; `root` is where the tree around it begins."""

    root: str
    key: str
    version: int
    values: Values

    def with_values(self, values: Values) -> "Draft":
        return replace(self, values=values)

    def menu(self) -> Menu:
        """Raises `Invalid`."""
        entity = parse_entity(SECTION, to_schema(Menu, without_empty_rows(Menu, self.values)))
        assert isinstance(entity, Menu)  # noqa: S101 - the section's schema
        return entity


def add_routes(app: web.Application) -> None:
    add_route(app, "POST /menus/{key}/check", post_check, Access(EDIT))


async def load_site(request: web.Request) -> Site:
    async with request.app[DATABASE].reading() as tx:
        return (await load_seen(tx, request)).site


async def stored_draft(request: web.Request, root: str, key: str) -> Draft:
    async with request.app[DATABASE].reading() as tx:
        found = await load_entity(tx, SECTION, key)
    if found is None:
        raise NotFound(key)
    return Draft(root, key, found[1], from_entity(found[0]))


async def typed_draft(request: web.Request) -> Draft:
    """From the whole form of a menu, or from the tree, which has only its keys."""
    post, root = await request.post(), request.match_info["key"]
    typed = read_form(Menu, post)
    version = whole_number(str(post.get("version", ""))) or 0
    if "menu" not in post:  # the form of a menu; a new one has no key in the address
        return Draft(root, str(typed["key"] or root), version, typed | {"key": typed["key"] or root})
    draft = await stored_draft(request, root, str(post["menu"]))
    return Draft(root, draft.key, version, draft.values | {"options": typed["options"]})


async def post_check(request: web.Request) -> web.StreamResponse:
    """Nothing is stored: the answer is what would be said when it were."""
    draft, site = await typed_draft(request), await load_site(request)
    problems, advice = judge(draft, site)
    context: dict[str, Any] = {"problems": [tell(each) for each in problems], "advice": [tell(each) for each in advice]}
    return await page(request, "menu_check.html", **context)


def judge(draft: Draft, site: Site) -> tuple[list[Problem], list[Problem]]:
    """What keeps it from being stored, and what may be stored but should not stay so."""
    try:
        menu = draft.menu()
    except Invalid as error:
        return error.problems, []
    wanted = site.replaced(SECTION, menu.key, menu)
    known = {(each.path, each.text()) for each in check_site(site)}
    problems = [each for each in check_site(wanted) if (each.path, each.text()) not in known]
    return problems, advise(wanted, menu.key) if not problems else []


def tell(problem: Problem) -> str:
    """The sentence with the menu and the row it is about."""
    text, path = problem_text(problem), problem.path
    if len(path) > 3 and path[2] == "options" and isinstance(path[3], int):
        return _("{menu}, row {row}: {text}", menu=path[1], row=path[3] + 1, text=text)
    return f"{path[1]}: {text}" if len(path) > 1 and path[1] else text
