"""What every import of a CSV file shares: the form that takes it, and the file that it sent."""

import asyncio
from typing import Any

from aiohttp import web

from appliance.core.csv_rows import decode
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.web.pages import page
from appliance.web.shown import problem_text

ROOM = 64 << 10  # what a form needs beside the file


async def sent_csv(request: web.Request, most: int) -> str:
    """Raises Invalid where the file is larger than `most` bytes."""
    given: Any = (await request.post()).get("file", b"")
    if not isinstance(given, web.FileField):
        return given if isinstance(given, str) else ""
    with given.file:
        content = await asyncio.to_thread(given.file.read, most + 1)
    if len(content) > most:
        raise Invalid([Problem(("file",), N_("the file may have at most {limit} kB"), {"limit": most >> 10})])
    return decode(content)


async def ask_for_file(
    request: web.Request, template: str, refused: Invalid | None = None, **context: Any
) -> web.StreamResponse:
    """Empty, or again with what is wrong with the file as a whole."""
    errors = [problem_text(problem) for problem in refused.problems] if refused else []
    return await page(request, template, status=422 if refused else 200, errors=errors, **context)
