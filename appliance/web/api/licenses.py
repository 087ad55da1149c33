"""The licence in force, its seats, and the files that change it."""

import datetime as dt
from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import EDIT, VIEW
from appliance.core.entities.fields import Part
from appliance.core.license.document import MAX_TEXT, LicenseError
from appliance.core.license.licensing import Licensing
from appliance.core.license.request import write_request
from appliance.services.clock import now
from appliance.services.licenses.current import load_licensing
from appliance.services.licenses.files import audit_refusal, install_file
from appliance.services.licenses.requests import make_request
from appliance.services.licenses.seats import free_seat, give_seat
from appliance.services.licenses.trial import start_trial
from appliance.store.licenses import count_working, load_channels
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import read_body
from appliance.web.keys import DATABASE, MEMBERSHIP, PERSON


class LicenseState(Answer):
    phase: Annotated[str, Field(description="none, early, valid, grace or over.")]
    is_open: Annotated[bool, Field(description="Whether agents may log in and calls may be placed.")]
    license_id: str = ""
    customer: str = ""
    edition: str = ""
    model: Annotated[str, Field(description="named: a seat for each agent; concurrent: so many log-ins at once.")] = ""
    is_trial: bool = False
    features: tuple[str, ...] = ()
    not_before: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    days_left: int = 0
    seats: int = 0
    seats_taken: int = 0
    channels: Annotated[int, Field(description="Calls to and from the outside that are covered.")] = 0
    channels_in_use: int = 0
    channels_peak: Annotated[int, Field(description="Of today.")] = 0


class Seat(Answer):
    seat: str
    agent: str
    since: dt.datetime | None
    given_by: str


class SeatList(Answer):
    items: list[Seat]


class LicenseFile(Part):
    text: Annotated[str, Field(max_length=MAX_TEXT, description="The file, as it came from the vendor.")]


class SeatHolder(Part):
    agent: Annotated[str, Field(max_length=40, description="The agent's key; empty frees the seat.")]


class RequestFile(Answer):
    text: str


async def get_state(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        current, channels = await load_licensing(tx), await load_channels(tx, now())
        working = await count_working(tx, besides="")
    state = LicenseState(
        phase=current.phase,
        is_open=current.is_open,
        days_left=current.days_left,
        seats=current.places,
        channels=current.channels,
        channels_in_use=channels.used,
        channels_peak=channels.peak,
    )
    return json_answer(state.model_copy(update=_about(current, working)))


def _about(current: Licensing, working: int) -> dict[str, object]:
    license = current.license
    if license is None:
        return {}
    kept = ("license_id", "customer", "edition", "model", "not_before", "expires_at")
    taken = len(current.holders) if license.model == "named" else working
    more = {"is_trial": license.trial, "features": license.features, "seats_taken": taken}
    return {name: getattr(license, name) for name in kept} | more


async def get_seats(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        current = await load_licensing(tx)
    items = [
        Seat(seat=seat.seat_id, agent=agent, since=seat.since_at, given_by=seat.by)
        for agent, seat in current.holders.items()
    ]
    return json_answer(SeatList(items=items))


async def put_seat(request: web.Request) -> web.StreamResponse:
    body, seat, by = await read_body(request, SeatHolder), request.match_info["seat"], request[PERSON].login
    async with request.app[DATABASE].transaction() as tx:
        if body.agent:
            await give_seat(tx, seat, body.agent, by=by)
        else:
            await free_seat(tx, seat, by=by)
    request.app[MEMBERSHIP].poke()
    return await get_seats(request)


async def post_license(request: web.Request) -> web.StreamResponse:
    body, by = await read_body(request, LicenseFile), request[PERSON].login
    try:
        async with request.app[DATABASE].transaction() as tx:
            await install_file(tx, body.text, by=by)
    except LicenseError as refused:
        async with request.app[DATABASE].transaction() as tx:
            await audit_refusal(tx, refused, by=by)
        raise
    request.app[MEMBERSHIP].poke()
    return await get_state(request)


async def post_trial(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        await start_trial(tx, by=request[PERSON].login)
    request.app[MEMBERSHIP].poke()
    return await get_state(request)


async def get_request(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        return json_answer(RequestFile(text=write_request(await make_request(tx))))


_TAG = "license"
OPERATIONS = [
    Operation("GET", "/license", get_state, VIEW, "What the license allows", _TAG, LicenseState),
    Operation(
        "POST", "/license", post_license, EDIT, "Install a license file", _TAG, LicenseState,
        body=LicenseFile, max_body=2 * MAX_TEXT,
    ),
    Operation("POST", "/license/trial", post_trial, EDIT, "Start the trial", _TAG, LicenseState),
    Operation("GET", "/license/seats", get_seats, VIEW, "List who has a seat", _TAG, SeatList),
    Operation("PUT", "/license/seats/{seat}", put_seat, EDIT, "Give or free a seat", _TAG, SeatList, body=SeatHolder),
    Operation("GET", "/license/request", get_request, EDIT, "The request file of this machine", _TAG, RequestFile),
]  # fmt: skip
