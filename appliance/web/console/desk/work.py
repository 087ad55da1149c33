"""What agents type about a call: kept as they type, told to their other pages, and closed by a disposition."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.problems import Invalid, Problem
from appliance.services.desk_news import tell_desk
from appliance.services.errors import Stale
from appliance.services.work import Closing, Edit, finish_work, own_work, save_work
from appliance.store.snapshots import load_snapshot
from appliance.store.work import Work
from appliance.web.access import Access, add_route
from appliance.web.console.desk.own import own_agent
from appliance.web.keys import DATABASE, DESK, HUB, PERSON
from appliance.web.language import _
from appliance.web.numbers import whole_number
from appliance.web.shown import problem_text, use_zone, zone

ONE = "/me/work/{guid}"
ANSWER = "answer-"


def add_routes(app: web.Application) -> None:
    access = Access(ANYONE_SIGNED_IN)
    add_route(app, f"GET {ONE}", get_work, access)
    add_route(app, f"POST {ONE}", post_work, access)
    add_route(app, f"POST {ONE}/finish", post_finish, access)


async def _load(request: web.Request) -> Work:
    async with request.app[DATABASE].reading() as tx:
        return await own_work(tx, request.match_info["guid"], own_agent(request))


def _told(work: Work, problems: list[Problem] | None = None, *, status: int = 200) -> web.Response:
    """What a page needs to be in step."""
    values: dict[str, Any] = {
        "version": work.version,
        "notes": work.notes,
        "answers": work.answers,
        "is_marked": work.is_marked,
        "disposition": work.disposition,
        "is_ended": work.ended_at is not None,
        "is_complete": work.completed_at is not None,
        "errors": {str(each.path[0]): problem_text(each) for each in problems or ()},
    }
    return web.json_response(values, status=status)


async def get_work(request: web.Request) -> web.StreamResponse:
    return _told(await _load(request))


async def post_work(request: web.Request) -> web.StreamResponse:
    """409 with what is stored where another page was quicker: the page puts both together and sends again."""
    work, form = await _load(request), await request.post()
    try:
        async with request.app[DATABASE].transaction() as tx:
            problems = await save_work(tx, work, _edit(form))
            after = await own_work(tx, work.guid, work.agent)
    except Stale:
        return _told(await _load(request), status=409)
    _tell(request, after)
    if "text/html" in request.headers.get("Accept", ""):
        raise web.HTTPSeeOther(f"/me?guid={work.guid}")
    return _told(after, problems)


def _edit(form: Mapping[str, Any]) -> Edit:
    answers = {name.removeprefix(ANSWER): str(text) for name, text in form.items() if name.startswith(ANSWER)}
    return Edit(
        version=whole_number(str(form.get("version", ""))) or 0,
        notes=str(form["notes"]) if "notes" in form else None,
        answers=answers if answers or "has_form" in form else None,
        is_marked=form["marked"] == "yes" if "marked" in form else None,
    )


async def post_finish(request: web.Request) -> web.StreamResponse:
    """What is typed beside it is stored first, in the same transaction. 422 where something is missing."""
    await use_zone(request.cookies.get("zone", ""))
    work, form = await _load(request), await request.post()
    closing = Closing(
        disposition=str(form.get("disposition", ""))[:40],
        due_at=read_moment(str(form.get("due", ""))),
        is_own=str(form.get("whose", "own")) != "anyone",
    )
    try:
        async with request.app[DATABASE].transaction() as tx:
            await save_work(tx, work, _edit(form))
            saved = await own_work(tx, work.guid, work.agent)
            await finish_work(tx, saved, closing, by=request[PERSON].login)
            site = (await load_snapshot(tx)).site
    except Stale:
        return _told(await _load(request), status=409)
    except Invalid as error:
        return _told(work, error.problems, status=422)
    if DESK in request.app:
        await request.app[DESK].completed(work.agent)
    _tell(request, saved)
    chosen = site.dispositions.get(closing.disposition)
    if chosen is not None and chosen.callback:
        tell_desk(request.app[HUB], "reminders", agent=work.agent if closing.is_own else "")
    if "text/html" in request.headers.get("Accept", ""):
        raise web.HTTPSeeOther("/me")
    return web.json_response({"done": _("Saved: {name}.", name=chosen.name) if chosen else _("Saved.")})


def read_moment(text: str) -> dt.datetime | None:
    """A day and a time, where the person is."""
    try:
        found = dt.datetime.fromisoformat(text[:16])
    except ValueError:
        return None
    if found.tzinfo is not None or not 2000 <= found.year < 3000:
        return None
    return found.replace(tzinfo=zone())


def _tell(request: web.Request, work: Work) -> None:
    tell_desk(request.app[HUB], "work", agent=work.agent, guid=work.guid, version=work.version)
