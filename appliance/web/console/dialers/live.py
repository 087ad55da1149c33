"""A dialer while it runs: what it does now and why, what it came to, its state and its knobs."""

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import FLOOR, VIEW
from appliance.core.board import midnight
from appliance.core.dialing.law import rules_of
from appliance.core.dialing.life import Act, DialerState, acts_in
from appliance.core.dialing.outlook import list_ends_at, opens_at
from appliance.core.entities.dialers import Dialer
from appliance.core.problems import Invalid
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.dialer.status import LEAVING, PROMISED, Status
from appliance.services.dialers import Change, Knobs, change_state, turn_knobs
from appliance.services.errors import Stale
from appliance.store.detection import load_detection
from appliance.store.dialer_figures import count_attempts, load_dialer_figures, load_outcomes
from appliance.store.dialer_states import load_progress, load_state
from appliance.store.dialing import load_count
from appliance.store.promised import load_promised
from appliance.web.access import Access, add_route
from appliance.web.console.dialers.told import (
    STATE_LOOKS,
    outcome_word,
    state_word,
    told_changes,
    told_rules,
)
from appliance.web.console.lists.words import STATES
from appliance.web.keys import DATABASE, DIALERS, PERSON
from appliance.web.language import _
from appliance.web.numbers import whole_number
from appliance.web.pages import page
from appliance.web.seen_dialer import seen_dialer
from appliance.web.shown import minute, use_zone, zone

LATELY = dt.timedelta(minutes=30)
FIRST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
MONTH = dt.timedelta(days=30)


@dataclass(frozen=True)
class Button:
    act: Act
    text: str
    icon: str
    look: str = ""


BUTTONS = (
    Button("start", N_("Start"), "player-play", "main"),
    Button("pause", N_("Pause"), "player-pause"),
    Button("drain", N_("End after the calls under way"), "hourglass"),
    Button("finish", N_("Finish"), "player-stop", "danger-own"),
    Button("reopen", N_("Open again"), "restore"),
    Button("archive", N_("Archive"), "device-floppy"),
)


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /dialers/{key}/live", get_live, Access(VIEW))
    add_route(app, "GET /dialers/{key}/live/now", get_now, Access(VIEW))
    add_route(app, "GET /dialers/{key}/live/progress", get_progress, Access(VIEW))
    add_route(app, "POST /dialers/{key}/state", post_state, Access(FLOOR))
    add_route(app, "POST /dialers/{key}/pace", post_pace, Access(FLOOR))


async def get_live(request: web.Request) -> web.StreamResponse:
    return await _live(request)


