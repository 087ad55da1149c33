"""Every route there is: a stranger may not, an undeclared role may not, and nothing changes without the token."""

import io
import re

import pytest

from appliance.core.access import EDIT, FLOOR, ROLES, VIEW, Role
from appliance.core.site import SECTIONS
from appliance.web.access import ACCESS, Access
from appliance.web.navigation import section_path
from tests.app.console import Console

# Who may do what does not depend on the database; sessions on both kinds are in test_sign_in.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
# The sheet of a phone and the walls ask for a secret of their own: see test_phone_sheet and test_wallboards.
PUBLIC_ROUTES = {"GET /sign-in", "POST /sign-in", "GET /static", "GET /api/v1/openapi.json", "GET /provision/1001"} | {
    "GET /wall/1001",
    "GET /wall/1001/stream",
    "GET /health",
}


def routes(console: Console) -> list[tuple[str, str, Access]]:
    """(method, a path that fits, access) of everything that the application answers."""
    found = []
    for route, access in console.server.app[ACCESS].items():
        assert route.resource is not None
        path = re.sub(r"\{(revision|callback|request|move|raise|link)_id[^}]*\}+", "1", route.resource.canonical)
        path = re.sub(r"\{[^}]*\}", "1001", path)
        found.append((route.method, path, access))
    return found


async def test_only_these_routes_are_public(console: Console) -> None:
    public = {f"{method} {path}" for method, path, access in routes(console) if access.by == "nobody"}
    assert public - {"HEAD /static"} == PUBLIC_ROUTES


async def test_a_stranger_may_not(console: Console) -> None:
    stranger = console.browser().client
    for method, path, access in routes(console):
        if access.by == "nobody":
            continue
        response = await stranger.request(method, path, headers={"Accept": "*/*"}, allow_redirects=False)
        assert response.status == 401, f"{method} {path}: {response.status}"


async def test_a_stranger_with_a_made_up_cookie_or_token_may_not(console: Console) -> None:
    for pass_ in ({"Cookie": "appliance_session=made-up"}, {"Authorization": "Bearer made-up"}):
        headers = {**pass_, "Accept": "*/*"}
        for method, path, access in routes(console):
            if access.by != "nobody":
                response = await console.browser().client.request(method, path, headers=headers, allow_redirects=False)
                assert response.status == 401, f"{method} {path}"


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_that_is_not_declared_may_not(console: Console, role: Role) -> None:
    browser = await console.signed_in(role)
    for method, path, access in routes(console):
        if access.by != "session" or role in access.roles:
            continue
        headers = {"X-CSRF-Token": browser.csrf}
        response = await browser.client.request(method, path, headers=headers, allow_redirects=False)
        assert response.status == 403, f"{role} {method} {path}: {response.status}"


async def test_nothing_changes_without_the_token(console: Console) -> None:
    browser = await console.signed_in("administrator")
    for method, path, access in routes(console):
        if access.by != "session" or method == "GET":
            continue
        for headers in ({}, {"X-CSRF-Token": "made-up"}, {"X-CSRF-Token": ""}):
            response = await browser.client.request(method, path, headers=headers, allow_redirects=False)
            assert response.status == 403, f"{method} {path}"
        response = await browser.client.request(method, path, data={"csrf": "wrong"}, allow_redirects=False)
        assert response.status == 403, f"{method} {path}"


async def test_the_session_cookie_opens_no_api_route(console: Console) -> None:
    browser = await console.signed_in("administrator")
    for method, path, access in routes(console):
        if access.by == "token":
            response = await browser.client.request(method, path)
            assert response.status == 401, f"{method} {path}"


async def test_who_edits_watches_and_commands(console: Console) -> None:
    """The intent, said once: the table must not drift."""
    by_name = {f"{method} {path}": access.roles for method, path, access in routes(console)}
    for section in SECTIONS:
        path = section_path(section)
        assert by_name[f"GET {path}"] == VIEW
        assert by_name[f"POST {path}/1001"] == EDIT
        assert by_name[f"POST {path}/1001/delete"] == EDIT
    assert by_name["POST /agents/1001/pause"] == FLOOR
    assert by_name["GET /interactions/1001/recording"] == VIEW
    assert "agent" not in VIEW | EDIT | FLOOR


async def test_an_agent_lands_on_the_own_page_and_sees_no_other(console: Console) -> None:
    browser = await console.signed_in("agent")
    response = await browser.client.get("/", allow_redirects=False)
    assert response.headers["Location"] == "/me"
    page = await browser.get("/me")
    assert "Ana López" in page
    assert "Luis" not in page
    assert 'href="/queues"' not in page


async def test_every_answer_has_the_security_headers(console: Console) -> None:
    client = console.browser().client
    for path in ("/sign-in", "/queues", "/no-such-page", "/static/console.css", "/api/v1/queues"):
        headers = (await client.get(path, allow_redirects=False)).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


async def test_a_body_that_is_too_large_is_refused(console: Console) -> None:
    browser = await console.signed_in("administrator")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = io.BytesIO(b"name=" + b"x" * (2 << 20))
    response = await browser.client.post("/profile", data=body, headers=headers)
    assert response.status == 413
