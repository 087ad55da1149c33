"""The dial box: who would carry a number, asked before it is dialled; and whom a call may be sent to."""

from dataclasses import dataclass

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.core.contacts import plain_number
from appliance.core.numbers import internal_numbers
from appliance.core.outbound import DryRun, who_would_carry
from appliance.core.search import plain
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.contacts import find_by_number
from appliance.store.sessions import load_session
from appliance.store.snapshots import load_snapshot
from appliance.web.access import Access, add_route
from appliance.web.console.desk.own import own_agent, routes_of
from appliance.web.keys import DATABASE, LIVE
from appliance.web.language import _
from appliance.web.pages import page
from appliance.web.shown import use_zone

MOST_FOUND = 12


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /me/dial", get_dial, Access(ANYONE_SIGNED_IN))
    add_route(app, "GET /me/targets", get_targets, Access(ANYONE_SIGNED_IN))


@dataclass(frozen=True)
class Told:
    """Whether the number goes out, and how, in one sentence."""

    number: str
    is_good: bool
    text: str
    name: str = ""


async def get_dial(request: web.Request) -> web.StreamResponse:
    """Always as the own phone dials: nobody else's rights can be tried."""
    await use_zone(request.cookies.get("zone", ""))
    agent, number = own_agent(request), plain_number(request.query.get("number", "")[:40])
    async with request.app[DATABASE].reading() as tx:
        site, session = (await load_snapshot(tx)).site, await load_session(tx, agent)
        contacts = await find_by_number(tx, number) if number else []
    own = session.extension if session else site.agents[agent].extension if agent in site.agents else ""
    told = tell_dry_run(site, who_would_carry(site, number, own, now())) if number else None
    name = contacts[0].contact.name if len(contacts) == 1 else ""
    return await page(request, "desk/dial_told.html", told=told, name=name, routes=routes_of(request.app))


def tell_dry_run(site: Site, dry: DryRun) -> Told:
    inside = dict(internal_numbers(site)).get(dry.number)
    if inside is not None:
        entity = site.section(inside[0]).get(inside[1])
        name = str(getattr(entity, "name", dry.number))
        return Told(dry.number, is_good=True, text=_("A number of this house: {name}.", name=name))
    if dry.refused is not None:
        return Told(dry.number, is_good=False, text=_(dry.refused.message, **dict(dry.refused.context)))
    route, first = site.outbound_routes[dry.route].name, dry.tries[0]
    trunk = site.trunks[first.trunk].name
    text = _("Goes out by {route} through {trunk} as {number}.", route=route, trunk=trunk, number=first.number)
    return Told(dry.number, is_good=True, text=text)


@dataclass(frozen=True)
class Found:
    """Where a call may go: `kind` and `to` as the call's routes want them."""

    kind: str
    to: str
    name: str
    detail: str
    state: str = ""


async def get_targets(request: web.Request) -> web.StreamResponse:
    agent, words = own_agent(request), plain(request.query.get("q", "")[:80]).split()
    async with request.app[DATABASE].reading() as tx:
        site = (await load_snapshot(tx)).site
    states = {key: each.state for key, each in request.app[LIVE].state.agents.items()}
    found = [each for each in _targets(site, agent, states) if _is_like(each, words)][:MOST_FOUND]
    number = plain_number(request.query.get("q", "")[:40])
    if number and number not in site.extensions:
        found.append(Found("outside", number, number, _("Outside")))
    return await page(request, "desk/targets.html", found=found, routes=routes_of(request.app))


def _targets(site: Site, own: str, states: dict[str, str]) -> list[Found]:
    """Colleagues who are there before those who are not."""
    people = [
        Found("agent", key, each.name, each.extension, states.get(key, "out"))
        for key, each in site.agents.items()
        if key != own
    ]
    people.sort(key=lambda each: (each.state != "ready", each.state in ("out", "offline"), each.name))
    queues = [Found("queue", key, each.name, _("Queue")) for key, each in site.queues.items()]
    taken = {each.extension for each in site.agents.values()}
    phones = [Found("extension", key, each.name, key) for key, each in site.extensions.items() if key not in taken]
    return [*people, *queues, *phones]


def _is_like(found: Found, words: list[str]) -> bool:
    text = plain(f"{found.name} {found.detail} {found.to}")
    return all(word in text for word in words)
