"""The list of dialers with where each is in its life."""

from aiohttp import web

from appliance.core.access import VIEW
from appliance.core.dialing.life import STATES, DialerState
from appliance.store.dialing.states import load_states
from appliance.web.access import Access, add_route
from appliance.web.console.dialers.told import STATE_LOOKS, state_word
from appliance.web.console.entities import list_page
from appliance.web.keys import DATABASE


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /dialers", get_dialers, Access(VIEW))


async def get_dialers(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        states = await load_states(tx)
    known = {key: each.state for key, each in states.items()}
    words = {key: state_word(state) for key, state in known.items()}
    orders = {"state": lambda key: STATES.index(known.get(key, DialerState(key).state))}
    return await list_page(
        request,
        "dialers",
        "dialers/list.html",
        orders=orders,
        states=known,
        words=words,
        looks=STATE_LOOKS,
        draft=state_word("draft"),
    )
