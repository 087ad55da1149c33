"""What a route of the API declares: enough to register it, to check what is sent, and to document it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast, get_type_hints

from aiohttp import web
from pydantic import BaseModel, ConfigDict, create_model

from appliance.core.access import Role, Scope, scope_of
from appliance.web.access import MAX_BODY, Handler

BASE = "/api/v1"


@dataclass(frozen=True)
class Operation:
    """`path` below BASE; `answer` is what a good answer holds, None for none."""

    method: str
    path: str
    handler: Handler
    roles: frozenset[Role]
    summary: str
    tag: str
    answer: type[BaseModel] | None = None
    status: int = 200
    body: type[BaseModel] | None = None
    patch: bool = False  # the body may hold any part of `body`
    binary_body: bool = False
    binary_answer: str = ""  # its media type
    query: type[BaseModel] | None = None
    has_version: bool = False  # the answer carries an ETag
    needs_version: bool = False  # the request must carry If-Match
    max_body: int = MAX_BODY
    scope: Scope | None = None  # where it is not what the method and the roles say

    @property
    def needs(self) -> Scope:
        return self.scope or scope_of(self.method, self.roles)


class Answer(BaseModel):
    """What the API answers; instants are UTC."""

    model_config = ConfigDict(frozen=True)


def answer_of(rows: type[NamedTuple], leave_out: tuple[str, ...] = ()) -> type[Answer]:
    """The rows of the store as an answer, with the same names."""
    hints = {name: kind for name, kind in get_type_hints(rows).items() if name not in leave_out}
    fields: dict[str, Any] = {name: (kind, ...) for name, kind in hints.items()}
    return cast(type[Answer], create_model(rows.__name__, __base__=Answer, **fields))


def json_answer(value: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(text=value.model_dump_json(), status=status, headers=headers, content_type="application/json")
