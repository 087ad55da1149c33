"""The page of a list: how far it is, its contacts, its results as a file, and emptying it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import EDIT, FLOOR, VIEW
from appliance.core.contacts import MOST_FIELDS
from appliance.core.words import N_
from appliance.services.errors import NotFound
from appliance.services.list_contacts import empty_list
from appliance.store.dialing.states import load_states
from appliance.store.lists.imports import load_imports
from appliance.store.lists.members import (
    Member,
    MemberFilter,
    count_lists,
    count_states,
    load_batch,
    load_members,
    newest_fields,
)
from appliance.web.access import Access, add_route
from appliance.web.console.columns import Asked
from appliance.web.console.entities import list_page
from appliance.web.console.facets import Facet
from appliance.web.console.lists.words import IMPORT_STATES, RESULTS, STATES
from appliance.web.console.row_lists import Column, RowTable, in_batches, read_rows_asked, send_csv
from appliance.web.keys import DATABASE, PERSON
from appliance.web.language import _
from appliance.web.pages import go_to, page
from appliance.web.shown import use_zone
from appliance.web.sight import load_seen

COLUMNS: tuple[Column[Member], ...] = (
    Column("name", N_("Name"), lambda each: each.name),
    Column("company", N_("Company"), lambda each: each.company),
    Column("number", N_("Number"), lambda each: each.number),
    Column("key", N_("Key of its own"), lambda each: each.own_key),
    Column("priority", N_("Priority"), lambda each: each.priority),
    Column("owner", N_("Agent who owns it"), lambda each: each.owner),
    Column("zone", N_("Time zone"), lambda each: each.zone),
    Column("state", N_("State"), lambda each: each.state),
    Column("tries", N_("Tries"), lambda each: each.tries),
    Column("result", N_("Last outcome"), lambda each: each.result),
    Column("disposition", N_("Disposition"), lambda each: each.disposition),
    Column("last", N_("Last called"), lambda each: each.last_at),
    Column("next", N_("Next try"), lambda each: each.next_at),
    Column("added", N_("Added"), lambda each: each.added_at),
)
_SORTED = ("name", "priority", "tries", "last", "next", "added")
SORTABLE = tuple(column for column in COLUMNS if column.name in _SORTED)
ONE = "/lists/{key}/contacts"


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /lists", get_lists, Access(VIEW))
    add_route(app, f"GET {ONE}", get_list, Access(VIEW))
    add_route(app, f"GET {ONE}.csv", get_csv, Access(VIEW))
    add_route(app, "GET /lists/{key}/empty", get_empty, Access(EDIT))
    add_route(app, "POST /lists/{key}/empty", post_empty, Access(EDIT))


async def get_lists(request: web.Request) -> web.StreamResponse:
    """Whoever opens a list wants its contacts; its settings are one step further."""
    async with request.app[DATABASE].reading() as tx:
        site, archived = (await load_seen(tx, request)).site, await _archived(tx)
        counts = await count_lists(tx, list(site.lists))
    callers = {called.list: each.key for each in site.dialers.values() for called in each.lists}
    return await list_page(request, "lists", "lists/list.html", callers=callers, archived=archived, counts=counts)


async def _archived(tx: AsyncSession) -> set[str]:
    """Dialers that still hold their lists, and call nobody."""
    return {key for key, each in (await load_states(tx)).items() if each.state == "archived"}


async def get_list(request: web.Request) -> web.StreamResponse:
    key = request.match_info["key"]
    await use_zone(request.cookies.get("zone", ""))
    asked = _asked(request.query)
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
        if key not in site.lists:
            raise NotFound(f"lists.{key}")
        states, imports = await count_states(tx, key), await load_imports(tx, key, 5)
        archived = await _archived(tx)
        members, found = await load_members(tx, _filter(key, asked))
    total, pages = sum(states.values()), max(1, -(-found // asked.size))
    table = RowTable(members, SORTABLE, asked, pages, found, total, _facets(asked))
    return await page(
        request,
        "lists/contacts.html",
        list_path=f"/lists/{key}/contacts",
        list=site.lists[key],
        site=site,
        table=table,
        counts=states,
        imports=imports,
        states=STATES,
        results=RESULTS,
        import_states=IMPORT_STATES,
        archived=archived,
        callers=[each for each in site.dialers.values() if any(part.list == key for part in each.lists)],
        may_import=request[PERSON].role in FLOOR,
    )


def _asked(query: Mapping[str, str]) -> Asked:
    filters = {name: query.get(name, "")[:20] for name in ("state", "result")}
    return read_rows_asked(query, filters, _SORTED, usual_sort="added")


def _filter(key: str, asked: Asked) -> MemberFilter:
    return MemberFilter(
        list=key,
        search=asked.search,
        state=asked.filters.get("state", ""),
        result=asked.filters.get("result", ""),
        sort=asked.sort.removeprefix("-"),
        descending=asked.sort.startswith("-"),
        page=asked.page,
        size=asked.size,
    )


def _facets(asked: Asked) -> list[Facet]:
    kinds = (("state", N_("State"), STATES), ("result", N_("Last outcome"), RESULTS))
    return [
        Facet(name, title, asked.filters.get(name, ""), [(value, _(text)) for value, text in words.items()])
        for name, title, words in kinds
    ]


async def get_csv(request: web.Request) -> web.StreamResponse:
    """The results so far: every contact that is asked for, with what came of it. While it is being called too."""
    key = request.match_info["key"]
    await use_zone(request.cookies.get("zone", ""))
    async with request.app[DATABASE].reading() as tx:
        if key not in (await load_seen(tx, request)).site.lists:
            raise NotFound(f"lists.{key}")
        fields = sorted(await newest_fields(tx, [key]))[:MOST_FIELDS]
    read = partial(load_batch, wanted=_filter(key, _asked(request.query)))
    columns = (*COLUMNS, *_field_columns(fields))
    return await send_csv(request, f"{key}-results", columns, in_batches(request.app[DATABASE], read))


def _field_columns(names: Sequence[str]) -> list[Column[Member]]:
    """One for each field that the newest contacts have, and one for what older ones have beside."""

    def others(each: Member) -> dict[str, Any]:
        return {name: value for name, value in each.fields.items() if name not in names}

    own = [Column(f"field.{name}", name, partial(_field, name)) for name in names]
    return [*own, Column("fields", N_("Further fields"), others)]


def _field(name: str, each: Member) -> Any:
    return each.fields.get(name, "")


async def get_empty(request: web.Request) -> web.StreamResponse:
    key = request.match_info["key"]
    async with request.app[DATABASE].reading() as tx:
        site, counts = (await load_seen(tx, request)).site, await count_states(tx, key)
    if key not in site.lists:
        raise NotFound(f"lists.{key}")
    return await page(request, "lists/empty.html", list=site.lists[key], count=sum(counts.values()))


async def post_empty(request: web.Request) -> web.StreamResponse:
    key = request.match_info["key"]
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    await empty_list(request.app[DATABASE], site, key, by=request[PERSON].login)
    return go_to(request, f"/lists/{key}/contacts")
