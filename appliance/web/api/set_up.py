"""What helps to set a site up: public holidays, a site of FreePBX or Issabel, a phone that records or tries a menu."""

import asyncio
from collections import Counter
from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import EDIT, VIEW
from appliance.core.entities.fields import Part
from appliance.core.entities.prompts import Prompt
from appliance.core.freepbx import Imported, folded, row_ranges
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.errors import NotFound
from appliance.services.freepbx import import_export, parse_export, preview_export
from appliance.services.holiday_sets import countries, holidays_of
from appliance.services.menu_preview import CannotCall
from appliance.services.phone_prompts import VALID_S, NotNow, Order
from appliance.services.prompts import SpeechError
from appliance.store.site import load_entity
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import Query, read_body, read_query
from appliance.web.console.imports import MAX_FILES
from appliance.web.console.menu_tree import call_into
from appliance.web.forms.words import PROMPT_LANGUAGES
from appliance.web.keys import APPLIER, DATABASE, MENU_PREVIEW, PERSON, PHONE_PROMPTS
from appliance.web.language import language
from appliance.web.sight import load_seen


class HolidayQuery(Query):
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", description="Two letters, as ES.")]
    year: Annotated[int, Field(ge=2000, le=2100)]


class HolidayAnswer(Answer):
    date: Annotated[str, Field(description="As 2026-12-25.")]
    name: str


class HolidaysAnswer(Answer):
    holidays: list[HolidayAnswer]


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


class RecordBody(Part):
    language: Annotated[str, Field(min_length=2, max_length=10, description="Of the sound, as en.")]


class RecordAnswer(Answer):
    feature_code: Annotated[str, Field(description="Dialled by any phone, which is then asked for the code.")]
    code: str
    valid_s: Annotated[int, Field(description="Seconds that the code holds.")]


class TrialBody(Part):
    extension: Annotated[str, Field(min_length=1, max_length=10, description="That rings.")]


async def get_holidays(request: web.Request) -> web.StreamResponse:
    query = read_query(request, HolidayQuery)
    if query.country not in countries():
        raise Invalid([Problem(("query", "country"), N_("the holidays of this country are not known"))])
    found = await asyncio.to_thread(holidays_of, query.country, query.year, language())
    return json_answer(
        HolidaysAnswer(holidays=[HolidayAnswer(date=each.date.isoformat(), name=each.name) for each in found])
    )


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


async def post_record(request: web.Request) -> web.StreamResponse:
    key, body = request.match_info["key"], await read_body(request, RecordBody)
    async with request.app[DATABASE].reading() as tx:
        found, site = await load_entity(tx, "prompts", key), (await load_seen(tx, request)).site
    if found is None or not isinstance(found[0], Prompt) or PHONE_PROMPTS not in request.app:
        raise NotFound(f"prompts.{key}")
    if body.language not in PROMPT_LANGUAGES and body.language not in found[0].audio:
        raise Invalid([Problem(("body", "language"), N_("no prompt is spoken in this language"))])
    try:
        code = await request.app[PHONE_PROMPTS].give_code(Order(key, body.language, request[PERSON].login))
    except NotNow as error:
        raise web.HTTPServiceUnavailable(reason=str(error)) from None
    answer = RecordAnswer(feature_code=site.codes.record_prompt, code=code, valid_s=VALID_S)
    return json_answer(answer, status=201)


async def post_trial(request: web.Request) -> web.StreamResponse:
    key, body = request.match_info["key"], await read_body(request, TrialBody)
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    menu = site.menus.get(key)
    if menu is None or MENU_PREVIEW not in request.app:
        raise NotFound(f"menus.{key}")
    if body.extension not in site.extensions:
        raise Invalid([Problem(("body", "extension"), N_("there is no such extension"))])
    try:
        await call_into(request, site, menu, body.extension)
    except (CannotCall, SpeechError) as error:
        raise web.HTTPServiceUnavailable(reason=str(error)) from None
    return web.Response(status=202)


OPERATIONS = [
    Operation(
        "GET",
        "/holidays",
        get_holidays,
        VIEW,
        "Public holidays of a country, to be put into a schedule",
        "schedules",
        HolidaysAnswer,
        query=HolidayQuery,
    ),
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
    Operation(
        "POST",
        "/prompts/{key}/record",
        post_record,
        EDIT,
        "A code with which a phone records this prompt",
        "prompts",
        RecordAnswer,
        201,
        body=RecordBody,
    ),
    Operation(
        "POST",
        "/menus/{key}/call",
        post_trial,
        EDIT,
        "Ring a phone into this menu",
        "menus",
        status=202,
        body=TrialBody,
    ),
]
