"""Interactions: a list to search in, and each with its timeline, its story and its recording."""

import asyncio
import datetime as dt
from functools import partial
from pathlib import Path

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.journal.facts import OUTCOMES, Interaction
from appliance.core.words import N_
from appliance.services.errors import NotFound
from appliance.store.interactions import (
    NEWEST_FIRST,
    SORTS,
    InteractionFilter,
    Page,
    list_interactions,
    load_interaction,
    load_recording,
    more_interactions,
)
from appliance.web.access import Access, add_route
from appliance.web.console.columns import Asked
from appliance.web.console.row_lists import LAST_PAGE, Column, RowTable, in_batches, read_rows_asked, send_csv
from appliance.web.console.story import make_timeline, tell_steps
from appliance.web.keys import DATABASE, NODE, RECORDINGS, SIGHT
from appliance.web.pages import page
from appliance.web.shown import use_zone, zone
from appliance.web.sight import load_seen
from appliance.web.targets import names_of

FILTERS = ("since", "until", "queue", "agent", "caller", "outcome")
NAMED = ("queues", "agents", "menus", "prompts", "schedules", "campaigns", "inputs", "lookups", "surveys")
PLAYABLE = ("complete", "repaired")
CHUNK = 1 << 18
FIRST_YEAR, LAST_YEAR = 1970, 3000  # what databases hold in any zone
COLUMNS: tuple[Column[Interaction], ...] = (
    Column("entered_at", N_("When"), lambda call: call.entered_at),
    Column("direction", N_("Direction"), lambda call: call.direction),
    Column("caller", N_("Caller"), lambda call: call.caller),
    Column("caller_name", N_("Name"), lambda call: call.caller_name),
    Column("did", N_("Dialled"), lambda call: call.did),
    Column("queue", N_("Queue"), lambda call: call.queue),
    Column("campaign", N_("Campaign"), lambda call: call.campaign),
    Column("agent", N_("Agent"), lambda call: call.agent),
    Column("outcome", N_("Outcome"), lambda call: call.outcome),
    Column("wait_s", N_("Wait"), lambda call: call.wait_s),
    Column("talk_s", N_("Talk"), lambda call: call.talk_s),
    Column("ended_at", N_("Ended"), lambda call: call.ended_at),
    Column("recording", N_("Recording"), lambda call: bool(call.recording)),
    Column("guid", "GUID", lambda call: call.guid),
)
SORTABLE = tuple(column for column in COLUMNS if column.name in SORTS)


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /interactions", get_interactions, Access(VIEW))
    add_route(app, "GET /interactions.csv", get_csv, Access(VIEW))
    add_route(app, "GET /interactions/{guid}", get_interaction, Access(VIEW))
    add_route(app, "GET /interactions/{guid}/recording", get_recording, Access(VIEW))


async def get_interactions(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    asked = _asked(request)
    async with request.app[DATABASE].reading() as tx:
        found = await list_interactions(tx, _filter(request, asked), Page(asked.page, asked.size, asked.sort))
        site = (await load_seen(tx, request)).site
    return await page(
        request,
        "interactions.html",
        section="interactions",
        table=RowTable(found.interactions, SORTABLE, asked, asked.page, 0, 0),
        filters={name: asked.filters.get(name, "") for name in FILTERS},
        has_more=found.has_more,
        is_last=asked.page >= LAST_PAGE,
        queues=site.queues,
        agents=site.agents,
        outcomes=OUTCOMES,
    )


async def get_csv(request: web.Request) -> web.StreamResponse:
    """All that the list would show on its pages."""
    await use_zone(request.cookies.get("zone", ""))
    asked = _asked(request)
    read = partial(more_interactions, wanted=_filter(request, asked), sort=asked.sort)
    return await send_csv(request, "interactions", COLUMNS, in_batches(request.app[DATABASE], read))


def _asked(request: web.Request) -> Asked:
    filters = {name: request.query.get(name, "").strip()[:80] for name in FILTERS}
    return read_rows_asked(request.query, filters, SORTS, usual_sort=NEWEST_FIRST)


def _filter(request: web.Request, asked: Asked) -> InteractionFilter:
    given = {name: asked.filters.get(name, "") for name in FILTERS}
    until = _day(given["until"])
    return InteractionFilter(
        since=_day(given["since"]),
        until=until + dt.timedelta(days=1) if until else None,
        queue=given["queue"],
        agent=given["agent"],
        caller=given["caller"],
        outcome=given["outcome"] if given["outcome"] in OUTCOMES else "",
        sight=request[SIGHT],
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
        story = await load_interaction(tx, request.match_info["guid"], request[SIGHT])
        if story is None:
            raise NotFound(request.match_info["guid"])
        site = (await load_seen(tx, request)).site
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
        recording = await load_recording(tx, request.match_info["guid"], request[SIGHT])
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
