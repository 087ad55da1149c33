"""The do-not-call list as a page: looked at, added to, taken from, imported and exported."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from aiohttp import web

from appliance.core.access import EDIT, FLOOR, VIEW
from appliance.core.do_not_call import last_day
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.do_not_call import add_entry, check_own, import_entries, load_own_entry, remove_entry
from appliance.services.imports.intake import Kept, forget_file, keep_file, plain_rows
from appliance.store.dialing.do_not_call import Entry, EntryFilter, list_entries, load_entries, load_others
from appliance.store.dialing.recycling import count_kept
from appliance.web.access import Access, add_route
from appliance.web.console.columns import Asked
from appliance.web.console.csv_files import ROOM
from appliance.web.console.facets import Facet
from appliance.web.console.row_lists import Column, RowTable, in_batches, read_rows_asked, send_csv
from appliance.web.keys import DATABASE, IMPORTS, PERSON, SIGHT
from appliance.web.language import _
from appliance.web.numbers import whole_number
from appliance.web.pages import go_to, page
from appliance.web.shown import problem_text, use_zone
from appliance.web.sight import load_seen

MOST_BYTES = 128 << 20
BASE, ONE = "/do-not-call", "/do-not-call/{entry_id:[0-9]{1,15}}"
SOURCES = {
    "console": N_("Console"),
    "api": N_("API"),
    "import": N_("File"),
    "agent": N_("Agent"),
    "caller": N_("The person called"),
}
COLUMNS: tuple[Column[Entry], ...] = (
    Column("number", N_("Number"), lambda each: f"{each.number}*" if each.is_prefix else each.number),
    Column("campaign", N_("Campaign"), lambda each: each.campaign),
    Column("reason", N_("Reason"), lambda each: each.reason),
    Column("expires", N_("Expires"), lambda each: last_day(each.expires_at)),
    Column("source", N_("Source"), lambda each: each.source),
    Column("added", N_("Added"), lambda each: each.created_at),
    Column("by", N_("By"), lambda each: each.created_by),
)
SORTABLE = tuple(each for each in COLUMNS if each.name == "added")


def add_routes(app: web.Application) -> None:
    add_route(app, f"GET {BASE}", get_list, Access(VIEW))
    add_route(app, f"GET {BASE}.csv", get_csv, Access(VIEW))
    add_route(app, f"POST {BASE}", post_entry, Access(FLOOR))
    add_route(app, f"GET {ONE}/remove", get_remove, Access(FLOOR))
    add_route(app, f"POST {ONE}/remove", post_remove, Access(FLOOR))
    add_route(app, f"GET {BASE}/import", get_import, Access(EDIT))
    add_route(app, f"POST {BASE}/import", post_import, Access(EDIT, max_body=MOST_BYTES + ROOM))


async def get_list(
    request: web.Request, refused: Invalid | None = None, typed: Mapping[str, str] = {}
) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    asked = read_rows_asked(request.query, _filters(request.query), ("added",), usual_sort="-added")
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
        entries, found = await list_entries(tx, _filter(request, asked))
        _everything, total = await list_entries(tx, EntryFilter(campaigns=_campaigns(request), size=1))
    names = [(key, each.name) for key, each in site.campaigns.items()]
    facets = [
        Facet("campaign", N_("Campaign"), asked.filters.get("campaign", ""), names),
        Facet(
            "source", N_("Source"), asked.filters.get("source", ""), [(key, _(text)) for key, text in SOURCES.items()]
        ),
    ]
    table = RowTable(entries, SORTABLE, asked, max(1, -(-found // asked.size)), found, total, facets)
    errors = {str(each.path[0]): problem_text(each) for each in refused.problems} if refused else {}
    context: dict[str, Any] = {
        "section": "do_not_call",
        "table": table,
        "site": site,
        "sources": SOURCES,
        "errors": errors,
        "typed": typed,
        "last_day": last_day,
        "at": now(),
        "may_remove_all": not request[SIGHT].is_limited,
    }
    context |= {"may_add": request[PERSON].role in FLOOR, "may_import": request[PERSON].role in EDIT}
    return await page(request, "do_not_call.html", status=422 if refused else 200, **context)


def _filters(query: Mapping[str, str]) -> dict[str, str]:
    return {name: query.get(name, "")[:40] for name in ("campaign", "source")}


def _campaigns(request: web.Request) -> frozenset[str] | None:
    """Those in sight; None for all."""
    return request[SIGHT].campaigns if request[SIGHT].is_limited else None


def _filter(request: web.Request, asked: Asked) -> EntryFilter:
    return EntryFilter(
        search="".join(asked.search.replace("*", "").split()),
        campaign=asked.filters.get("campaign", ""),
        source=asked.filters.get("source", ""),
        campaigns=_campaigns(request),
        descending=asked.sort.startswith("-"),
        page=asked.page,
        size=asked.size,
    )


async def get_csv(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    asked = read_rows_asked(request.query, _filters(request.query), ("added",), usual_sort="-added")
    read = partial(load_entries, wanted=_filter(request, asked))
    return await send_csv(request, "do-not-call", COLUMNS, in_batches(request.app[DATABASE], read))


async def post_entry(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    typed = {name: str(form.get(name, ""))[:300] for name in ("number", "campaign", "reason", "expires")}
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    try:
        async with request.app[DATABASE].transaction() as tx:
            if request[SIGHT].is_limited:
                check_own(typed)
            await add_entry(tx, site, typed, source="console", by=request[PERSON].login)
    except Invalid as refused:
        return await get_list(request, refused, typed)
    return go_to(request, BASE)


async def get_remove(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        entry = await load_own_entry(tx, _entry_id(request), _campaigns(request))
        site, kept = (await load_seen(tx, request)).site, await count_kept(tx, entry)
        others = await load_others(tx, entry, now())
    campaigns = {entry.campaign or each.campaign for each in site.dialers.values()}
    told = [
        (each, contacts)
        for each in site.dialers.values()
        if each.campaign in campaigns and (contacts := sum(kept.get(one.list, 0) for one in each.lists))
    ]
    context: dict[str, Any] = {"entry": entry, "site": site, "sources": SOURCES, "kept": told, "others": others}
    is_covered = any(each.covers(entry) for each in others)
    return await page(request, "do_not_call_remove.html", is_covered=is_covered, **context)


def _entry_id(request: web.Request) -> int:
    return whole_number(request.match_info["entry_id"]) or 0


async def post_remove(request: web.Request) -> web.StreamResponse:
    """What a supervisor of some campaigns does not see is not removed by them either."""
    entry_id = _entry_id(request)
    async with request.app[DATABASE].transaction() as tx:
        await load_own_entry(tx, entry_id, _campaigns(request))
        await remove_entry(tx, entry_id, by=request[PERSON].login)
    return go_to(request, BASE)


async def get_import(request: web.Request, refused: Invalid | None = None) -> web.StreamResponse:
    errors = [problem_text(each) for each in refused.problems] if refused else []
    return await page(request, "do_not_call_import.html", status=422 if refused else 200, errors=errors, report=None)


async def post_import(request: web.Request) -> web.StreamResponse:
    file, folder = (await request.post()).get("file"), request.app[IMPORTS].folder
    if not isinstance(file, web.FileField) or not file.filename:
        return await get_import(request, Invalid([Problem(("file",), N_("choose a file"))]))
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    try:
        path, found = await keep_file(folder, file.file)
    except Invalid as refused:
        return await get_import(request, refused)
    finally:
        file.file.close()
    try:
        rows = await plain_rows(folder, Kept(path, file.filename, 0, found))
        report = await import_entries(request.app[DATABASE], site, rows, by=request[PERSON].login)
    finally:
        await forget_file(folder, path)
    return await page(request, "do_not_call_import.html", errors=[], report=report, problem_text=problem_text)
