"""Imports of files into lists: sent and started, watched, stopped and taken up again."""

import asyncio
import tempfile
from typing import IO, Annotated, Literal

from aiohttp import web
from pydantic import Field

from appliance.core.access import FLOOR, VIEW
from appliance.core.entities.fields import Line
from appliance.core.lists.layout import Country, Encoding, Layout
from appliance.services.errors import NotFound
from appliance.services.imports.intake import (
    MOST_BYTES,
    Kept,
    cancel_import,
    forget_file,
    import_of,
    keep_file,
    open_import,
    resume_import,
    start_import,
)
from appliance.store.lists.imports import Import, load_imports
from appliance.web.api.operations import Answer, Operation, answer_of, json_answer
from appliance.web.api.reading import Query, read_number, read_query
from appliance.web.keys import DATABASE, IMPORTS, PERSON
from appliance.web.sight import load_seen

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
ImportAnswer = answer_of(Import, ("path", "options", "rejects_bytes"))


class ImportQuery(Query):
    file_name: Annotated[Line, Field("contacts.csv", max_length=200, description="How people will know the file.")]
    encoding: Annotated[Encoding | None, Field(None, description="Of a CSV file; without it, it is found.")]
    separator: Annotated[
        Literal["comma", "semicolon", "tab", "bar"] | None, Field(None, description="As the encoding.")
    ]
    country: Annotated[
        Country, Field("", description="Two letters, of numbers without a country code; else the list's.")
    ]


class ImportList(Answer):
    items: list[ImportAnswer]  # type: ignore[valid-type]


async def get_imports(request: web.Request) -> web.StreamResponse:
    key = request.match_info["key"]
    async with request.app[DATABASE].reading() as tx:
        if key not in (await load_seen(tx, request)).site.lists:
            raise NotFound(f"lists.{key}")
        found = await load_imports(tx, key)
    return json_answer(ImportList(items=[ImportAnswer.model_validate(each._asdict()) for each in found]))


async def post_import(request: web.Request) -> web.StreamResponse:
    """Columns are what their headings say, or what was kept for a file with the same ones."""
    query, key, folder = read_query(request, ImportQuery), request.match_info["key"], request.app[IMPORTS].folder
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    if key not in site.lists:
        raise NotFound(f"lists.{key}")
    with tempfile.TemporaryFile() as file:
        size_bytes = await _receive(request, file)
        separator = SEPARATORS.get(query.separator or "")
        path, found = await keep_file(folder, file, encoding=query.encoding, separator=separator)
    by, kept = request[PERSON].login, Kept(path, query.file_name, size_bytes, found, query.country)
    try:
        async with request.app[DATABASE].transaction() as tx:
            import_id = await open_import(tx, site, key, kept, by=by)
            opened = await import_of(tx, key, import_id)
            await start_import(tx, opened, Layout.model_validate(opened.options["layout"]), by=by)
    except Exception:
        await forget_file(folder, path)
        raise
    return await _answer(request, import_id, status=201)


async def _receive(request: web.Request, file: IO[bytes]) -> int:
    size_bytes = 0
    async for piece in request.content.iter_chunked(1 << 20):
        size_bytes += len(piece)
        if size_bytes > MOST_BYTES:
            raise web.HTTPRequestEntityTooLarge(MOST_BYTES, size_bytes)
        await asyncio.to_thread(file.write, piece)
    await asyncio.to_thread(file.seek, 0)
    return size_bytes


async def get_import(request: web.Request) -> web.StreamResponse:
    return await _answer(request, read_number(request, "import_id"))


async def _answer(request: web.Request, import_id: int, *, status: int = 200) -> web.Response:
    request.app[IMPORTS].poke()
    async with request.app[DATABASE].reading() as tx:
        found = await import_of(tx, request.match_info["key"], import_id)
    return json_answer(ImportAnswer.model_validate(found._asdict()), status=status)


async def post_cancel(request: web.Request) -> web.StreamResponse:
    import_id = read_number(request, "import_id")
    async with request.app[DATABASE].transaction() as tx:
        await cancel_import(tx, await import_of(tx, request.match_info["key"], import_id), by=request[PERSON].login)
    return await _answer(request, import_id)


async def post_resume(request: web.Request) -> web.StreamResponse:
    import_id = read_number(request, "import_id")
    async with request.app[DATABASE].transaction() as tx:
        await resume_import(tx, await import_of(tx, request.match_info["key"], import_id), by=request[PERSON].login)
    return await _answer(request, import_id)


_ALL, _ONE, _TAG = "/lists/{key}/imports", "/lists/{key}/imports/{import_id}", "lists"
OPERATIONS = [
    Operation("GET", _ALL, get_imports, VIEW, "Imports into a list, the newest first", _TAG, ImportList),
    Operation(
        "POST",
        _ALL,
        post_import,
        FLOOR,
        "Import a CSV file or a workbook in the background",
        _TAG,
        ImportAnswer,
        status=201,
        binary_body=True,
        query=ImportQuery,
        max_body=MOST_BYTES,
    ),
    Operation("GET", _ONE, get_import, VIEW, "How far an import is", _TAG, ImportAnswer),
    Operation("POST", f"{_ONE}/cancel", post_cancel, FLOOR, "Stop an import", _TAG, ImportAnswer),
    Operation("POST", f"{_ONE}/resume", post_resume, FLOOR, "Go on where an import stopped", _TAG, ImportAnswer),
]
