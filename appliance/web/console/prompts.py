"""Listening to a prompt as callers hear it."""

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.entities.prompts import Prompt
from appliance.services.errors import NotFound
from appliance.services.prompts import SpeechError
from appliance.store.site import load_entity
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, PROMPTS


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /prompts/{key}/sound/{language}", get_sound, Access(VIEW))


async def get_sound(request: web.Request) -> web.StreamResponse:
    key, language = request.match_info["key"], request.match_info["language"]
    async with request.app[DATABASE].reading() as tx:
        found = await load_entity(tx, "prompts", key)
    prompt = found[0] if found is not None else None
    if not isinstance(prompt, Prompt) or language not in prompt.audio:
        raise NotFound(f"{key} {language}")
    try:
        path = await request.app[PROMPTS].sound(prompt.audio[language], language)
    except SpeechError as error:
        raise NotFound(str(error)) from None
    return web.FileResponse(path, headers={"Content-Type": "audio/wav"})
