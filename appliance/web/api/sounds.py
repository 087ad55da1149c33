"""Sounds of prompts: files that are uploaded, what a phone records, and a prompt as callers hear it."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import EDIT, VIEW
from appliance.core.entities.fields import Line, Part
from appliance.core.entities.prompts import Prompt
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.errors import NotFound
from appliance.services.phone_prompts import VALID_S, NotNow, Order
from appliance.services.prompts import SpeechError
from appliance.store.site import load_entity
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import Query, read_body, read_query
from appliance.web.console.prompts import get_sound
from appliance.web.forms.words import PROMPT_LANGUAGES
from appliance.web.keys import DATABASE, PERSON, PHONE_PROMPTS, PROMPTS
from appliance.web.sight import load_seen

MAX_UPLOAD = 21 << 20  # the use case says in words what is too large


class Uploaded(Answer):
    sha256: Annotated[str, Field(description="For the field `upload` of a prompt.")]


class UploadQuery(Query):
    name: Annotated[Line, Field("upload", max_length=200, description="The name of the file, for people.")]


async def post_upload(request: web.Request) -> web.StreamResponse:
    query = read_query(request, UploadQuery)
    try:
        sha256 = await request.app[PROMPTS].save_upload(query.name, await request.read())
    except SpeechError as error:
        raise Invalid([Problem(("body",), error.message, error.context)]) from None
    return json_answer(Uploaded(sha256=sha256), status=201)


class RecordBody(Part):
    language: Annotated[str, Field(min_length=2, max_length=10, description="Of the sound, as en.")]


class RecordAnswer(Answer):
    feature_code: Annotated[str, Field(description="Dialled by any phone, which is then asked for the code.")]
    code: str
    valid_s: Annotated[int, Field(description="Seconds that the code holds.")]


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


OPERATIONS = [
    Operation(
        "POST",
        "/uploads",
        post_upload,
        EDIT,
        "Upload a sound file: WAV, MP3 or OGG (Vorbis)",
        "prompts",
        Uploaded,
        201,
        binary_body=True,
        query=UploadQuery,
        max_body=MAX_UPLOAD,
    ),
    Operation(
        "GET",
        "/prompts/{key}/sound/{language}",
        get_sound,
        VIEW,
        "Listen to a prompt",
        "prompts",
        binary_answer="audio/wav",
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
]
