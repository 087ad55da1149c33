"""Trunks and outbound calls beyond their settings: who would carry a number, what a trunk is doing, test calls."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import EDIT, VIEW
from appliance.core.call_result import CallResult
from appliance.core.entities.fields import Part
from appliance.core.outbound import who_would_carry
from appliance.core.trunk_state import WORDS, overall
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.test_calls import TestCall
from appliance.store.site import load_entity
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.api.reading import Query, read_body, read_query
from appliance.web.keys import DATABASE, PERSON, TRUNKS
from appliance.web.sight import load_seen

Number = Annotated[str, Field(min_length=1, max_length=40, description="As it is dialled.")]


class DryRunQuery(Query):
    number: Number
    extension: Annotated[str, Field("", max_length=10, description="Who dials; empty: a menu or queue.")]


class TryAnswer(Answer):
    trunk: str
    number: Annotated[str, Field(description="As it is sent.")]
    caller_id: Annotated[str, Field(description="Empty: the caller's own number.")]


class SkippedAnswer(Answer):
    route: str
    reason: str


class DryRunAnswer(Answer):
    number: str
    route: Annotated[str, Field(description="Key of the route that carries it; empty where none does.")]
    tries: list[TryAnswer]
    skipped: list[SkippedAnswer]
    refused: Annotated[str, Field(description="Why nobody carries it; empty where somebody does.")]


class HostState(Answer):
    host: str
    port: int
    state: Annotated[str, Field(description=f"One of {', '.join(WORDS)}.")]
    latency_ms: float | None


class TrunkAnswer(Answer):
    trunk: str
    state: str
    hosts: list[HostState]


class TestCallBody(Part):
    __test__ = False
    number: Number


class HostAnswer(Answer):
    host: str
    result: str


class TestCallAnswer(Answer):
    __test__ = False
    trunk: str
    number: Annotated[str, Field(description="As it was sent.")]
    result: str
    is_over: bool
    host: Annotated[str, Field(description="That the result is of.")]
    earlier: Annotated[list[HostAnswer], Field(description="Hosts that were asked before it, and what each said.")]


async def get_dry_run(request: web.Request) -> web.StreamResponse:
    query = read_query(request, DryRunQuery)
    async with request.app[DATABASE].reading() as tx:
        site = (await load_seen(tx, request)).site
    dry = who_would_carry(site, query.number, query.extension, now())
    answer = DryRunAnswer(
        number=dry.number,
        route=dry.route,
        tries=[TryAnswer(trunk=each.trunk, number=each.number, caller_id=each.caller_id) for each in dry.tries],
        skipped=[SkippedAnswer(route=key, reason=why.text()) for key, why in dry.skipped],
        refused=dry.refused.text() if dry.refused else "",
    )
    return json_answer(answer)


async def get_state(request: web.Request) -> web.StreamResponse:
    key = await _known(request)
    found = request.app[TRUNKS].states.states.get(key) if TRUNKS in request.app else None
    word = "unknown" if found is None else overall(found)
    hosts = [HostState(host=e.host, port=e.port, state=e.word, latency_ms=e.latency_ms) for e in found or ()]
    return json_answer(TrunkAnswer(trunk=key, state=word, hosts=hosts))


async def post_test_call(request: web.Request) -> web.StreamResponse:
    key, body = await _known(request), await read_body(request, TestCallBody)
    if TRUNKS not in request.app:
        raise web.HTTPServiceUnavailable
    call = await request.app[TRUNKS].calls.place(key, body.number, by=request[PERSON].login)
    return _told(call, status=202)


async def get_test_call(request: web.Request) -> web.StreamResponse:
    key = await _known(request)
    call = request.app[TRUNKS].calls.last.get(key) if TRUNKS in request.app else None
    if call is None:
        raise NotFound(f"trunks.{key}.test-call")
    return _told(call)


def _told(call: TestCall, *, status: int = 200) -> web.Response:
    answer = TestCallAnswer(
        trunk=call.trunk,
        number=call.number,
        result=_words(call.result),
        is_over=call.result.is_over,
        host=call.host,
        earlier=[HostAnswer(host=host, result=_words(result)) for host, result in call.earlier],
    )
    return json_answer(answer, status=status)


def _words(result: CallResult) -> str:
    return result.message.format(**dict(result.context))


async def _known(request: web.Request) -> str:
    key = request.match_info["key"]
    async with request.app[DATABASE].reading() as tx:
        if await load_entity(tx, "trunks", key) is None:
            raise NotFound(f"trunks.{key}")
    return key


_CALL = "/trunks/{key}/test-call"
OPERATIONS = [
    Operation(
        "GET", "/dry-run", get_dry_run, VIEW, "Who would carry a number", "outbound", DryRunAnswer, query=DryRunQuery
    ),
    Operation("GET", "/trunks/{key}/state", get_state, VIEW, "What a trunk is doing now", "outbound", TrunkAnswer),
    Operation("GET", _CALL, get_test_call, EDIT, "The newest test call of a trunk", "outbound", TestCallAnswer),
    Operation(
        "POST", _CALL, post_test_call, EDIT, "Place a test call", "outbound", TestCallAnswer, 202, body=TestCallBody
    ),
]
