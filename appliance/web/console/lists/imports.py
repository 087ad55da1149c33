"""Imports of files into a list: sent, laid out, started, watched, stopped, and what was rejected."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from aiohttp import web

from appliance.core.access import FLOOR, VIEW
from appliance.core.lists.layout import ENCODINGS, SEPARATORS, SHAPES, USES, Layout
from appliance.core.lists.rows import Reject
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.errors import NotFound
from appliance.services.imports import intake
from appliance.services.imports.ground import list_country
from appliance.services.imports.intake import MOST_BYTES, Kept, forget_file, import_of, keep_file, look, open_import
from appliance.store.lists.imports import Import, delete_mapping, load_mappings
from appliance.web.access import Access, Handler, add_route
from appliance.web.console.csv_files import ROOM
from appliance.web.console.lists.layouts import countries, read_layout
from appliance.web.console.lists.words import IMPORT_STATES
from appliance.web.console.row_lists import Column, send_csv
from appliance.web.keys import DATABASE, IMPORTS, PERSON, SESSION, SIGHT
from appliance.web.language import _
from appliance.web.numbers import whole_number
from appliance.web.pages import go_to, page, part
from appliance.web.shown import problem_text
from appliance.web.sight import load_seen

ONE = "/lists/{key}/imports/{import_id:[0-9]{1,15}}"
BATCH = 500


def add_routes(app: web.Application) -> None:
    do = Access(FLOOR)
    add_route(app, "GET /lists/{key}/import", get_upload, do)
    add_route(app, "POST /lists/{key}/import", post_upload, Access(FLOOR, max_body=MOST_BYTES + ROOM))
    add_route(app, f"GET {ONE}", get_import, Access(VIEW))
    add_route(app, f"GET {ONE}/progress", get_progress, Access(VIEW))
    add_route(app, f"GET {ONE}/rejects.csv", get_rejects, Access(VIEW))
    acts: dict[str, Handler] = {
        "layout": post_layout,
        "start": post_start,
        "cancel": post_cancel,
        "resume": post_resume,
    }
    for act, handler in acts.items():
        add_route(app, f"POST {ONE}/{act}", handler, do)
    add_route(app, f"POST {ONE}/forget", post_forget, do)


async def get_upload(request: web.Request, refused: Invalid | None = None) -> web.StreamResponse:
    key = request.match_info["key"]
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    if key not in site.lists:
        raise NotFound(f"lists.{key}")
    errors = [problem_text(each) for each in refused.problems] if refused else []
    code = list_country(site, key)
    country = countries().get(code, code)
    context = {"list": site.lists[key], "errors": errors, "country": country, "most_mb": MOST_BYTES >> 20}
    return await page(request, "lists/upload.html", status=422 if refused else 200, **context)


async def post_upload(request: web.Request) -> web.StreamResponse:
    key, file = request.match_info["key"], (await request.post()).get("file")
    if not isinstance(file, web.FileField) or not file.filename:
        return await get_upload(request, Invalid([Problem(("file",), N_("choose a file"))]))
    folder = request.app[IMPORTS].folder
    try:
        path, found = await keep_file(folder, file.file)
    except Invalid as refused:
        return await get_upload(request, refused)
    finally:
        file.file.close()
    kept = Kept(path, file.filename, (folder / path).stat().st_size, found)
    try:
        async with request.app[DATABASE].reading() as tx:
            site = (await load_seen(tx, request)).site
        async with request.app[DATABASE].transaction() as tx:
            import_id = await open_import(tx, site, key, kept, by=request[PERSON].login)
    except Exception:
        await forget_file(folder, path)
        raise
    return go_to(request, f"/lists/{key}/imports/{import_id}")


async def _load(request: web.Request) -> Import:
    import_id = whole_number(request.match_info["import_id"])
    async with request.app[DATABASE].reading() as tx:
        return await import_of(tx, request.match_info["key"], import_id or 0)


async def get_import(request: web.Request) -> web.StreamResponse:
    found = await _load(request)
    return await _draft(request, found) if found.state == "draft" else await _ended_or_not(request, found, page)


async def get_progress(request: web.Request) -> web.StreamResponse:
    """A piece of the page, as long as it runs."""

    async def piece(request: web.Request, _template: str, **context: Any) -> web.Response:
        return part(request, "lists/progress.html", csrf=request[SESSION].csrf_token, **context)

    return await _ended_or_not(request, await _load(request), piece)


async def _ended_or_not(request: web.Request, found: Import, answer: Any) -> web.Response:
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    done_pct = 100 * found.done_bytes // max(1, found.size_bytes)
    context = {"list": site.lists[found.list], "found": found, "done_pct": min(100, done_pct)}
    context |= {"import_states": IMPORT_STATES, "may_import": request[PERSON].role in FLOOR}
    context["is_prepared"] = await asyncio.to_thread(intake.is_prepared, request.app[IMPORTS].folder, found)
    response: web.Response = await answer(request, "lists/import.html", **context)
    return response


async def _draft(
    request: web.Request, found: Import, layout: Layout | None = None, refused: Invalid | None = None
) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        site, mappings = (await load_seen(tx, request)).site, await load_mappings(tx, request[SIGHT])
    seen = await look(site, request.app[IMPORTS].folder, found, layout)
    context = {"list": site.lists[found.list], "found": found, "look": seen, "uses": USES, "shapes": SHAPES}
    context |= {"country": list_country(site, found.list), "countries": countries()}
    context |= {"encodings": ENCODINGS, "separators": SEPARATORS, "mappings": list(mappings), "agents": site.agents}
    context["kept_as"] = _kept_as(seen.layout, mappings)
    context |= {"reason_of": reason_of, "errors": [problem_text(each) for each in refused.problems] if refused else []}
    return await page(request, "lists/layout.html", status=422 if refused else 200, **context)


def _kept_as(layout: Layout, mappings: Mapping[str, dict[str, Any]]) -> str:
    """The kept layout whose columns these are, as it was found or chosen."""
    columns = layout.model_dump()["columns"]
    return next((name for name, saved in mappings.items() if saved.get("columns") == columns), "")


def reason_of(reject: Any) -> str:
    """Empty for a contact that can be imported."""
    return _(reject.reason, value=reject.value) if isinstance(reject, Reject) else ""


async def post_layout(request: web.Request) -> web.StreamResponse:
    """What the first rows would be under another layout."""
    found, form = await _load(request), await request.post()
    if found.state != "draft":
        return go_to(request, f"/lists/{found.list}/imports/{found.import_id}")
    async with request.app[DATABASE].reading() as tx:
        saved = (await load_mappings(tx, request[SIGHT])).get(str(form.get("mapping", "")))
    chosen = await read_layout(request, found, form)
    layout, refused = chosen.layout, chosen.refused
    if saved is not None and form.get("act") == "use":
        kept = Layout.model_validate(saved)
        columns = [*kept.columns[: len(layout.columns)], *layout.columns[len(kept.columns) :]]
        layout = layout.model_copy(update={"columns": columns, "has_header": kept.has_header, "shape": kept.shape})
    return await _draft(request, found, layout, refused)


async def post_start(request: web.Request) -> web.StreamResponse:
    found, form = await _load(request), await request.post()
    if found.state != "draft":
        return _again(request, found)
    chosen, keep_as = await read_layout(request, found, form), str(form.get("keep_as", "")).strip()[:80]
    if chosen.is_new or chosen.refused is not None:  # nobody has seen what the rows are so
        return await _draft(request, found, chosen.layout, chosen.refused)
    try:
        async with request.app[DATABASE].transaction() as tx:
            if keep_as in await load_mappings(tx) and keep_as not in await load_mappings(tx, request[SIGHT]):
                raise Invalid([Problem(("keep_as",), N_("another layout is kept under this name"))])
            await intake.start_import(tx, found, chosen.layout, keep_as=keep_as, by=request[PERSON].login)
    except Invalid as refused:
        return await _draft(request, found, chosen.layout, refused)
    return _again(request, found)


async def post_cancel(request: web.Request) -> web.StreamResponse:
    found = await _load(request)
    async with request.app[DATABASE].transaction() as tx:
        await intake.cancel_import(tx, found, by=request[PERSON].login)
    return _again(request, found)


async def post_resume(request: web.Request) -> web.StreamResponse:
    found = await _load(request)
    async with request.app[DATABASE].transaction() as tx:
        await intake.resume_import(tx, found, by=request[PERSON].login)
    return _again(request, found)


async def post_forget(request: web.Request) -> web.StreamResponse:
    """A kept layout that nobody wants any more."""
    found, name = await _load(request), str((await request.post()).get("mapping", ""))
    async with request.app[DATABASE].transaction() as tx:
        if name in await load_mappings(tx, request[SIGHT]):
            await delete_mapping(tx, name)
    return _again(request, found)


def _again(request: web.Request, found: Import) -> web.Response:
    request.app[IMPORTS].poke()
    return go_to(request, f"/lists/{found.list}/imports/{found.import_id}")


async def get_rejects(request: web.Request) -> web.StreamResponse:
    """Each row with its number and reason before it, so that it can be mended and sent again."""
    found = await _load(request)
    names = [each["name"] for each in found.options["layout"]["columns"]]
    columns: list[Column[list[str]]] = [
        Column("row", N_("Row"), lambda row: row[0]),
        Column("reason", N_("Reason"), lambda row: _(row[1], value=row[2])),
    ]
    columns += [Column(str(index), name, partial(_cell, index + 3)) for index, name in enumerate(names)]
    rows = intake.rejects(request.app[IMPORTS].folder, found)
    return await send_csv(request, f"{found.list}-rejects-{found.import_id}", columns, _batches(rows))


def _cell(index: int, row: list[str]) -> str:
    return row[index] if index < len(row) else ""


async def _batches(rows: Iterator[list[str]]) -> AsyncIterator[list[list[str]]]:
    while some := await asyncio.to_thread(lambda: list(islice(rows, BATCH))):
        yield some
