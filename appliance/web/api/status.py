"""Whether Asterisk runs what is wanted."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from appliance.core.access import ANYONE_SIGNED_IN
from appliance.store.configuration import load_status
from appliance.web.api.operations import Answer, Operation, json_answer
from appliance.web.keys import DATABASE, NODE


class Status(Answer):
    node: str
    wanted: Annotated[int, Field(description="The generation of the configuration that people want.")]
    applied: Annotated[int, Field(description="The generation that Asterisk runs.")]
    tried: Annotated[int, Field(description="The generation that was tried last.")]
    error: Annotated[str, Field(description="Why the last try failed; empty where it did not.")]
    is_settled: Annotated[bool, Field(description="Asterisk runs what is wanted.")]


async def get_status(request: web.Request) -> web.StreamResponse:
    node = request.app[NODE]
    async with request.app[DATABASE].reading() as tx:
        status = await load_status(tx, node)
    settled = status.applied == status.wanted
    answer = Status(
        node=node,
        wanted=status.wanted,
        applied=status.applied,
        tried=status.tried,
        error=status.error,
        is_settled=settled,
    )
    return json_answer(answer)


OPERATIONS = [
    Operation("GET", "/status", get_status, ANYONE_SIGNED_IN, "What is wanted and what is applied", "status", Status)
]
