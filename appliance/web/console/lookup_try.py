"""A web lookup tried out from its page: what is asked, what comes back, which way a call would take."""

from typing import Any

from aiohttp import web

from appliance.core.access import EDIT
from appliance.core.entities.lookups import Lookup
from appliance.core.lookup_request import Caller
from appliance.services.errors import NotFound
from appliance.services.lookups import Trial
from appliance.web.access import Access, add_route
from appliance.web.keys import DATABASE, LOOKUPS
from appliance.web.pages import page
from appliance.web.sight import load_seen
from appliance.web.targets import target_of

LONGEST = 80
SHOWN = 2000  # of the answer


def add_routes(app: web.Application) -> None:
    add_route(app, "POST /lookups/{key}/try", post_try, Access(EDIT))


async def post_try(request: web.Request) -> web.StreamResponse:
    """A POST, for the service of the customer is asked for real. It is asked as it is stored, not as it is typed."""
    post = await request.post()
    if LOOKUPS not in request.app:
        raise NotFound("lookups")
    lookup, names = await request.app[LOOKUPS].find(request.match_info["key"])
    typed = {name: str(post.get(name, "")).strip()[:LONGEST] for name in ("caller", "did", *map(_field, names))}
    digits = {name: typed[_field(name)] for name in names}
    caller = Caller(typed["caller"], typed["did"], "00000000-0000-4000-8000-000000000000", digits)
    trial = await request.app[LOOKUPS].try_out(lookup, caller)
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    context: dict[str, Any] = {"lookup": lookup, "names": names, "typed": typed, "trial": trial, "shown": SHOWN}
    return await page(request, "lookup_try.html", way=target_of(site, way_of(lookup, trial)), **context)


def _field(name: str) -> str:
    return f"digits.{name}"


def way_of(lookup: Lookup, trial: Trial) -> str:
    """Where the dialplan would send a call (steps.conf.j2)."""
    if not trial.answer:
        return lookup.failed_destination
    ways = {each.answer: each.destination for each in lookup.answers}
    return ways.get(trial.answer, lookup.other_destination)
