"""Users from a CSV file: choose the file, look at what each row would do, choose rows, read the report."""

import asyncio
from collections import Counter
from typing import Any

from aiohttp import web

from appliance.core.access import EDIT
from appliance.core.problems import Invalid
from appliance.core.user_rows import MAX_ROWS, Verdict
from appliance.services.users.bulk import decode, import_users, preview_users
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, PERSON
from appliance.web.numbers import whole_number
from appliance.web.pages import page
from appliance.web.shown import problem_text
from appliance.web.stream import tell_sessions_ended

MAX_FILE = 512 << 10


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /users/import", get_import, Access(EDIT))
    add_route(app, "POST /users/import", post_import, Access(EDIT, max_body=MAX_FILE + (64 << 10)))
    add_route(app, "POST /users/import/confirm", post_confirm, Access(EDIT, max_body=4 * MAX_FILE))


async def get_import(request: web.Request) -> web.StreamResponse:
    return await page(request, "user_import.html", errors=[], limit=MAX_ROWS)


async def post_import(request: web.Request) -> web.StreamResponse:
    """Nothing is stored: the preview carries the file to the next step."""
    text = decode(await _content(request))
    return await _preview(request, text)


async def _content(request: web.Request) -> bytes:
    given: Any = (await request.post()).get("file", b"")
    if isinstance(given, web.FileField):
        with given.file:
            return await asyncio.to_thread(given.file.read, MAX_FILE)
    return given.encode() if isinstance(given, str) else b""


async def _preview(request: web.Request, text: str, error: str = "") -> web.StreamResponse:
    try:
        async with request.app[DATABASE].reading() as tx:
            rows = await preview_users(tx, text, by=request[PERSON].login)
    except Invalid as refused:
        errors = [problem_text(problem) for problem in refused.problems]
        return await page(request, "user_import.html", status=422, errors=errors, limit=MAX_ROWS)
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
    if not chosen:
        return await _preview(request, text, "nothing")
    try:
        async with request.app[DATABASE].transaction() as tx:
            report = await import_users(tx, text, chosen, by=request[PERSON].login)
    except Invalid as refused:
        errors = [problem_text(problem) for problem in refused.problems]
        return await page(request, "user_import.html", status=422, errors=errors, limit=MAX_ROWS)
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
