"""Suggestions for a field with so many choices that a select would make the page too large."""

import aiohttp_jinja2
from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.site import SECTIONS
from appliance.web.access import Access, add_route
from appliance.web.forms.choices import Choice, destinations, entity_title
from appliance.web.keys import DATABASE
from appliance.web.sight import load_seen

MOST = 30


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /choices", get_choices, Access(VIEW))


async def get_choices(request: web.Request) -> web.StreamResponse:
    section, words = request.query.get("section", ""), request.query.get("q", "").casefold().split()
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    if section in SECTIONS:
        offered = [Choice(key, entity_title(entity, key)) for key, entity in site.section(section).items()]
    else:
        extra = tuple(word for word in request.query.get("extra", "").split(",") if word)
        offered = [choice for group in destinations(site, extra) for choice in group.choices if choice.value]
    found = [c for c in offered if all(word in f"{c.value} {c.title}".casefold() for word in words)]
    return aiohttp_jinja2.render_template("choices.html", request, {"choices": found[:MOST]})
