"""Users from a CSV file: choose the file, look at what each row would do, choose rows, read the report."""

from collections import Counter

from aiohttp import web

from appliance.core.access import EDIT
from appliance.core.csv_rows import Verdict
from appliance.core.problems import Invalid
from appliance.core.user_rows import MAX_ROWS
from appliance.services.users.bulk import import_users, preview_users
from appliance.web.access import Access, add_route
from appliance.web.console.csv_files import ROOM, ask_for_file, sent_csv
from appliance.web.keys import DATABASE, PERSON
from appliance.web.numbers import whole_number
from appliance.web.pages import page
from appliance.web.shown import problem_text
from appliance.web.stream import tell_sessions_ended

MAX_FILE = 512 << 10


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /users/import", get_import, Access(EDIT))
    add_route(app, "POST /users/import", post_import, Access(EDIT, max_body=MAX_FILE + ROOM))
    add_route(app, "POST /users/import/confirm", post_confirm, Access(EDIT, max_body=4 * MAX_FILE))


async def get_import(request: web.Request, refused: Invalid | None = None) -> web.StreamResponse:
    return await ask_for_file(request, "user_import.html", refused, limit=MAX_ROWS)


async def post_import(request: web.Request) -> web.StreamResponse:
    """Nothing is stored: the preview carries the file to the next step."""
    try:
        return await _preview(request, await sent_csv(request, MAX_FILE))
    except Invalid as refused:
        return await get_import(request, refused)


async def _preview(request: web.Request, text: str, error: str = "") -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        rows = await preview_users(tx, text, by=request[PERSON].login)
    counts = Counter(row.verdict for row in rows)
    return await page(
        request,
        "user_import_preview.html",
        status=422 if error else 200,
        rows=rows,
        counts=counts,
        text=text,
        error=error,
        problem_text=problem_text,
    )


async def post_confirm(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    text, chosen = str(form.get("text", "")), _chosen([str(value) for value in form.getall("row", [])])
    try:
        if not chosen:
            return await _preview(request, text, "nothing")
        async with request.app[DATABASE].transaction() as tx:
            report = await import_users(tx, text, chosen, by=request[PERSON].login)
    except Invalid as refused:
        return await get_import(request, refused)
    tell_sessions_ended(request, None)
    counts = Counter(each.judged.verdict for each in report)
    return await page(request, "user_import_report.html", report=report, counts=counts, problem_text=problem_text)


def _chosen(values: list[str]) -> dict[int, Verdict]:
    """`new:12`: the row in line 12, which the preview called new."""
    found: dict[int, Verdict] = {}
    for value in values:
        verdict, _colon, number = value.partition(":")
        line = whole_number(number)
        if line is not None and verdict == "new":
            found[line] = "new"
        elif line is not None and verdict == "changed":
            found[line] = "changed"
    return found
