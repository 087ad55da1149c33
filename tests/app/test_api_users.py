"""Users, sessions, tokens and rules through the API; what a token's scope does not hold is refused."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from appliance.core.access import SCOPES
from appliance.services.tokens import NewToken, create_token
from appliance.services.users.attempts import Origin
from appliance.services.users.signing_in import sign_in
from appliance.store.db import Database
from appliance.store.tables.configuration import AuditRow
from appliance.web.api import operations
from tests.app.api import Api, an_api
from tests.app.console import PASSWORD, a_user
from tests.sites import a_site

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EVA = {"login": "eva", "name": "Eva Ruiz", "role": "supervisor"}


@pytest.fixture
async def api(database: Database, tmp_path: Path) -> AsyncIterator[Api]:
    async with an_api(database, tmp_path, a_site()) as api:
        yield api


async def test_a_user_is_made_changed_and_deleted(api: Api) -> None:
    made = await api.json("POST", "/users", status=201, json=EVA)
    person = (await sign_in(api.database, "eva", made["password"], Origin("192.0.2.1"))).session.person
    assert person.must_change_password
    read = await api.ask("GET", "/users/eva")
    assert read.headers["ETag"] == '"1"'
    assert made["password"] not in await read.text()
    assert (await api.ask("PATCH", "/users/eva", json={"name": "Eva"})).status == 428
    changed = await api.json("PATCH", "/users/eva", version=1, json={"role": "auditor"})
    assert (changed["name"], changed["role"]) == ("Eva Ruiz", "auditor")
    assert (await api.json("GET", "/sessions"))["items"] == []  # who may do something else must sign in again
    assert (await api.ask("PATCH", "/users/eva", version=1, json={"name": "Eva"})).status == 412
    assert [user["login"] for user in (await api.json("GET", "/users?search=RUIZ"))["items"]] == ["eva"]
    assert (await api.ask("DELETE", "/users/eva", version=2)).status == 204
    assert (await api.ask("GET", "/users/eva")).status == 404


@pytest.mark.parametrize(
    ("change", "pointer", "message"),
    [
        ({"login": "Eva!"}, "#/login", "may have small letters, digits and . _ @ - and begins with a letter or digit"),
        ({"name": "a\nb"}, "#/name", "must be one line without control characters"),
        ({"role": "king"}, "#/role", "must be one of administrator, supervisor, agent, auditor"),
        ({"agent": "nobody"}, "#/agent", "there is no agent 'nobody'"),
        ({"is_active": "maybe"}, "#/is_active", "must be true or false"),
        ({"password": "x"}, "#/password", "is not known here; allowed are name, role, agent, is_active, login"),
        ({"name": None}, "#/name", "must be text"),
    ],
)
async def test_a_refusal_says_where_and_why(api: Api, change: dict[str, object], pointer: str, message: str) -> None:
    refused = await api.json("POST", "/users", status=422, json=EVA | change)
    assert [(each["pointer"], each["message"]) for each in refused["errors"]] == [(pointer, message)]


async def test_the_last_administrator_stays(api: Api) -> None:
    await api.json("POST", "/users", status=201, json=EVA | {"role": "administrator"})
    for change in ({"role": "agent"}, {"is_active": False}):
        refused = await api.json("PATCH", "/users/eva", version=1, status=422, json=change)
        assert refused["errors"][0]["message"] == "this is the last administrator who can sign in"
    assert (await api.ask("DELETE", "/users/eva", version=1)).status == 422


async def test_an_import_is_looked_at_first(api: Api) -> None:
    body = {"csv": "login,name,role\neva,Eva,agent\nBAD,Bad,agent\nleo,Leo,auditor\n"}
    preview = (await api.json("POST", "/user-import/preview", json=body))["rows"]
    assert [row["result"] for row in preview] == ["new", "refused", "new"]
    assert (await api.json("GET", "/users"))["items"] == []
    report = (await api.json("POST", "/user-import", json=body | {"lines": [2, 3]}))["rows"]
    assert [(row["line"], row["result"], bool(row["password"])) for row in report] == [
        (2, "new", True),
        (3, "refused", False),
    ]
    refused = await api.json("POST", "/user-import", status=422, json={"csv": ""})
    assert refused["errors"][0]["message"] == "the file is empty"


async def test_a_session_is_ended(api: Api) -> None:
    async with api.database.transaction() as tx:
        tx.add(a_user("eva", "auditor"))
    signed_in = await sign_in(api.database, "eva", PASSWORD, Origin("192.0.2.7", browser="Firefox/140.0 (Linux)"))
    (session,) = (await api.json("GET", "/sessions"))["items"]
    assert (session["login"], session["address"]) == ("eva", "192.0.2.7")
    assert signed_in.token not in str(session)
    assert (await api.ask("DELETE", f"/sessions/{session['name']}")).status == 204
    assert (await api.ask("DELETE", f"/sessions/{session['name']}")).status == 404
    assert (await api.json("GET", "/sessions"))["items"] == []


async def test_a_new_password_and_the_end_of_every_session(api: Api) -> None:
    await api.json("POST", "/users", status=201, json=EVA)
    made = await api.json("POST", "/users/eva/password")
    await sign_in(api.database, "eva", made["password"], Origin("192.0.2.1"))
    assert (await api.ask("POST", "/users/eva/sign-out")).status == 204
    assert (await api.json("GET", "/sessions"))["items"] == []
    assert (await api.json("POST", "/users/eva/two-factor-off"))["has_two_factor"] is False
    for action in ("password", "sign-out", "two-factor-off"):
        assert (await api.ask("POST", f"/users/nobody/{action}")).status == 404


async def test_the_rules_are_read_and_replaced(api: Api) -> None:
    assert await api.json("GET", "/user-policy") == {"min_password": 10, "totp_roles": []}
    rules = {"min_password": 14, "totp_roles": ["administrator"]}
    assert await api.json("PUT", "/user-policy", version=1, json=rules) == rules
    assert (await api.ask("PUT", "/user-policy", version=1, json=rules)).status == 412
    refused = await api.json("PUT", "/user-policy", version=2, status=422, json={"min_password": 3})
    assert refused["errors"][0]["message"] == "must be 8 or more"


async def test_tokens_are_made_listed_and_revoked(api: Api) -> None:
    wanted = {"name": "wallboard", "role": "auditor", "scopes": ["read"], "days": 7}
    token = (await api.json("POST", "/tokens", status=201, json=wanted))["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await api.ask("GET", "/queues", role=None, headers=headers)).status == 200
    listed = await api.json("GET", "/tokens")
    assert token not in str(listed)
    newest = listed["items"][0]
    assert (newest["name"], newest["scopes"], newest["used_from"]) == ("wallboard", ["read"], "127.0.0.1")
    assert (await api.ask("DELETE", f"/tokens/{newest['token_id']}")).status == 204
    assert (await api.ask("GET", "/queues", role=None, headers=headers)).status == 401
    for bad in ({"scopes": []}, {"scopes": ["everything"]}, {"role": "king"}, {"days": 0}, {"name": ""}):
        await api.json("POST", "/tokens", status=422, json=wanted | bad)
    async with api.database.reading() as tx:
        trail = (await tx.execute(select(AuditRow).where(AuditRow.section == "tokens"))).scalars().all()
    assert [(row.action, row.entity_key) for row in trail][-2:] == [
        ("create token", "wallboard"),
        ("revoke token", "wallboard"),
    ]
    assert token not in str([(row.before, row.after) for row in trail])


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_token_is_good_for_its_scope_alone(api: Api, scope: str) -> None:
    """Also for an administrator's."""
    async with api.database.transaction() as tx:
        token = await create_token(tx, NewToken("narrow", "administrator", (scope,)), by="test")
    headers = {"Authorization": f"Bearer {token}"}
    for operation in operations():
        path = re.sub(r"{[^}]*}", "1", operation.path)
        if operation.needs != scope:
            answer = await api.ask(operation.method, path, role=None, headers=headers)
            assert answer.status == 403, operation
    allowed = {"read": "/queues", "operate": None, "configure": None, "users": "/users"}[scope]
    if allowed is not None:
        assert (await api.ask("GET", allowed, role=None, headers=headers)).status == 200
