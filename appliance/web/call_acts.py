"""What may be done with an agent's own call, by the name that pages and the API have for it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from appliance.core.outbound import DryRun, who_would_carry
from appliance.services.calls.call_control import CallControl
from appliance.services.calls.dialling import Wish
from appliance.services.calls.own_call import Seat, load_seat
from appliance.services.clock import now
from appliance.services.contacts import find_by_number
from appliance.store.sessions import load_sessions
from appliance.store.snapshots import load_snapshot
from appliance.web.keys import CALLS, DATABASE, PERSON

PAGE, PHONE = "page", "phone"  # who answers a call that rings


@dataclass(frozen=True)
class Asked:
    """`values` are what the form or the body says."""

    control: CallControl
    seat: Seat
    by: str
    values: Mapping[str, str]

    def value(self, name: str) -> str:
        return self.values.get(name, "").strip()[:80]


Act = Callable[[Asked], Awaitable[object]]
ACTS: dict[str, Act] = {
    "answer": lambda a: a.control.in_call.answer(a.seat),
    "hangup": lambda a: a.control.in_call.hang_up(a.seat),
    "hold": lambda a: a.control.in_call.hold(a.seat),
    "resume": lambda a: a.control.in_call.resume(a.seat),
    "mute": lambda a: a.control.in_call.mute(a.seat, muted=True),
    "unmute": lambda a: a.control.in_call.mute(a.seat, muted=False),
    "keys": lambda a: a.control.in_call.press(a.seat, a.value("keys")),
    "message": lambda a: a.control.in_call.leave_message(a.seat),
    "transfer": lambda a: a.control.transfers.transfer(a.seat, a.value("kind"), a.value("to")),
    "consult": lambda a: a.control.transfers.consult(a.seat, a.value("kind"), a.value("to")),
    "consult/complete": lambda a: a.control.transfers.complete(a.seat),
    "consult/cancel": lambda a: a.control.transfers.cancel(a.seat),
    "three-way": lambda a: a.control.transfers.three_way(a.seat),
    "recording/pause": lambda a: a.control.in_call.pause_recording(a.seat, by=a.by),
    "recording/resume": lambda a: a.control.in_call.resume_recording(a.seat, by=a.by),
    "dial": lambda a: a.control.dialling.dial(a.seat, Wish(a.value("number"), a.by, a.value("confirmed") == "yes")),
}


def control_of(request: web.Request) -> CallControl:
    if CALLS not in request.app:
        raise web.HTTPServiceUnavailable
    return request.app[CALLS]


async def seat_of(request: web.Request, agent: str) -> Seat:
    async with request.app[DATABASE].reading() as tx:
        return await load_seat(tx, agent)


async def do(request: web.Request, agent: str, name: str, values: Mapping[str, str]) -> object:
    """One of ACTS; raises NotFound, Refused or Unreachable."""
    seat = await seat_of(request, agent)
    return await ACTS[name](Asked(control_of(request), seat, request[PERSON].login, values))


async def name_of(request: web.Request, number: str) -> str:
    """Who sits at this extension, whose it is, or the customer with this number."""
    async with request.app[DATABASE].reading() as tx:
        site, sessions = (await load_snapshot(tx)).site, await load_sessions(tx)
        contacts = await find_by_number(tx, number) if number not in site.extensions else []
    sitting = [each.agent for each in sessions if each.extension == number]
    owners = [key for key, each in site.agents.items() if each.extension == number]
    names = [site.agents[key].name for key in (*sitting, *owners) if key in site.agents]
    names += [site.extensions[number].name] if number in site.extensions else []
    names += [each.contact.name for each in contacts] if len(contacts) == 1 else []
    return names[0] if names else number


async def dry_run(request: web.Request, agent: str, number: str) -> DryRun:
    """Who would carry this number if the agent dialled it now."""
    seat = await seat_of(request, agent)
    async with request.app[DATABASE].reading() as tx:
        site = (await load_snapshot(tx)).site
    return who_would_carry(site, number.replace(" ", "")[:40], seat.extension, now())
