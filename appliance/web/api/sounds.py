"""Sound files of prompts: uploads, and listening to a prompt as callers hear it."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import EDIT, VIEW
from appliance.core.entities.fields import Line
from appliance.core.problems import Invalid, Problem
from appliance.services.prompts import SpeechError
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import Query, read_query
from appliance.web.console.prompts import get_sound
from appliance.web.keys import PROMPTS

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
]
