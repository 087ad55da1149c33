"""The tree editor: all levels of a menu at once, one of its menus open for changes; a phone can be rung into it."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from appliance.core.access import EDIT, VIEW
from appliance.core.entities.menus import Menu
from appliance.core.problems import Invalid, Problem
from appliance.core.site import Site
from appliance.services.entities import create_entity, parse_entity, save_entity
from appliance.services.errors import NotFound, Stale
from appliance.services.menu_preview import CannotCall
from appliance.services.prompts import SpeechError
from appliance.web.access import Access, add_route
from appliance.web.console.menu_draft import SECTION, Draft, judge, load_site, stored_draft, tell, typed_draft
from appliance.web.console.menus import menu_tree
from appliance.web.forms.form import Control, Filled, make_form
from appliance.web.forms.reading import change_rows
from appliance.web.keys import APPLIER, DATABASE, MENU_PREVIEW, PERSON
from appliance.web.language import _, language
from appliance.web.pages import go_to, page
from appliance.web.targets import target_of

ROW_ACTIONS = ("add", "remove", "up", "down")


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /menus/{key}/tree", get_tree, Access(VIEW))
    add_route(app, "POST /menus/{key}/tree", post_tree, Access(EDIT))


async def get_tree(request: web.Request) -> web.StreamResponse:
    root = request.match_info["key"]
    return await _page(request, await stored_draft(request, root, request.query.get("edit", root)))


async def post_tree(request: web.Request) -> web.StreamResponse:
    """Row buttons redraw the page; the others save, save with a new menu below, or ring a phone."""
    post, draft = await request.post(), await typed_draft(request)
    for action in ROW_ACTIONS:
        if f"_{action}" in post:
            return await _page(
                request, draft.with_values(change_rows(Menu, draft.values, action, str(post[f"_{action}"])))
            )
    try:
        if "_call" in post:
            return await _call(request, draft, str(post.get("phone", "")))
        await _save(request, draft, _below(post) if "_submenu" in post else None)
    except Invalid as error:
        return await _page(request, draft, error.problems, status=422)
    except Stale:
        return await _page(request, draft, stale=True, status=409)
    request.app[APPLIER].poke()
    return go_to(request, f"/menus/{draft.root}/tree?edit={draft.key}&saved={draft.key}")


def _below(post: Mapping[str, Any]) -> tuple[str, Menu]:
    """The key that leads to it, and the new menu itself: with a way back, so that it is whole from the start."""
    names = {name: str(post.get(f"sub_{name}", "")).strip() for name in ("key", "name", "prompt")}
    back = {"digit": "*", "label": _("Back"), "destination": "back"}
    menu = parse_entity(SECTION, {**names, "options": [back]})
    assert isinstance(menu, Menu)  # noqa: S101 - the section's schema
    return str(post.get("sub_digit", "")), menu


async def _save(request: web.Request, draft: Draft, below: tuple[str, Menu] | None) -> None:
    by = request[PERSON].login
    if below is not None:
        digit, menu = below
        row = {"digit": digit, "label": menu.name, "destination": f"menu:{menu.key}"}
        draft = draft.with_values({**draft.values, "options": [*draft.values["options"], row]})
    changed = draft.menu()
    async with request.app[DATABASE].transaction() as tx:
        if below is not None:
            await create_entity(tx, SECTION, below[1], by=by)
        await save_entity(tx, SECTION, changed, version=draft.version, by=by)


async def _call(request: web.Request, draft: Draft, phone: str) -> web.StreamResponse:
    """The draft need not be good enough to be stored; what stands in it must be readable."""
    site = await load_site(request)
    if phone not in site.extensions or MENU_PREVIEW not in request.app:
        raise NotFound(phone)
    try:
        await call_into(request, site, draft.menu(), phone)
    except (CannotCall, SpeechError) as error:
        return await _page(request, draft, trouble=str(error), phone=phone)
    return await _page(request, draft, ringing=phone, phone=phone)


async def call_into(request: web.Request, site: Site, menu: Menu, phone: str) -> None:
    """Raises CannotCall or SpeechError."""
    previews = request.app[MENU_PREVIEW]
    preview = previews.prepare(site.replaced(SECTION, menu.key, menu), menu.key)
    words = {
        each: _("Here the call would go on to: {target}.", target=target_of(site, each).title) for each in preview.told
    }
    await previews.call(preview, phone, words=words, language=language())


async def _page(
    request: web.Request, draft: Draft, problems: Sequence[Problem] = (), *, status: int = 200, **context: Any
) -> web.StreamResponse:
    site = await load_site(request)
    if draft.root not in site.menus:
        raise NotFound(draft.root)
    form = make_form(Filled(SECTION, draft.key, draft.version, draft.values), site, problems)
    rows = next(each for group in form.groups for each in group.plain if each.name == "options")
    wrong, advice = judge(draft, site)
    defaults = {"ringing": "", "trouble": "", "stale": False, "phone": _own_phone(request, site)}
    return await page(
        request,
        "menu_tree.html",
        status=status,
        site=site,
        tree=menu_tree(_drawn(draft, site), draft.root),
        draft=draft,
        form=form,
        rows=rows,
        free_digit=_free_digit(draft),
        others=_others(form.errors, rows, problems),
        problems=[tell(each) for each in wrong],
        advice=[tell(each) for each in advice],
        **{**defaults, **context},
    )


def _others(errors: list[str], rows: Control, problems: Sequence[Problem]) -> list[str]:
    """What belongs to no row of this page."""
    return errors or ([] if rows.has_errors() else [tell(each) for each in problems])


def _drawn(draft: Draft, site: Site) -> Site:
    try:
        return site.replaced(SECTION, draft.key, draft.menu())
    except Invalid:
        return site


def _free_digit(draft: Draft) -> str:
    taken = {str(row["digit"]) for row in draft.values["options"]}
    return next((digit for digit in "1234567890*#" if digit not in taken), "1")


def _own_phone(request: web.Request, site: Site) -> str:
    agent = site.agents.get(request[PERSON].agent)
    return agent.extension if agent is not None else ""
