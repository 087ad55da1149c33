"""What the person behind a request sees: asked once, in the guard; what is out of sight is not found."""

import re

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.phones import extension_of
from appliance.core.sight import EVERYTHING, UNLIMITED, Sight, own_sight, sight_of
from appliance.core.site import Site
from appliance.services.errors import NotFound
from appliance.services.users.person import Person
from appliance.store.sessions import load_sessions
from appliance.store.snapshots import Snapshot, load_snapshot
from appliance.web.keys import DATABASE, PERSON, SIGHT

_SECTION = re.compile(r"^(?:/api/v[0-9]+)?/([a-z_-]+)(?:[/.]|$)")
WHOLE = ("revisions", "license")  # they tell of every entity, or of every agent
NAMED = {"agent": "agents", "queue": "queues", "campaign": "campaigns"}  # where an address names one in another place


async def load_sight(request: web.Request) -> Sight:
    """As the configuration is now."""
    person = request[PERSON]
    if person.role != "supervisor":
        return _fixed(person)
    async with request.app[DATABASE].reading() as tx:
        return sight_in((await load_snapshot(tx)).site, person)


def sight_in(site: Site, person: Person) -> Sight:
    return sight_of(site, person.logins) if person.role == "supervisor" else _fixed(person)


def _fixed(person: Person) -> Sight:
    """Only a supervisor's depends on the site."""
    return EVERYTHING if person.role in UNLIMITED else own_sight(person.agent)


def customers_in_sight(request: web.Request) -> Sight:
    """Whoever serves a customer reads every card; a supervisor of some campaigns none that only others call."""
    return EVERYTHING if request[PERSON].role == "agent" else request[SIGHT]


async def load_seen(tx: AsyncSession, request: web.Request) -> Snapshot:
    """The configuration as far as this person sees it."""
    return (await load_snapshot(tx)).seen_by(request[SIGHT])


def check_sight(request: web.Request) -> None:
    """Before any handler: of what the address names. So a page or route that is added later cannot forget it."""
    sight, resource = request[SIGHT], request.match_info.route.resource
    found = _SECTION.match(resource.canonical) if resource is not None else None
    section = found[1].replace("-", "_") if found else ""
    if section in WHOLE and sight.is_limited:
        raise NotFound(section)
    named = [(kind, request.match_info[name]) for name, kind in NAMED.items() if name in request.match_info]
    for kind, key in [*named, *([(section, request.match_info["key"])] if "key" in request.match_info else [])]:
        if not sight.may_see(kind, key):
            raise NotFound(f"{kind}.{key}")


async def check_phone(tx: AsyncSession, request: web.Request, device: str) -> None:
    """One that is, or is used by, an agent out of sight is not found; one that is nobody's may be used by all."""
    extension, sight = extension_of(device), request[SIGHT]
    owners = [key for key, each in (await load_snapshot(tx)).site.agents.items() if each.extension == extension]
    sitting = [each.agent for each in await load_sessions(tx) if each.extension == extension]
    people = {*owners, *sitting} - {request[PERSON].agent}
    if not all(sight.may_see("agents", each) for each in people):
        raise NotFound(f"extensions.{extension}")
