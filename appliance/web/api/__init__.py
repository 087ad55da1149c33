"""The same nouns as the console, as JSON below /api/v1, for holders of a bearer token."""

import json
from functools import cache

from aiohttp import web

from appliance.services.tokens import find_token_person
from appliance.services.users.person import Person
from appliance.web.access import PUBLIC, Access, add_route
from appliance.web.api import (
    agent_moves,
    agents,
    alarms,
    callbacks,
    calls,
    changes,
    contacts,
    dialers,
    do_not_call,
    emergency,
    entities,
    freepbx,
    holidays,
    interactions,
    licenses,
    list_contacts,
    list_imports,
    menus,
    messages,
    outbound,
    recycling,
    reminders,
    requests,
    revisions,
    sounds,
    status,
    user_access,
    users,
)
from appliance.web.api.openapi import make_document
from appliance.web.api.operations import BASE, Operation
from appliance.web.keys import DATABASE, TOKEN_PERSON


def operations() -> list[Operation]:
    modules = (
        status,
        emergency,
        entities,
        sounds,
        holidays,
        freepbx,
        menus,
        agents,
        agent_moves,
        requests,
        messages,
        alarms,
        reminders,
        calls,
        interactions,
        licenses,
        callbacks,
        contacts,
        dialers,
        recycling,
        list_contacts,
        list_imports,
        do_not_call,
        revisions,
        changes,
        users,
        user_access,
        outbound,
    )
    return [operation for module in modules for operation in module.OPERATIONS]


def add_routes(app: web.Application) -> None:
    app[TOKEN_PERSON] = _token_person
    for operation in operations():
        access = Access(operation.roles, by="token", max_body=operation.max_body, scope=operation.needs)
        add_route(app, f"{operation.method} {BASE}{operation.path}", operation.handler, access)
    add_route(app, f"GET {BASE}/openapi.json", get_document, PUBLIC)


async def get_document(_request: web.Request) -> web.StreamResponse:
    return web.Response(text=_document(), content_type="application/json")


@cache
def _document() -> str:
    return json.dumps(make_document(operations()))


async def _token_person(request: web.Request) -> Person | None:
    """A session cookie counts for nothing here: pages of another site could send it along."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return await find_token_person(request.app[DATABASE], token.strip(), address=request.remote or "")
