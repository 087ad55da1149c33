"""A dialer while it runs: what it does now and why, what it came to, its state and its knobs."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import FLOOR, VIEW
from appliance.core.dialing.law import rules_of
from appliance.core.dialing.life import Act, DialerState, acts_in
from appliance.core.dialing.outlook import opens_at, zones_of
from appliance.core.entities.dialers import Dialer
from appliance.core.problems import Invalid
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.dialer.status import LEAVING, PROMISED, Status
from appliance.services.dialers import INTENSITY_PCT, MAX_RATIO_PCT, Change, Knobs, change_state, turn_knobs
from appliance.services.errors import Stale
from appliance.store.dialing.detection import load_detection
from appliance.store.dialing.figures import load_dialer_figures
from appliance.store.dialing.lanes import load_zones
from appliance.store.dialing.results import load_count
from appliance.store.dialing.states import load_state
from appliance.web.access import Access, add_route
from appliance.web.console.dialers.progress import progress_of, today_began_at
from appliance.web.console.dialers.told import (
    STATE_LOOKS,
    state_word,
    told_changes,
    told_rules,
)
from appliance.web.keys import DATABASE, DIALERS, PERSON
from appliance.web.language import _
from appliance.web.numbers import whole_number
from appliance.web.pages import page
from appliance.web.seen_dialer import seen_dialer
from appliance.web.shown import minute, use_zone, zone

MONTH = dt.timedelta(days=30)
_KNOBS = ("intensity_pct", "max_ratio_pct", "seen_intensity_pct", "seen_max_ratio_pct")


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
    add_route(app, "POST /dialers/{key}/state", post_state, Access(FLOOR))
    add_route(app, "POST /dialers/{key}/pace", post_pace, Access(FLOOR))


async def get_live(request: web.Request) -> web.StreamResponse:
    return await _live(request)


async def get_now(request: web.Request) -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    async with request.app[DATABASE].reading() as tx:
        site, dialer = await seen_dialer(tx, request)
        context = await _now(tx, request, site, dialer)
    is_changed = request.query.get("state") != context["state_name"]
    return await page(request, "dialers/now.html", dialer=dialer, is_changed=is_changed, **context)


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
    intensity, ratio, *seen = (whole_number(str(form.get(name, "")).strip()) or 0 for name in _KNOBS)
    if intensity not in INTENSITY_PCT or ratio not in MAX_RATIO_PCT:
        return await _live(request, error=_("Intensity is 10 to 100 %, calls for each agent 100 to 2000 %."))
    knobs = Knobs(intensity, ratio, note, seen=(seen[0], seen[1]))
    try:
        async with request.app[DATABASE].transaction() as tx:
            _site, dialer = await seen_dialer(tx, request)
            await turn_knobs(tx, dialer, knobs, by=request[PERSON].login)
    except Stale:
        return await _live(request, error=_("Somebody else turned them meanwhile. They are shown as they stand now."))
    raise web.HTTPSeeOther(f"/dialers/{dialer.key}/live")


async def _live(request: web.Request, *, error: str = "") -> web.StreamResponse:
    await use_zone(request.cookies.get("zone", ""))
    async with request.app[DATABASE].reading() as tx:
        site, dialer = await seen_dialer(tx, request)
        context = await _now(tx, request, site, dialer) | await progress_of(tx, site, dialer)
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
        is_changed=False,
        **context,
    )


def _life(state: DialerState, dialer: Dialer) -> dict[str, Any]:
    acts = acts_in(state.state)
    turned = state.pace_of(dialer)
    kind, icon = STATE_LOOKS[state.state]
    return {
        "state_name": state.state,
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
    since = await today_began_at(site, at)
    count = await load_count(tx, dialer.key, since)
    status = request.app[DIALERS].status(dialer.key) if DIALERS in request.app else Status()
    state = await load_state(tx, dialer.key)
    zones = zones_of(site, dialer, await load_zones(tx, [each.list for each in dialer.lists]))
    today = await load_dialer_figures(tx, dialer.key, since, rules.connect_s)
    return _life(state, dialer) | {
        "doing": status,
        "why": _why(status, state),
        "today": today.with_open(status.talking),
        "count": count,
        "limit": rules.abandoned_limit,
        "left": count.left(rules.abandoned_limit),
        "connect_s": rules.connect_s,
        "at": at,
        "opens_at": opens_at(rules, zones, at),
    }


def _why(status: Status, state: DialerState) -> str:
    if status.why:
        told = [_(status.why, **status.values)]
        if status.leave_at is not None:
            told.append(_(LEAVING, clock=minute(status.leave_at), leaving=status.leaving))
        if status.promised:
            told.append(_(PROMISED, promised=status.promised))
        return " ".join(told)
    if status.is_running:
        return _("Agents call whom they have looked at.")
    return _("It begins in a moment.") if state.state == "running" else _("It does not run: no calls are placed.")


def _moment(text: str) -> dt.datetime | None:
    """As a browser sends it: the wall clock of who asks."""
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=zone())
    except ValueError:
        return None


def _refusal(error: Invalid) -> str:
    problem = error.problems[0]
    return _(problem.message, **problem.context)
