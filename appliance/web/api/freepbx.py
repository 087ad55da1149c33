"""A site of FreePBX or Issabel, taken over from its CSV files."""

import asyncio
from collections import Counter
from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import EDIT
from appliance.core.entities.fields import Part
from appliance.core.freepbx import Imported, folded, row_ranges
from appliance.core.problems import Invalid, Problem
from appliance.services.freepbx import import_export, parse_export, preview_export
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import read_body
from appliance.web.console.imports import MAX_FILES
from appliance.web.keys import APPLIER, DATABASE, PERSON


class ExportBody(Part):
    files: Annotated[
        dict[str, str], Field(min_length=1, max_length=50, description="The text of each CSV by its name.")
    ]
    replace: Annotated[bool, Field(False, description="Entities with the same key become those of the files.")]
    dry_run: Annotated[bool, Field(False, description="Nothing is stored.")]


class FindingAnswer(Answer):
    file: str
    rows: Annotated[str, Field(description="As 2-4, 7; empty: the whole file.")]
    column: str
    outcome: str
    text: str


class ImportAnswer(Answer):
    taken: Annotated[dict[str, int], Field(description="How many entities, by section.")]
    findings: list[FindingAnswer]
    is_changed: Annotated[bool, Field(description="Something was stored and is being applied.")]


async def post_export(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, ExportBody)
    export = await asyncio.to_thread(parse_export, {name: text.encode() for name, text in body.files.items()})
    if not export.tables:
        problems = [Problem(("body", "files", each.file), each.message, each.context) for each in export.findings]
        raise Invalid(problems)
    if body.dry_run:
        return json_answer(_told(await preview_export(request.app[DATABASE], export, replace=body.replace), False))
    by = request[PERSON].login
    imported, changes = await import_export(request.app[DATABASE], export, replace=body.replace, by=by)
    request.app[APPLIER].poke()
    return json_answer(_told(imported, bool(changes)))


def _told(imported: Imported, is_changed: bool) -> ImportAnswer:
    findings = [
        FindingAnswer(file=each.file, rows=row_ranges(rows), column=each.column, outcome=each.outcome, text=each.text())
        for each, rows in folded(imported.findings)
    ]
    taken = Counter(each.section for each in imported.taken)
    return ImportAnswer(taken=dict(taken), findings=findings, is_changed=is_changed)


OPERATIONS = [
    Operation(
        "POST",
        "/import/freepbx",
        post_export,
        EDIT,
        "Take over a site from the CSV files of FreePBX or Issabel, all or nothing",
        "import",
        ImportAnswer,
        body=ExportBody,
        max_body=MAX_FILES,
    ),
]
