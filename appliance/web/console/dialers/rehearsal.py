"""The rehearsal of a dialer: what would happen with so many agents and such people, before anybody is called."""

from typing import Any, NamedTuple

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import VIEW
from appliance.core.dialing.speed import pace_rules
from appliance.core.entities.dialers import Dialer
from appliance.core.membership import members_of
from appliance.core.rehearsal.rehearse import RehearsalPlan
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.dialers import INTENSITY_PCT, MAX_RATIO_PCT
from appliance.services.rehearsals import usual_plan
from appliance.store.dialing.states import load_progress, load_state
from appliance.store.sessions import load_sessions
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, REHEARSALS
from appliance.web.language import _
from appliance.web.numbers import whole_number
from appliance.web.pages import page
from appliance.web.seen_dialer import seen_dialer

USUAL_AGENTS = 10
INTENSITIES = (50, 75, 100)
SHORT_H = 2.0  # of the comparison of intensities, which is made while somebody waits for it


class Figure(NamedTuple):
    """A field of the form."""

    name: str
    title: str
    unit: str
    least: int
    most: int


FIGURES = (
    Figure("agents", N_("Agents"), "", 1, 500),
    Figure("hours", N_("Hours"), "h", 1, 24),
    Figure("answer_pct", N_("Calls that a person answers"), "%", 1, 100),
    Figure("talk_s", N_("Average talk"), "s", 1, 3600),
    Figure("wrap_s", N_("Wrap-up"), "s", 0, 1800),
    Figure("ring_s", N_("Rings until it is answered"), "s", 1, 60),
    Figure("machine_pct", N_("Calls that a machine answers"), "%", 0, 99),
    Figure("contacts", N_("Contacts"), "", 0, 1_000_000),
)


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /dialers/{key}/rehearsal", get_rehearsal, Access(VIEW))
    add_route(app, "GET /dialers/{key}/pace/effects", get_effects, Access(VIEW))


async def get_rehearsal(request: web.Request) -> web.StreamResponse:
    """Nothing changes by it, so its figures stand in the address: it can be passed on."""
    _site, dialer, plan, left = await _usual(request)
    plan = plan._replace(contacts=left or None)
    context: dict[str, Any] = {"dialer": dialer, "figures": FIGURES, "errors": {}, "found": None}
    if "agents" in request.query:
        plan, context["errors"] = _asked(plan, request)
        if not context["errors"]:
            context["found"] = await request.app[REHEARSALS].run(plan)
    context["values"] = {each.name: request.query.get(each.name, _shown(plan, each)) for each in FIGURES}
    return await page(request, "dialers/rehearsal.html", status=422 if context["errors"] else 200, **context)


async def get_effects(request: web.Request) -> web.StreamResponse:
    """What the knobs would come to as they are typed, and other intensities, with people as they were so far."""
    site, dialer, plan, _left = await _usual(request)
    dialer = dialer.model_copy(update=_typed(request))
    intensities = {dialer.intensity_pct, *(INTENSITIES if dialer.mode == "predictive" else ())}
    effects = []
    for intensity in sorted(intensities):
        rules = pace_rules(site, dialer.model_copy(update={"intensity_pct": intensity}))
        effects.append((intensity, await request.app[REHEARSALS].run(plan._replace(rules=rules, hours=SHORT_H))))
    return await page(request, "dialers/effects.html", dialer=dialer, effects=effects, plan=plan)


def _typed(request: web.Request) -> dict[str, int]:
    """As far as it could be applied."""
    knobs = {"intensity_pct": INTENSITY_PCT, "max_ratio_pct": MAX_RATIO_PCT}
    found = {name: whole_number(request.query.get(name, "").strip()) for name in knobs}
    return {name: value for name, value in found.items() if value is not None and value in knobs[name]}


async def _usual(request: web.Request) -> tuple[Site, Dialer, RehearsalPlan, int]:
    async with request.app[DATABASE].reading() as tx:
        site, dialer = await seen_dialer(tx, request)
        turned = (await load_state(tx, dialer.key)).pace_of(dialer)
        plan = await usual_plan(tx, site, turned, await _agents(tx, site, dialer))
        left = sum(each.contacts for each in await load_progress(tx, dialer) if each.state != "done")
    return site, turned, plan, left


async def _agents(tx: AsyncSession, site: Site, dialer: Dialer) -> int:
    """Those of its queue who are logged in, else all of its queue."""
    queue = site.queues.get(site.campaigns[dialer.campaign].queue)  # not everybody sees the queue of a campaign
    members = members_of(site, queue) if queue else {}
    here = sum(each.agent in members for each in await load_sessions(tx))
    return here or len(members) or USUAL_AGENTS


def _asked(plan: RehearsalPlan, request: web.Request) -> tuple[RehearsalPlan, dict[str, str]]:
    given: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for each in FIGURES:
        number = whole_number(request.query.get(each.name, "").strip())
        if number is None or not each.least <= number <= each.most:
            errors[each.name] = _("must be a whole number from {least} to {most}", least=each.least, most=each.most)
        else:
            given[each.name] = number
    if not errors and given["answer_pct"] + given["machine_pct"] > 100:
        errors["machine_pct"] = _("persons and machines together answer at most 100 %")
    if not errors:
        plan = plan._replace(**given | {"contacts": given["contacts"] or None})
    return plan, errors


def _shown(plan: RehearsalPlan, figure: Figure) -> str:
    return str(round(getattr(plan, figure.name) or 0))
