"""The sounds of a prompt: how they look, what they were before, recording by phone; a text is heard unsaved."""

import asyncio
import re
from typing import Any

from aiohttp import web

from appliance.core.access import EDIT, VIEW
from appliance.core.entities.prompts import Audio, Prompt
from appliance.core.waveform import drawing
from appliance.services.entities import parse_entity, save_entity
from appliance.services.errors import NotFound
from appliance.services.phone_prompts import NotNow, Order
from appliance.services.prompts import SpeechError
from appliance.store.prompt_versions import load_version, load_versions
from appliance.store.site import load_entity
from appliance.web.access import Access, add_route
from appliance.web.forms.words import PROMPT_LANGUAGES
from appliance.web.keys import APPLIER, DATABASE, PERSON, PHONE_PROMPTS, PROMPTS
from appliance.web.language import _
from appliance.web.numbers import whole_number
from appliance.web.pages import go_to, page
from appliance.web.sight import load_seen

LINES = 200  # of a drawing
LONGEST = 2000  # characters that are spoken for a trial, as in a prompt
_ROW = re.compile(r"audio\.[0-9]{1,3}")


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /prompts/{key}/library", get_library, Access(VIEW))
    add_route(app, "POST /prompts/{key}/record", post_record, Access(EDIT))
    add_route(app, "GET /prompts/{key}/versions/{audit_id}/{language}", get_version, Access(VIEW))
    add_route(app, "POST /prompts/{key}/versions/{audit_id}/{language}", post_version, Access(EDIT))
    add_route(app, "POST /speech", post_speech, Access(EDIT))
    add_route(app, "GET /speech/{name}", get_speech, Access(EDIT))


async def get_library(request: web.Request) -> web.StreamResponse:
    return await _library(request)


async def _prompt(request: web.Request) -> tuple[Prompt, int]:
    key = request.match_info["key"]
    async with request.app[DATABASE].reading() as tx:
        found = await load_entity(tx, "prompts", key)
    if found is None or not isinstance(found[0], Prompt):
        raise NotFound(key)
    return found[0], found[1]


async def _library(request: web.Request, **context: Any) -> web.StreamResponse:
    prompt, _version = await _prompt(request)
    async with request.app[DATABASE].reading() as tx:
        versions = await load_versions(tx, prompt.key)
        code = (await load_seen(tx, request)).site.codes.record_prompt
    drawings = {language: await _drawing(request, audio, language) for language, audio in prompt.audio.items()}
    now = {(language, audio.upload or audio.text) for language, audio in prompt.audio.items()}
    earlier = [each for each in versions if (each.language, _sound(each.audio)) not in now]
    shown = {"code": "", "record_language": next(iter(prompt.audio)), "trouble": "", "feature_code": code}
    return await page(
        request, "prompt_library.html", prompt=prompt, drawings=drawings, earlier=earlier,
        prompt_codes=PROMPT_LANGUAGES, **{**shown, **context},
    )  # fmt: skip


def _sound(audio: dict[str, Any]) -> str:
    return str(audio.get("upload") or audio.get("text", ""))


async def _drawing(request: web.Request, audio: Audio, language: str) -> str:
    try:
        return drawing(await request.app[PROMPTS].peaks(audio, language, LINES))
    except (SpeechError, NotFound):
        return ""  # the form says why


async def post_record(request: web.Request) -> web.StreamResponse:
    prompt, _version = await _prompt(request)
    language = str((await request.post()).get("language", ""))
    if language not in PROMPT_LANGUAGES and language not in prompt.audio:
        raise web.HTTPBadRequest
    if PHONE_PROMPTS not in request.app:
        raise NotFound("phones")
    try:
        code = await request.app[PHONE_PROMPTS].give_code(Order(prompt.key, language, request[PERSON].login))
    except NotNow as error:
        return await _library(request, trouble=str(error))
    return await _library(request, code=code, record_language=language)


async def _earlier(request: web.Request) -> tuple[str, Audio]:
    key, language = request.match_info["key"], request.match_info["language"]
    audit_id = whole_number(request.match_info["audit_id"])
    async with request.app[DATABASE].reading() as tx:
        found = await load_version(tx, key, audit_id or 0, language)
    if found is None:
        raise NotFound(key)
    return language, Audio.model_validate(found)


async def get_version(request: web.Request) -> web.StreamResponse:
    language, audio = await _earlier(request)
    return await _sound_answer(request, audio, language)


async def _sound_answer(request: web.Request, audio: Audio, language: str) -> web.StreamResponse:
    try:
        path = await request.app[PROMPTS].sound(audio, language)
    except SpeechError as error:
        raise NotFound(str(error)) from None
    return web.FileResponse(path, headers={"Content-Type": "audio/wav"})


async def post_version(request: web.Request) -> web.StreamResponse:
    """What was heard then is heard again; that is a change like any other."""
    (language, audio), (prompt, version) = await _earlier(request), await _prompt(request)
    values = prompt.model_dump()
    entity = parse_entity("prompts", {**values, "audio": {**values["audio"], language: audio.model_dump()}})
    async with request.app[DATABASE].transaction() as tx:
        await save_entity(tx, "prompts", entity, version=version, by=request[PERSON].login)
    request.app[APPLIER].poke()
    return go_to(request, f"/prompts/{prompt.key}/library")


async def post_speech(request: web.Request) -> web.StreamResponse:
    """`_listen` names the row of a prompt's form whose text is to be heard as it stands there."""
    post = await request.post()
    row = str(post.get("_listen", ""))
    if not _ROW.fullmatch(row):
        raise web.HTTPBadRequest
    text, language = str(post.get(f"{row}.text", "")).strip(), str(post.get(f"{row}._key", ""))
    name = trouble = ""
    if not text or len(text) > LONGEST:
        trouble = _("Write a text of at most {limit} characters first.", limit=LONGEST)
    else:
        try:
            name = (await request.app[PROMPTS].sound(Audio(text=text, upload=""), language)).stem
        except (SpeechError, ValueError) as error:
            trouble = str(error) if isinstance(error, SpeechError) else _("This text cannot be spoken.")
    return await page(request, "speech.html", name=name, trouble=trouble)


async def get_speech(request: web.Request) -> web.StreamResponse:
    path = await asyncio.to_thread(request.app[PROMPTS].cached, request.match_info["name"])
    if path is None:
        raise NotFound(request.match_info["name"])
    return web.FileResponse(path, headers={"Content-Type": "audio/wav"})
