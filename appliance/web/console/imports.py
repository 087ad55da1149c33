"""A site of FreePBX or Issabel: choose its files, read what would become of them, confirm."""

import asyncio
import secrets
from collections import Counter
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance.core.access import EDIT
from appliance.core.freepbx import Finding, Imported, folded, row_ranges
from appliance.core.problems import Invalid
from appliance.core.site import SECTIONS
from appliance.services.freepbx import Export, import_export, parse_export, preview_export
from appliance.web.access import Access, add_route
from appliance.web.keys import APPLIER, DATABASE, PERSON
from appliance.web.language import _
from appliance.web.pages import page
from appliance.web.shown import problem_text

PATH = "/import/freepbx"
MAX_FILES = 8 << 20
MOST_LINES = 400  # of the report on a page; the command prints all
TEMPLATE = "import_freepbx.html"


@dataclass(frozen=True)
class Kept:
    """What somebody has uploaded and not yet confirmed. It holds passwords of phones: so it is not in the page."""

    token: str
    export: Export
    replace: bool


KEPT: web.AppKey[dict[str, Kept]] = web.AppKey("freepbx_exports", dict)  # by login: the newest of each


def add_routes(app: web.Application) -> None:
    app[KEPT] = {}
    add_route(app, f"GET {PATH}", get_import, Access(EDIT))
    add_route(app, f"POST {PATH}", post_import, Access(EDIT, max_body=MAX_FILES))
    add_route(app, f"POST {PATH}/confirm", post_confirm, Access(EDIT))


async def get_import(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def post_import(request: web.Request) -> web.StreamResponse:
    """Nothing is stored: the files wait here for their confirmation."""
    form = await request.post()
    export = await asyncio.to_thread(_parse, form.getall("files", []))
    if not export.tables:
        found = [f"{each.file}: {finding_text(each)}" for each in export.findings]
        return await _page(request, status=422, errors=found or [_("Choose at least one CSV file.")])
    kept = Kept(secrets.token_urlsafe(12), export, "replace" in form)
    try:
        imported = await preview_export(request.app[DATABASE], export, replace=kept.replace)
    except Invalid as error:
        return await _page(request, status=422, errors=_refusals(error))
    request.app[KEPT][request[PERSON].login] = kept
    return await _page(request, kept=kept, **_report(imported))


async def post_confirm(request: web.Request) -> web.StreamResponse:
    kept = request.app[KEPT].pop(request[PERSON].login, None)
    if kept is None or kept.token != (await request.post()).get("token"):
        return await _page(request, status=409, errors=[_("These files are no longer here. Choose them again.")])
    by = request[PERSON].login
    try:
        imported, changes = await import_export(request.app[DATABASE], kept.export, replace=kept.replace, by=by)
    except Invalid as error:
        return await _page(request, status=422, errors=_refusals(error))
    request.app[APPLIER].poke()
    return await _page(request, is_done=True, is_changed=bool(changes), **_report(imported))


async def _page(request: web.Request, status: int = 200, **facts: Any) -> web.StreamResponse:
    empty: dict[str, Any] = {
        "errors": [],
        "kept": None,
        "is_done": False,
        "is_changed": False,
        "lines": None,
        "path": PATH,
    }
    return await page(request, TEMPLATE, status=status, **{**empty, **facts})


def _parse(given: list[Any]) -> Export:
    files = {}
    for each in given:
        if isinstance(each, web.FileField):
            with each.file:
                files[each.filename] = each.file.read()
    return parse_export(files)


def _refusals(error: Invalid) -> list[str]:
    return [f"{'.'.join(map(str, each.path))}: {problem_text(each)}" for each in error.problems]


def finding_text(finding: Finding) -> str:
    return _(finding.message, **finding.context)


def _report(imported: Imported) -> dict[str, Any]:
    lines = [(finding, row_ranges(rows), finding_text(finding)) for finding, rows in folded(imported.findings)]
    counts = Counter(each.section for each in imported.taken)
    return {
        "lines": lines[:MOST_LINES],
        "more": len(lines) - MOST_LINES,
        "taken": [(_(SECTIONS[section].PLURAL), count) for section, count in counts.items()],
    }
