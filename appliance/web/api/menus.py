"""Menus, heard on a phone of one's own as they are stored."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import EDIT
from appliance.core.entities.fields import Part
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.errors import NotFound
from appliance.services.menu_preview import CannotCall
from appliance.services.prompts import SpeechError
from appliance.web.api.operations import Operation
from appliance.web.api.reading import read_body
from appliance.web.console.menu_tree import call_into
from appliance.web.keys import DATABASE, MENU_PREVIEW
from appliance.web.sight import load_seen


class TrialBody(Part):
    extension: Annotated[str, Field(min_length=1, max_length=10, description="That rings.")]


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
