"""The agent's next contact in preview: shown, called, or skipped with a reason."""

from collections.abc import Mapping

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.services.calls.dialling import BUSY
from appliance.services.errors import Refused
from appliance.services.previews import Shown, accept, load_own_dialers, offer, skip
from appliance.store.contacts.cards import load_contact
from appliance.web.access import Access, add_route
from appliance.web.call_acts import control_of, seat_of
from appliance.web.console.desk.own import own_agent
from appliance.web.console.desk.side import done
from appliance.web.keys import DATABASE, DIALERS, LIVE, NODE
from appliance.web.numbers import whole_number
from appliance.web.pages import page


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /me/preview", get_preview, Access(ANYONE_SIGNED_IN))
    add_route(app, "GET /me/preview/card", get_card, Access(ANYONE_SIGNED_IN))
    add_route(app, "POST /me/preview/call", post_call, Access(ANYONE_SIGNED_IN))
    add_route(app, "POST /me/preview/skip", post_skip, Access(ANYONE_SIGNED_IN))


async def get_preview(request: web.Request) -> web.StreamResponse:
    """Reserved for this agent from now on; an empty object where there is nobody to call."""
    agent = own_agent(request)
    async with request.app[DATABASE].transaction() as tx:
        found = await offer(tx, request.app[NODE], agent)
    if found is None:
        return web.json_response({})
    until = found.until_at.isoformat() if found.until_at else None
    return web.json_response({**found.__dict__, "until_at": until})


async def get_card(request: web.Request) -> web.StreamResponse:
    """A part of the desk that asks for itself again; whoever is not ready is shown nobody."""
    agent, found, contact = own_agent(request), None, None
    row = request.app[LIVE].state.agents.get(agent)
    async with request.app[DATABASE].transaction() as tx:
        dialers = await load_own_dialers(tx, agent)
        if dialers and row is not None and row.state == "ready":
            found = await offer(tx, request.app[NODE], agent)
        if found is not None and found.contact_id is not None:
            contact = await load_contact(tx, found.contact_id)
    names = {each.key: each.name for each in dialers}
    return await page(request, "desk/preview.html", offer=found, contact=contact, dialers=names)


async def post_call(request: web.Request) -> web.StreamResponse:
    """The attempt is committed, then the own phone rings."""
    agent, form = own_agent(request), await request.post()
    if DIALERS not in request.app:
        raise web.HTTPServiceUnavailable
    own = control_of(request).own
    seat = await seat_of(request, agent)
    phone = own.phone(seat)
    if own.leg(seat) is not None:
        raise Refused(BUSY)
    async with request.app[DATABASE].transaction() as tx:
        attempt = await accept(tx, request.app[NODE], agent, _shown(form))
        request.app[DIALERS].take_line(attempt)
    await request.app[DIALERS].call_with_agent(attempt, phone)
    return done(request)


async def post_skip(request: web.Request) -> web.StreamResponse:
    agent, form = own_agent(request), await request.post()
    reason = " ".join(str(form.get("reason", ""))[:200].replace("\0", "").split())
    async with request.app[DATABASE].transaction() as tx:
        await skip(tx, agent, _shown(form), reason)
    return done(request)


def _shown(form: Mapping[str, object]) -> Shown:
    """As the page has it."""
    dialer, contact, number, kind = (str(form.get(name, ""))[:40] for name in ("dialer", "contact", "number", "kind"))
    return Shown(dialer, whole_number(contact), number, kind)
