"""List, new, edit and delete of whatever has a schema: adding an entity needs no page code."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from aiohttp import web

from appliance.core.access import EDIT, VIEW
from appliance.core.list_rows import LISTS
from appliance.core.problems import Invalid, Problem
from appliance.core.secret_fields import without_secrets
from appliance.core.site import SECTIONS, key_of
from appliance.core.starts import start_of
from appliance.core.words import N_
from appliance.services.entities import create_entity, parse_entity, removable_secrets, remove_entity, save_entity
from appliance.services.errors import InUse, NotFound, Stale
from appliance.store.site import load_entity
from appliance.web.access import Access, add_route
from appliance.web.console.columns import NO_ORDERS, Orders, find_rows, make_table, read_asked
from appliance.web.console.exports import csv_answer, render_csv
from appliance.web.console.hints import hint_of
from appliance.web.console.singles import SECTIONS as SINGLES
from appliance.web.console.uploads import take_uploads
from appliance.web.console.used import map_link, used_in
from appliance.web.forms.form import Filled, make_form
from appliance.web.forms.reading import (
    change_rows,
    doubled_languages,
    empty_values,
    from_entity,
    read_form,
    removed_secrets,
    to_schema,
    without_empty_rows,
)
from appliance.web.keys import APPLIER, DATABASE, PERSON
from appliance.web.navigation import section_path
from appliance.web.numbers import whole_number
from appliance.web.pages import go_to, page
from appliance.web.sight import load_seen

MAX_FORM = 64 << 20  # several sounds of 20 MB
ROW_ACTIONS = ("add", "remove", "up", "down")


def add_routes(app: web.Application) -> None:
    """A section with a list page of its own registers that before and keeps the rest."""
    listed = {route.resource.canonical for route in app.router.routes() if route.resource is not None}
    for section in SECTIONS:
        path = section_path(section)
        pages = EntityPages(section)
        if path not in listed:
            add_route(app, f"GET {path}", pages.get_list, Access(VIEW))
        add_route(app, f"GET {path}.csv", pages.get_csv, Access(VIEW))
        add_route(app, f"GET {path}/_new", pages.get_new, Access(EDIT))
        add_route(app, f"POST {path}/_new", pages.post_new, Access(EDIT, max_body=MAX_FORM))
        add_route(app, f"GET {path}/{{key}}", pages.get_edit, Access(VIEW))
        add_route(app, f"POST {path}/{{key}}", pages.post_edit, Access(EDIT, max_body=MAX_FORM))
        add_route(app, f"GET {path}/{{key}}/used", pages.get_used, Access(VIEW))
        add_route(app, f"GET {path}/{{key}}/delete", pages.get_delete, Access(EDIT))
        add_route(app, f"POST {path}/{{key}}/delete", pages.post_delete, Access(EDIT))


async def list_page(
    request: web.Request, section: str, template: str, *, orders: Orders = NO_ORDERS, **context: Any
) -> web.StreamResponse:
    """The skeleton that every list shares: search, filters, table, paging, empty state, what was just done."""
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    table = make_table(site, section, request.query, orders)
    context |= {"table": table, "site": site, "hint": hint_of(site, section, table.saved)}
    context["can_import"] = section in LISTS
    return await page(request, template, section=section, kind=SECTIONS[section], **context)


class EntityPages:
    """The pages of one section."""

    def __init__(self, section: str) -> None:
        self.section = section
        self.kind = SECTIONS[section]

    async def get_list(self, request: web.Request) -> web.StreamResponse:
        return await list_page(request, self.section, "entity_list.html")

    async def get_csv(self, request: web.Request) -> web.StreamResponse:
        """What the list has, with the same words and filters, on one page."""
        async with request.app[DATABASE].reading() as tx:
            site = (await load_seen(tx, request)).site
        rows = find_rows(site, self.section, read_asked(self.section, request.query), NO_ORDERS)
        return csv_answer(self.section, render_csv(self.section, rows))

    async def get_used(self, request: web.Request) -> web.StreamResponse:
        """Every place, where the page of the entity tells only the first ones."""
        key = request.match_info["key"]
        async with request.app[DATABASE].reading() as tx:
            snapshot = await load_seen(tx, request)
        if key not in snapshot.site.section(self.section):
            raise NotFound(key)
        return await page(
            request,
            "entity_used.html",
            section=self.section,
            kind=self.kind,
            entity=snapshot.site.section(self.section)[key],
            used=used_in(snapshot, self.section, key),
        )

    async def get_new(self, request: web.Request) -> web.StreamResponse:
        values = empty_values(self.kind) | start_of(self.section, request.query.get("kind", ""))
        values |= {name: request.query[name] for name in ("key",) if name in request.query}
        return await self._form(request, Filled(self.section, "", 0, values))

    async def get_edit(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        async with request.app[DATABASE].reading() as tx:
            found = await load_entity(tx, self.section, key)
        if found is None:
            raise NotFound(key)
        values = from_entity(found[0], shows_private=request[PERSON].role in EDIT)
        return await self._form(request, Filled(self.section, key, found[1], values))

    async def post_new(self, request: web.Request) -> web.StreamResponse:
        return await self._post(request, "")

    async def post_edit(self, request: web.Request) -> web.StreamResponse:
        return await self._post(request, request.match_info["key"])

    async def _post(self, request: web.Request, key: str) -> web.StreamResponse:
        """Row buttons only redraw the form; anything else stores it or says at each field why not."""
        post = await request.post()
        values = read_form(self.kind, post)
        if key:
            values["key"] = key
        problems = await take_uploads(request, self.section, values)
        version, removed = whole_number(str(post.get("version", ""))) or 0, removed_secrets(self.kind, post)
        filled = Filled(self.section, key, version, values, removed)
        for action in ROW_ACTIONS:
            if f"_{action}" in post:
                values = change_rows(self.kind, values, action, str(post[f"_{action}"]))
                return await self._form(request, replace(filled, values=values), problems)
        return await self._store(request, filled, problems)

    async def _store(self, request: web.Request, filled: Filled, problems: list[Problem]) -> web.StreamResponse:
        values = without_empty_rows(self.kind, filled.values)
        filled = replace(filled, values=values)
        try:
            saved = await self._save(request, filled, [*problems, *_doubles(filled, self.kind)])
        except Invalid as error:
            return await self._form(request, filled, error.problems, status=422)
        except Stale:
            return await self._form(request, filled, status=409, stale=True)
        request.app[APPLIER].poke()
        return go_to(request, f"{section_path(self.section)}?saved={quote(saved)}")

    async def _save(self, request: web.Request, filled: Filled, problems: list[Problem]) -> str:
        """The key of what was stored."""
        if problems:
            raise Invalid(problems)
        entity = parse_entity(self.section, to_schema(self.kind, filled.values))
        entity, by = without_secrets(entity, filled.removed), request[PERSON].login
        async with request.app[DATABASE].transaction() as tx:
            if filled.key:
                await save_entity(tx, self.section, entity, version=filled.version, by=by)
            else:
                await create_entity(tx, self.section, entity, by=by)
        return key_of(entity)

    async def _form(
        self,
        request: web.Request,
        filled: Filled,
        problems: Sequence[Problem] = (),
        *,
        status: int = 200,
        stale: bool = False,
    ) -> web.StreamResponse:
        async with request.app[DATABASE].reading() as tx:
            snapshot = await load_seen(tx, request)
        form = make_form(filled, snapshot.site, problems, stale=stale)
        used = used_in(snapshot, self.section, filled.key) if filled.key else []
        stored = snapshot.site.section(self.section).get(filled.key)
        return await page(
            request,
            "entity_form.html",
            status=status,
            form=form,
            kind=self.kind,
            values=filled.values,
            used=used,
            on_map=map_link(snapshot, self.section, filled.key),
            site=snapshot.site,
            saved=request.query.get("saved") == filled.key != "",
            is_single=self.section in SINGLES,
            removable=removable_secrets(self.section, stored) if stored else [],
            removed=filled.removed,
        )

    async def get_delete(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        async with request.app[DATABASE].reading() as tx:
            found, snapshot = await load_entity(tx, self.section, key), await load_seen(tx, request)
        if found is None:
            raise NotFound(key)
        return await page(
            request,
            "entity_delete.html",
            section=self.section,
            kind=self.kind,
            entity=found[0],
            version=found[1],
            used=used_in(snapshot, self.section, key, by_others=True),
        )

    async def post_delete(self, request: web.Request) -> web.StreamResponse:
        key, version = request.match_info["key"], whole_number(str((await request.post()).get("version", ""))) or 0
        try:
            async with request.app[DATABASE].transaction() as tx:
                await remove_entity(tx, self.section, key, version=version, by=request[PERSON].login)
        except InUse:
            return go_to(request, f"{section_path(self.section)}/{quote(key)}/delete")
        request.app[APPLIER].poke()
        return go_to(request, f"{section_path(self.section)}?deleted={quote(key)}")


def _doubles(filled: Filled, kind: Any) -> list[Problem]:
    message = N_("this language stands above already")
    key = str(filled.values.get("key", ""))
    doubles = doubled_languages(kind, filled.values)
    return [Problem((filled.section, key, name, index), message) for name, index in doubles]
