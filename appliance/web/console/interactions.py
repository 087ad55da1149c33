"""Interactions: a list to search in, and each with its timeline, its story and its recording."""

import asyncio
import datetime as dt
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.journal.facts import OUTCOMES
from appliance.services.errors import NotFound
from appliance.store.interactions import InteractionFilter, Page, list_interactions, load_interaction, load_recording
from appliance.store.snapshots import load_snapshot
from appliance.web.access import Access, add_route
from appliance.web.console.story import make_timeline, tell_steps
from appliance.web.keys import DATABASE, NODE, RECORDINGS
from appliance.web.numbers import whole_number
from appliance.web.pages import page
from appliance.web.shown import use_zone, zone
from appliance.web.targets import names_of

FILTERS = ("since", "until", "queue", "agent", "caller", "outcome")
NAMED = ("queues", "agents", "menus", "prompts", "schedules", "campaigns", "inputs", "lookups", "surveys")
PLAYABLE = ("complete", "repaired")
CHUNK = 1 << 18
FIRST_YEAR, LAST_YEAR = 1970, 3000  # what databases hold in any zone


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /interactions", get_interactions, Access(VIEW))
    add_route(app, "GET /interactions/{guid}", get_interaction, Access(VIEW))
    add_route(app, "GET /interactions/{guid}/recording", get_recording, Access(VIEW))


async def get_interactions(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    asked = {name: request.query.get(name, "").strip()[:80] for name in FILTERS}
    wanted = Page(max(1, min(whole_number(request.query.get("page", "")) or 1, 100_000)))
    async with request.app[DATABASE].reading() as tx:
        found = await list_interactions(tx, _filter(asked), wanted)
        site = (await load_snapshot(tx)).site
    return await page(
        request,
        "interactions.html",
        found=found,
        asked=asked,
        link=urlencode({name: value for name, value in asked.items() if value}),
        number=wanted.number,
        queues=site.queues,
        agents=site.agents,
        outcomes=OUTCOMES,
    )


def _filter(asked: dict[str, str]) -> InteractionFilter:
    until = _day(asked["until"])
    return InteractionFilter(
        since=_day(asked["since"]),
        until=until + dt.timedelta(days=1) if until else None,
        queue=asked["queue"],
        agent=asked["agent"],
        caller=asked["caller"],
        outcome=asked["outcome"] if asked["outcome"] in OUTCOMES else "",
    )


def _day(text: str) -> dt.datetime | None:
    """Its first moment, where the person is who asks; None for a day that no call can be of."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return dt.datetime.combine(day, dt.time(), zone()) if FIRST_YEAR <= day.year < LAST_YEAR else None


async def get_interaction(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        story = await load_interaction(tx, request.match_info["guid"])
        if story is None:
            raise NotFound(request.match_info["guid"])
        site = (await load_snapshot(tx)).site
    names = {section: names_of(site.section(section)) for section in NAMED}
    return await page(
        request,
        "interaction.html",
        call=story.interaction,
        bars=make_timeline(story, names),
        steps=tell_steps(story.steps, names),
        recording=story.recording,
        is_playable=story.recording is not None and story.recording.state in PLAYABLE,
        names=names,
    )


async def get_recording(request: web.Request) -> web.StreamResponse:
    """With ranges, so that a player can jump; only files below the recordings folder of this node."""
    async with request.app[DATABASE].reading() as tx:
        recording = await load_recording(tx, request.match_info["guid"])
    if recording is None or recording.state not in PLAYABLE or recording.node != request.app[NODE]:
        raise NotFound(request.match_info["guid"])
    path = await asyncio.to_thread(_inside, request.app[RECORDINGS], recording.path)
    if path is None:
        raise NotFound(recording.path)
    headers = {"Content-Type": "audio/wav"}
    if "download" in request.query:
        headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return web.FileResponse(path, chunk_size=CHUNK, headers=headers)


def _inside(folder: Path, relative: str) -> Path | None:
    path = (folder / relative).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
