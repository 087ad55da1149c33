"""The API of entities: list, read, create, change, delete, and what each answers when it refuses."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.site import SECTIONS, key_of
from appliance.services.tokens import NewToken, create_token, list_tokens, revoke_token
from appliance.store.configuration import load_changes
from appliance.store.db import Database
from appliance.web.api import operations
from tests.app.api import Api, an_api
from tests.sites import a_site

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
QUEUE = {"key": "billing", "name": "Billing", "members": [{"agent": "ana"}]}


@pytest.fixture
async def api(database: Database, tmp_path: Path) -> AsyncIterator[Api]:
    async with an_api(database, tmp_path, a_site()) as api:
        yield api


async def test_every_section_lists_and_reads(api: Api) -> None:
    for section, entity in a_site().entities():
        page = await api.json("GET", f"/{section}")
        assert page["next"] is None
        assert [item["key"] for item in page["items"]] == sorted(a_site().section(section))
        one = await api.ask("GET", f"/{section}/{key_of(entity).replace('+', '%2B')}")
        assert (one.status, one.headers["ETag"]) == (200, '"1"')
        assert SECTIONS[section].model_validate(await one.json()).model_dump(exclude={"secret", "voicemail_pin"}) == (
            entity.model_dump(exclude={"secret", "voicemail_pin"})
        )


async def test_lists_come_in_pages(api: Api) -> None:
    first = await api.json("GET", "/prompts?limit=2")
    assert ([item["key"] for item in first["items"]], first["next"]) == (["closed", "menu"], "menu")
    second = await api.json("GET", f"/prompts?limit=2&after={first['next']}")
    assert ([item["key"] for item in second["items"]], second["next"]) == (["welcome"], None)


async def test_bad_parameters(api: Api) -> None:
    for query, path, message in (
        ("limit=0", ["query", "limit"], "must be 1 or more"),
        ("limit=1001", ["query", "limit"], "must be 1000 or less"),
        ("limit=x", ["query", "limit"], "must be a whole number"),
        ("limt=5", ["query", "limt"], "is not known here; allowed are limit, after"),
    ):
        problem = await api.json("GET", f"/queues?{query}", status=422)
        assert problem["errors"] == [{"path": path, "message": message}]


async def test_create_change_and_delete(api: Api) -> None:
    made = await api.ask("POST", "/queues", json=QUEUE)
    assert (made.status, made.headers["Location"], made.headers["ETag"]) == (201, "/api/v1/queues/billing", '"1"')
    changed = await api.ask("PUT", "/queues/billing", version=1, json={"name": "Invoices", "ring_s": 30})
    assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
    queue = await changed.json()
    assert (queue["name"], queue["ring_s"], queue["members"]) == ("Invoices", 30, [])
    patched = await api.json("PATCH", "/queues/billing", version=2, json={"weight": 5, "ring_s": None})
    assert (patched["name"], patched["weight"], patched["ring_s"]) == ("Invoices", 5, 20)
    gone = await api.ask("DELETE", "/queues/billing", version=3)
    assert (gone.status, await gone.text()) == (204, "")
    assert (await api.ask("GET", "/queues/billing")).status == 404
    assert api.applier.count == 4


async def test_the_audit_names_the_token(api: Api) -> None:
    await api.json("POST", "/queues", json=QUEUE, status=201)
    async with api.database.reading() as tx:
        newest = (await load_changes(tx, 0, 10**9))[-1]
    assert (newest.by, newest.action, newest.entity_key) == ("token administrator", "create", "billing")


async def test_an_edit_needs_the_version_it_starts_from(api: Api) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        body = {} if method == "DELETE" else {"json": {"name": "X"}}
        assert (await api.ask(method, "/queues/support", **body)).status == 428
        for bad in ("*", "1", '"x"', '"9"', 'W/"1"'):
            refused = await api.ask(method, "/queues/support", headers={"If-Match": bad}, **body)
            expected = 409 if (method, bad) == ("DELETE", '"9"') else 412  # it is used, whatever the version
            assert (refused.status, refused.content_type) == (expected, "application/problem+json")
    assert (await api.json("GET", "/queues/support"))["name"] == "Support"


async def test_two_edits_of_one_version(api: Api) -> None:
    await api.json("PUT", "/queues/sales", version=1, json={"name": "First"})
    problem = await api.json("PUT", "/queues/sales", version=1, json={"name": "Second"}, status=412)
    assert "Somebody else changed this" in problem["title"]
    assert (await api.json("GET", "/queues/sales"))["name"] == "First"


async def test_what_is_used_cannot_be_deleted(api: Api) -> None:
    problem = await api.json("DELETE", "/agents/ana", version=1, status=409)
    assert problem["places"] == [{"section": "queues", "key": "sales", "path": ["members", 0, "agent"]}]


async def test_each_field_that_is_refused_is_named(api: Api) -> None:
    body = {"key": "x", "name": "", "strategy": "best", "members": [{"agent": "ana", "penalty": 10}], "color": "red"}
    problem = await api.json("POST", "/queues", json=body, status=422)
    assert (problem["type"], problem["status"]) == ("about:blank", 422)
    assert [(error["pointer"], error["message"]) for error in problem["errors"]] == [
        ("#/name", "must be given"),
        (
            "#/strategy",
            "must be one of leastrecent, fewestcalls, rrmemory, rrordered, ringall, linear, random, wrandom",
        ),
        ("#/members/0/penalty", "must be 9 or less"),
        ("#/color", "is not known here; allowed are " + ", ".join(list(SECTIONS["queues"].model_fields)[1:])),
    ]


async def test_the_whole_site_is_checked(api: Api) -> None:
    problem = await api.json("POST", "/queues", json={**QUEUE, "members": [{"agent": "bob"}]}, status=422)
    assert problem["errors"] == [
        {
            "path": ["queues", "billing", "members", 0, "agent"],
            "pointer": "#/members/0/agent",
            "message": "'bob' does not exist in agents; there are: ana, luis",
        }
    ]
    # Extension 1001 loses the voicemail that others lead to: the trouble is not in what was sent.
    problem = await api.json("PUT", "/extensions/1001", version=1, json={"name": "Ana"}, status=422)
    assert {tuple(error["path"][:2]) for error in problem["errors"]} == {
        ("queues", "sales"),
        ("inbound_routes", "5550100"),
        ("ring_groups", "desk"),
    }
    assert not any("pointer" in error for error in problem["errors"])


async def test_a_key_is_taken_once_and_never_changes(api: Api) -> None:
    problem = await api.json("POST", "/queues", json={**QUEUE, "key": "sales"}, status=422)
    assert problem["errors"][0]["message"] == "'sales' exists already"
    problem = await api.json("PUT", "/queues/sales", version=1, json={**QUEUE, "key": "other"}, status=422)
    assert problem["errors"][0]["pointer"] == "#/key"


async def test_a_body_that_is_no_entity(api: Api) -> None:
    for body in (b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"name": NaN}', b'{"key": {"a": 1}}'):
        problem = await api.json("POST", "/queues", data=body, status=422)
        assert problem["errors"]


async def test_messages_come_in_the_language_of_the_client(api: Api) -> None:
    spanish = {"Accept-Language": "es"}
    response = await api.ask("GET", "/queues/nowhere", headers=spanish)
    assert (response.status, response.content_type) == (404, "application/problem+json")
    body = {"key": "x", "name": "X", "ring_s": "soon", "timeout_destination": "queue:nowhere"}
    problem = await api.json("POST", "/queues", json=body, headers=spanish, status=422)
    assert problem["errors"][0]["message"] == "debe ser un número entero"


async def test_secrets_are_only_for_administrators_and_never_in_lists(api: Api) -> None:
    assert (await api.json("GET", "/extensions/1001"))["secret"] == "secret-1001"
    for role in ("supervisor", "auditor"):
        one = await api.json("GET", "/extensions/1001", role=role)
        assert {"secret", "voicemail_pin"}.isdisjoint(one)
    for item in (await api.json("GET", "/extensions"))["items"]:
        assert {"secret", "voicemail_pin"}.isdisjoint(item)
    kept = await api.json("PUT", "/extensions/1001", version=1, json={"name": "Ana", "voicemail": True})
    assert kept["secret"] == "secret-1001"
    made = await api.json("POST", "/extensions", json={"key": "1003", "name": "Zoe"}, status=201)
    assert len(made["secret"]) >= 16


async def test_a_token_that_may_only_read_sees_no_secret(api: Api) -> None:
    async with api.database.transaction() as tx:
        token = await create_token(tx, NewToken(name="wallboard", role="administrator", scopes=("read",)), by="test")
    one = await api.json("GET", "/extensions/1001", headers={"Authorization": f"Bearer {token}"})
    assert one["name"] == "Ana"
    assert {"secret", "voicemail_pin"}.isdisjoint(one)


async def test_unknown_paths_and_methods_are_problems_too(api: Api) -> None:
    for method, path, status in (("GET", "/nothing", 404), ("PUT", "/queues", 405)):
        response = await api.ask(method, path)
        assert (response.status, response.content_type) == (status, "application/problem+json")


async def test_status_tells_whether_asterisk_has_it(api: Api) -> None:
    status = await api.json("GET", "/status")
    assert (status["node"], status["applied"], status["is_settled"]) == ("local", 0, False)
    before = status["wanted"]
    await api.json("POST", "/queues", json=QUEUE, status=201)
    assert (await api.json("GET", "/status"))["wanted"] == before + 1


# Strangers


def address(operation: Any) -> str:
    known = {"key": "sales", "revision_id": "1", "language": "en", "token_id": "1", "callback_id": "1"}
    return re.sub(r"{(\w+)}", lambda name: known.get(name[1], "x"), operation.path)


async def test_a_stranger_may_nothing(api: Api) -> None:
    for operation in operations():
        for token in ("", "Bearer", "Bearer x", "Bearer appliance_x", "Basic YTpi", "Bearer " + "a" * 5000):
            response = await api.ask(operation.method, address(operation), role=None, headers={"Authorization": token})
            assert (response.status, response.headers["WWW-Authenticate"]) == (401, "Bearer"), operation.path


async def test_each_role_may_only_what_is_declared(api: Api) -> None:
    for operation in operations():
        for role in ("supervisor", "auditor", "agent"):
            response = await api.ask(operation.method, address(operation), role=role)
            assert (response.status == 403) == (role not in operation.roles), (operation, role)


async def test_only_administrators_change_the_configuration() -> None:
    acts = (
        "login",
        "logout",
        "pause",
        "unpause",
        "ready",
        "pause/grant",
        "pause/refuse",
        "wrapup/longer",
        "wrapup/finish",
    )
    agents = {f"/agents/{{key}}/{action}" for action in (*acts, "moves", "moves/{queue}")}
    calls = {each.path for each in operations() if each.tag == "calls"}
    dialers = {f"/dialers/{{key}}/{act}" for act in ("state", "knobs", "recycling", "recycling/preview")}
    lists = {f"/lists/{{key}}/{act}" for act in ("contacts", "imports")}
    lists |= {f"/lists/{{key}}/imports/{{import_id}}/{act}" for act in ("cancel", "resume")}
    loose = {*agents, *calls, *dialers, *lists, "/callbacks/{callback_id}/cancel", "/emergency"}
    loose |= {"/raised-alarms/{raise_id}/seen"}
    daily = (
        "/contacts",
        "/calls",
        "/messages",
        "/requests",
        "/reminders",
        "/do-not-call",
        "/me",
    )  # work with customers and each other
    for operation in operations():
        if operation.method in UNSAFE and operation.path not in loose and not operation.path.startswith(daily):
            assert operation.roles == {"administrator"}, operation


async def test_a_revoked_token_is_refused_and_a_used_one_is_known(api: Api) -> None:
    await api.json("GET", "/status")
    async with api.database.transaction() as tx:
        token = next(token for token in await list_tokens(tx) if token.role == "administrator")
        assert token.used_at is not None
        await revoke_token(tx, token.token_id, by="test")
    assert (await api.ask("GET", "/status")).status == 401
