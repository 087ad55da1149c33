"""CSV import of the blacklist and the VIP list, with the columns that their export writes."""

from collections import Counter
from functools import partial
from typing import Any

from aiohttp import web

from appliance.core.access import EDIT
from appliance.core.csv_rows import Columns
from appliance.core.list_rows import LISTS, MAX_ROWS, JudgedEntry, seal_of
from appliance.core.problems import Invalid
from appliance.core.site import SECTIONS
from appliance.services.errors import Stale
from appliance.services.list_files import ListFile, import_list, preview_list
from appliance.web.access import Access, add_route
from appliance.web.console.csv_files import ROOM, ask_for_file, sent_csv
from appliance.web.console.exports import stored_text
from appliance.web.forms.schema import fields_of
from appliance.web.keys import APPLIER, DATABASE, PERSON
from appliance.web.language import _, every_word
from appliance.web.navigation import section_path
from appliance.web.pages import page
from appliance.web.shown import problem_text

MAX_FILE = 4 << 20
SHOWN = 300  # rows on a page; the refused come first
EXAMPLES = {
    "blacklist": "key,reason,only_for,expires\n+51900000001,nuisance,,2027-01-31\n5551*,,+5115550100|+5115550200,",
    "vips": "key,name,priority,destination,expires\n+51900000002,Ana Ruiz,10,,\n5550777,Our bank,,agent:ana-lopez,",
}


def add_routes(app: web.Application) -> None:
    for section in LISTS:
        path = f"{section_path(section)}/import"
        add_route(app, f"GET {path}", partial(get_import, section=section), Access(EDIT))
        add_route(app, f"POST {path}", partial(post_import, section=section), Access(EDIT, max_body=MAX_FILE + ROOM))
        confirm = partial(post_confirm, section=section)
        add_route(app, f"POST {path}/confirm", confirm, Access(EDIT, max_body=2 * MAX_FILE))


def columns_of(section: str) -> Columns:
    """A column may be named as the field is, or as the export names it in any language."""
    fields = fields_of(SECTIONS[section])
    names = {word.casefold(): field.name for field in fields for word in every_word(field.title)}
    names |= {field.name: field.name for field in fields}
    needed = tuple(field.name for field in fields if field.is_required)
    return Columns(names, needed, MAX_ROWS)


async def get_import(request: web.Request, section: str, refused: Invalid | None = None) -> web.StreamResponse:
    context = _about(section) | {"limit": MAX_ROWS, "columns": columns_of(section).known, "example": EXAMPLES[section]}
    return await ask_for_file(request, "list_import.html", refused, **context)


async def post_import(request: web.Request, section: str) -> web.StreamResponse:
    """Nothing is stored: the preview carries the file to the next step."""
    try:
        return await _preview(request, section, await sent_csv(request, MAX_FILE))
    except Invalid as refused:
        return await get_import(request, section, refused)


async def _preview(request: web.Request, section: str, text: str, *, is_stale: bool = False) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        judged = await preview_list(tx, ListFile(section, text, columns_of(section)))
    more = {"text": text, "seal": seal_of(judged), "is_stale": is_stale}
    status = 409 if is_stale else 200
    return await page(request, "list_import_preview.html", status=status, **_about(section), **_told(judged), **more)


async def post_confirm(request: web.Request, section: str) -> web.StreamResponse:
    form = await request.post()
    text, seal = str(form.get("text", "")), str(form.get("seal", ""))
    try:
        async with request.app[DATABASE].transaction() as tx:
            by = request[PERSON].login
            judged = await import_list(tx, ListFile(section, text, columns_of(section)), seal=seal, by=by)
    except Invalid as refused:
        return await get_import(request, section, refused)
    except Stale:
        return await _preview(request, section, text, is_stale=True)
    request.app[APPLIER].poke()
    return await page(request, "list_import_report.html", **_about(section), **_told(judged))


def _about(section: str) -> dict[str, Any]:
    titles = {field.name: _(field.title) for field in fields_of(SECTIONS[section])}
    return {"kind": SECTIONS[section], "base": section_path(section), "titles": titles}


def _told(judged: list[JudgedEntry]) -> dict[str, Any]:
    """What a page says of the rows: all are counted, the first are shown."""
    order = ("refused", "changed", "new", "same")
    rows = sorted(judged, key=lambda each: (order.index(each.verdict), each.row.line))
    return {
        "rows": rows[:SHOWN],
        "total": len(rows),
        "counts": Counter(each.verdict for each in judged),
        "problem_text": problem_text,
        "stored_text": stored_text,
    }