async def get_now(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    async with request.app[DATABASE].reading() as tx:
        site, dialer = await seen_dialer(tx, request)
        context = await _now(tx, request, site, dialer)
    return await page(request, "dialers/now.html", dialer=dialer, **context)


async def get_progress(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    async with request.app[DATABASE].reading() as tx:
        site, dialer = await seen_dialer(tx, request)
        context = await _progress(tx, site, dialer)
    return await page(request, "dialers/progress.html", dialer=dialer, **context)


async def post_state(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    form = await request.post()
    act, note = str(form.get("act", "")), str(form.get("note", "")).strip()[:200]
    if act not in (*(button.act for button in BUTTONS), "schedule"):
        raise web.HTTPBadRequest
    change = Change(act, note, _moment(str(form.get("starts_at", ""))))
    try:
        async with request.app[DATABASE].transaction() as tx:
            _site, dialer = await seen_dialer(tx, request)
            await change_state(tx, dialer, change, by=request[PERSON].login)
    except Invalid as error:
        return await _live(request, error=_refusal(error))
    except Stale:
        return await _live(
            request, error=_("Somebody else changed it at the same moment. Look at its state and try again.")
        )
    raise web.HTTPSeeOther(f"/dialers/{dialer.key}/live")


async def post_pace(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    note = str(form.get("note", "")).strip()[:200]
    intensity, ratio = (whole_number(str(form.get(name, ""))) or 0 for name in ("intensity_pct", "max_ratio_pct"))
    if not (10 <= intensity <= 100 and 100 <= ratio <= 2000):
        return await _live(request, error=_("Intensity is 10 to 100 %, calls for each agent 100 to 2000 %."))
    try:
        async with request.app[DATABASE].transaction() as tx:
            _site, dialer = await seen_dialer(tx, request)
            await turn_knobs(tx, dialer, Knobs(intensity, ratio, note), by=request[PERSON].login)
    except Stale:
        return await _live(
            request, error=_("Somebody else changed it at the same moment. Look at its state and try again.")
        )
    raise web.HTTPSeeOther(f"/dialers/{dialer.key}/live")


async def _live(request: web.Request, *, error: str = "") -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    async with request.app[DATABASE].reading() as tx:
        site, dialer = await seen_dialer(tx, request)
        state = await load_state(tx, dialer.key)
        context = await _now(tx, request, site, dialer) | await _progress(tx, site, dialer) | _life(state, dialer)
        context["changes"] = await told_changes(tx, dialer.key)
        machines = [key for key, each in site.dispositions.items() if each.machine]
        context["detection"] = await load_detection(tx, dialer.key, now() - MONTH, machines)
    return await page(
        request,
        "dialers/live.html",
        status=422 if error else 200,
        dialer=dialer,
        campaign=site.campaigns[dialer.campaign],
        rules=told_rules(site, dialer),
        error=error,
        **context,
    )


def _life(state: DialerState, dialer: Dialer) -> dict[str, Any]:
    acts = acts_in(state.state)
    turned = state.pace_of(dialer)
    kind, icon = STATE_LOOKS[state.state]
    return {
        "state_word": state_word(state.state),
        "state_kind": kind,
        "state_icon": icon,
        "starts_at": state.starts_at,
        "may_schedule": "schedule" in acts,
        "buttons": [button for button in BUTTONS if button.act in acts],
        "intensity_pct": turned.intensity_pct,
        "max_ratio_pct": turned.max_ratio_pct,
    }


async def _now(tx: AsyncSession, request: web.Request, site: Site, dialer: Dialer) -> dict[str, Any]:
    rules, at = rules_of(site, dialer), now()
    since = await _midnight(site, at)
    count = await load_count(tx, dialer.key, since)
    status = request.app[DIALERS].status(dialer.key) if DIALERS in request.app else Status()
    return {
        "doing": status,
        "why": _why(status),
        "today": await load_dialer_figures(tx, dialer.key, since, rules.connect_s),
        "count": count,
        "limit": rules.abandoned_limit,
        "left": count.left(rules.abandoned_limit),
        "connect_s": rules.connect_s,
        "at": at,
        "opens_at": opens_at(site, dialer, at),
    }


def _why(status: Status) -> str:
    if status.why:
        told = [_(status.why, **status.values)]
        if status.leave_at is not None:
            told.append(_(LEAVING, clock=minute(status.leave_at), leaving=status.leaving))
        if status.promised:
            told.append(_(PROMISED, promised=status.promised))
        return " ".join(told)
    return (
        _("Agents call whom they have looked at.") if status.is_running else _("It does not run: no calls are placed.")
    )


async def _progress(tx: AsyncSession, site: Site, dialer: Dialer) -> dict[str, Any]:
    at, contacts = now(), dict.fromkeys(STATES, 0)
    for each in await load_progress(tx, dialer):
        contacts[each.state] += each.contacts
    lately = (await count_attempts(tx, dialer.key, at - LATELY), LATELY)
    promised, grace = await load_promised(tx, dialer), dt.timedelta(minutes=dialer.promised_grace_min)
    return {
        "contacts": contacts,
        "total": sum(contacts.values()),
        "promised": promised,
        "late": sum(each.due_at + grace < at for each in promised),
        "contact_states": STATES,
        "month": await load_count(tx, dialer.key, at - MONTH),
        "ends_at": list_ends_at(at, contacts, await count_attempts(tx, dialer.key, FIRST), lately),
        "outcomes": [
            (outcome_word(key), n) for key, n in await load_outcomes(tx, dialer.key, await _midnight(site, at))
        ],
    }


async def _midnight(site: Site, at: dt.datetime) -> dt.datetime:
    """Of the centre, whose day the law's limit is counted by."""
    return await asyncio.to_thread(midnight, at, site.settings.time_zone)


def _moment(text: str) -> dt.datetime | None:
    """As a browser sends it: the wall clock of who asks."""
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=zone())
    except ValueError:
        return None


def _refusal(error: Invalid) -> str:
    problem = error.problems[0]
    return _(problem.message, **problem.context)
