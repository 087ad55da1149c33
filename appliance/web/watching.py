"""What supervisors do with the calls that they see: the same for pages and the API."""

from aiohttp import web

from appliance.core.live.state import Call
from appliance.core.words import N_
from appliance.services.calls.monitoring import MODES, Supervisor
from appliance.services.calls.own_call import Seat
from appliance.services.desk_news import tell_desk
from appliance.services.errors import NotFound, Refused
from appliance.store.snapshots import load_snapshot
from appliance.web.call_acts import control_of, seat_of
from appliance.web.keys import DATABASE, HUB, LIVE, PERSON, SIGHT
from appliance.web.sight import check_phone

WATCHES = (*MODES, "take")
NO_PHONE = N_("Say at which extension you hear the call: your user is not linked to an agent.")
NO_EXTENSION = N_("There is no such extension.")


def seen_call(request: web.Request) -> str:
    """The id of a call in sight."""
    call_id = request.match_info["call_id"]
    call = request.app[LIVE].state.calls.get(call_id)
    if call is None or not _is_seen(request, call_id, call):
        raise NotFound(f"calls.{call_id}")
    return call_id


def seen_calls(request: web.Request) -> dict[str, Call]:
    calls = request.app[LIVE].state.calls
    return {key: call for key, call in calls.items() if _is_seen(request, key, call)}


def _is_seen(request: web.Request, call_id: str, call: Call) -> bool:
    return request[SIGHT].may_see_row("calls", call_id, call.row())


async def watch(request: web.Request, how: str, extension: str) -> None:
    """One of WATCHES; the phone is the own one of who asks, or the extension that is typed."""
    call_id = seen_call(request)
    by = Supervisor(request[PERSON].login, await _phone(request, extension))
    for mode in MODES:
        if how == mode:
            agent = await control_of(request).monitoring.watch(call_id, mode, by)
            tell_desk(request.app[HUB], "help", agent=agent)  # who asked for help reads who listens
            return
    await control_of(request).monitoring.take(call_id, by)


async def give(request: web.Request, agent: str) -> None:
    call_id = seen_call(request)
    if not request[SIGHT].may_see("agents", agent):
        raise NotFound(f"agents.{agent}")
    await control_of(request).monitoring.give(call_id, await seat_of(request, agent), request[PERSON].login)


async def _phone(request: web.Request, extension: str) -> Seat:
    agent = request[PERSON].agent
    if not extension and agent:
        return await seat_of(request, agent)
    if not extension:
        raise Refused(NO_PHONE)
    async with request.app[DATABASE].reading() as tx:
        if extension not in (await load_snapshot(tx)).site.extensions:
            raise Refused(NO_EXTENSION)
        await check_phone(tx, request, extension)
    return Seat("", extension)
