"""Sessions of everybody, API tokens, and the rules for passwords and second factors."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from appliance.core.access import EDIT, Role, Scope
from appliance.core.entities.fields import Part
from appliance.core.users import UserPolicy
from appliance.services.tokens import MAX_DAYS, NewToken, Token, create_token, list_tokens, revoke_token
from appliance.services.users.policy import load_policy, save_policy
from appliance.services.users.sessions import OpenSession, list_sessions, revoke_session
from appliance.web.api.operations import Answer, Operation, answer_of, json_answer
from appliance.web.api.reading import read_body, read_number, read_version, version_headers
from appliance.web.keys import DATABASE, PERSON
from appliance.web.stream import tell_sessions_ended

SessionAnswer = answer_of(OpenSession, leave_out=("user_id",))
TokenAnswer = answer_of(Token)


class SessionList(Answer):
    items: list[SessionAnswer]  # type: ignore[valid-type]


class TokenList(Answer):
    items: list[TokenAnswer]  # type: ignore[valid-type]


class WantedToken(Part):
    name: Annotated[str, Field(description="What it is for.")]
    role: Annotated[Role, Field(description="It may never do more than people of this role.")]
    scopes: Annotated[list[Scope], Field(description="What it may be used for within its role.")]
    days: Annotated[int | None, Field(ge=1, le=MAX_DAYS, description="How long it is good for; null: for ever.")] = None


class TokenOnce(Answer):
    token: Annotated[str, Field(description="Nothing can show it again.")]


async def get_sessions(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        sessions = await list_sessions(tx)
    return json_answer(SessionList(items=[SessionAnswer.model_validate(each._asdict()) for each in sessions]))


async def delete_session(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        user_id = await revoke_session(tx, request.match_info["name"], by=request[PERSON].login)
    tell_sessions_ended(request, user_id)
    return web.Response(status=204)


async def get_tokens(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        tokens = await list_tokens(tx)
    return json_answer(TokenList(items=[TokenAnswer.model_validate(each._asdict()) for each in tokens]))


async def post_token(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, WantedToken)
    wanted = NewToken(name=body.name, role=body.role, scopes=tuple(body.scopes), days=body.days)
    async with request.app[DATABASE].transaction() as tx:
        token = await create_token(tx, wanted, by=request[PERSON].login)
    return json_answer(TokenOnce(token=token), status=201)


async def delete_token(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].transaction() as tx:
        await revoke_token(tx, read_number(request, "token_id"), by=request[PERSON].login)
    return web.Response(status=204)


async def get_policy(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        stored = await load_policy(tx)
    return json_answer(stored.policy, headers=version_headers(stored.version))


async def put_policy(request: web.Request) -> web.StreamResponse:
    version, policy = read_version(request), await read_body(request, UserPolicy)
    async with request.app[DATABASE].transaction() as tx:
        await save_policy(tx, policy, version=version, by=request[PERSON].login)
    tell_sessions_ended(request, None)
    return await get_policy(request)


def _operation(method: str, path: str, handler: Any, summary: str, **more: Any) -> Operation:
    return Operation(method, path, handler, EDIT, summary, "users", scope="users", **more)


OPERATIONS = [
    _operation("GET", "/sessions", get_sessions, "List who is signed in", answer=SessionList),
    _operation("DELETE", "/sessions/{name}", delete_session, "End a session at once", status=204),
    _operation("GET", "/tokens", get_tokens, "List API tokens and their last use", answer=TokenList),
    _operation("POST", "/tokens", post_token, "Make an API token", answer=TokenOnce, status=201, body=WantedToken),
    _operation("DELETE", "/tokens/{token_id}", delete_token, "Revoke an API token", status=204),
    _operation("GET", "/user-policy", get_policy, "Read the rules for signing in", answer=UserPolicy, has_version=True),
    _operation(
        "PUT",
        "/user-policy",
        put_policy,
        "Replace the rules for signing in",
        answer=UserPolicy,
        body=UserPolicy,
        has_version=True,
        needs_version=True,
    ),
]
