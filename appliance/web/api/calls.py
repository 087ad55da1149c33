"""Steers the call of an agent, and lets supervisors listen to calls and move them."""

from dataclasses import asdict
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from appliance.core.access import FLOOR, VIEW
from appliance.core.call_targets import TargetKind
from appliance.core.entities.fields import Line, Part
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import read_body
from appliance.web.call_acts import PAGE, PHONE, control_of, do, seat_of
from appliance.web.watching import WATCHES, give, seen_calls, watch


class CallAnswer(Answer):
    state: Annotated[str, Field(description="none, ringing, dialing, talking, hold, consult or three-way.")]
    muted: bool
    recording: Annotated[str, Field(description="none, on or paused.")]
    asked: Annotated[str, Field(description="The number of who is asked, or is the third.")]
    message: Annotated[str, Field(description="The prompt that can be left on a machine, or nothing.")]


class AnswerAnswer(Answer):
    answers: Annotated[Literal["phone", "page"], Field(description="page: a browser is the phone and must answer.")]


class LiveCall(Answer):
    call_id: str
    guid: Annotated[str, Field(description="As the interaction will have it.")]
    caller: str
    did: str
    where: Annotated[str, Field(description="ivr, queue or talking.")]
    queue: str
    campaign: str
    agent: str
    held: bool


class LiveCalls(Answer):
    calls: list[LiveCall]


class Goal(Part):
    kind: Annotated[TargetKind, Field(description="What `to` is.")]
    to: Annotated[Line, Field(min_length=1, max_length=40, description="A key, an extension or a number.")]


class Keys(Part):
    keys: Annotated[Line, Field(min_length=1, max_length=32, description="Digits, * and #.")]


class Dialled(Part):
    number: Annotated[Line, Field(min_length=1, max_length=40, description="As the agent's phone would dial it.")]
    confirmed: Annotated[
        Literal["yes", "no"],
        Field(
            "no", description="yes: although it is on the do-not-call list, which was refused with 409 and a question."
        ),
    ]


class Phone(Part):
    extension: Annotated[Line, Field(min_length=1, max_length=10, description="The phone that rings.")]


class Receiver(Part):
    agent: Annotated[Line, Field(min_length=1, max_length=40, description="The agent's key.")]


async def get_call(request: web.Request) -> web.StreamResponse:
    view = await control_of(request).own.view(await seat_of(request, request.match_info["key"]))
    return json_answer(CallAnswer(**asdict(view)))


async def post_act(request: web.Request) -> web.StreamResponse:
    name = request.path.partition("/call/")[2]
    found = await do(request, request.match_info["key"], name, await _values(request, _BODIES.get(name)))
    if name == "answer":
        return json_answer(AnswerAnswer(answers=PHONE if found else PAGE))
    return web.Response(status=204)


async def get_calls(request: web.Request) -> web.StreamResponse:
    rows = {key: call.row() for key, call in seen_calls(request).items()}
    return json_answer(LiveCalls(calls=[LiveCall(call_id=key, **row) for key, row in rows.items()]))


async def post_watch(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, Phone)
    await watch(request, request.path.rpartition("/")[2], body.extension)
    return web.Response(status=204)


async def post_give(request: web.Request) -> web.StreamResponse:
    await give(request, (await read_body(request, Receiver)).agent)
    return web.Response(status=204)


async def _values(request: web.Request, model: type[Part] | None) -> dict[str, str]:
    return {} if model is None else (await read_body(request, model)).model_dump()


_SUMMARIES = {
    "answer": "Answer the call that rings",
    "hangup": "Hang up",
    "hold": "Put the customer on hold",
    "resume": "End the hold",
    "mute": "Mute the agent",
    "unmute": "End muting",
    "keys": "Send digits",
    "message": "Leave the dialer's message on a machine",
    "transfer": "Send the customer on at once",
    "consult": "Ask somebody while the customer waits",
    "consult/complete": "Put the customer through to who was asked",
    "consult/cancel": "Back to the customer",
    "three-way": "Talk to both",
    "recording/pause": "Pause the recording",
    "recording/resume": "Go on recording",
    "dial": "Dial a number from the agent's phone",
}
_BODIES: dict[str, type[Part]] = {"transfer": Goal, "consult": Goal, "keys": Keys, "dial": Dialled}
_WATCHES = {
    "listen": "Listen to a call",
    "whisper": "Speak to the agent alone",
    "barge": "Speak to agent and customer",
    "take": "Take a call over",
}


def _act(name: str) -> Operation:
    answer: type[BaseModel] | None = AnswerAnswer if name == "answer" else None
    status, body = 200 if answer else 204, _BODIES.get(name)
    path = f"/agents/{{key}}/call/{name}"
    return Operation("POST", path, post_act, FLOOR, _SUMMARIES[name], "calls", answer, status, body=body)


OPERATIONS = [
    Operation("GET", "/calls", get_calls, VIEW, "Calls that are up now", "calls", LiveCalls),
    Operation("GET", "/agents/{key}/call", get_call, VIEW, "What an agent's call is like", "calls", CallAnswer),
    *[_act(name) for name in _SUMMARIES],
    *[
        Operation("POST", f"/calls/{{call_id}}/{how}", post_watch, FLOOR, _WATCHES[how], "calls", None, 204, body=Phone)
        for how in WATCHES
    ],
    Operation(
        "POST",
        "/calls/{call_id}/give",
        post_give,
        FLOOR,
        "Give a waiting caller to an agent",
        "calls",
        None,
        204,
        body=Receiver,
    ),
]
