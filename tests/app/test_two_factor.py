"""The second factor: enrolled, asked for, never twice the same code, recovery codes, demanded by a role."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientResponse
from pyotp import TOTP
from sqlalchemy import select, update

from appliance.core.sign_in import LOGIN_HERE
from appliance.core.totp import STEP_S
from appliance.core.users import UserPolicy
from appliance.services.clock import now
from appliance.services.users.policy import load_policy, save_policy
from appliance.store.tables.configuration import AuditRow
from appliance.store.tables.users import RecoveryCodeRow, SessionRow, UserRow
from tests.app.console import PASSWORD, Browser, Console

WRONG = "This code is wrong or was used already."


def code(secret: str, *, steps: int = 0) -> str:
    """The one of now enrols and the next one signs in: so it never matters when a test runs."""
    return TOTP(secret).at(now().timestamp() + steps * STEP_S)


def secret_of(page: str) -> str:
    found = re.search(r"<code>([A-Z2-7 ]{32,50})</code>", page)
    assert found, page
    return found[1].replace(" ", "")


async def enrol(browser: Browser) -> tuple[str, list[str]]:
    """From the profile; the secret and the recovery codes."""
    secret = secret_of(await browser.get("/profile/two-factor"))
    done = await browser.post("/profile/two-factor", {"code": code(secret)})
    text = await done.text()
    assert done.status == 200, text
    return secret, re.findall(r"<code>([a-z2-7-]{19})</code>", text)


async def second_step(console: Console, login: str, given: str) -> ClientResponse:
    """A new browser with the right password, then the code."""
    browser = console.browser()
    await browser.sign_in(login)
    await browser.get("/sign-in/code")
    return await browser.post("/sign-in/code", {"code": given})


async def demand(console: Console, *roles: str) -> None:
    async with console.database.transaction() as tx:
        stored = await load_policy(tx)
        policy = UserPolicy.model_validate({"totp_roles": list(roles)})
        await save_policy(tx, policy, version=stored.version, by="test")


async def actions(console: Console, login: str) -> list[str]:
    async with console.database.reading() as tx:
        query = select(AuditRow.action).where(AuditRow.section == "users", AuditRow.entity_key == login)
        return list((await tx.execute(query.order_by(AuditRow.audit_id))).scalars())


async def test_a_code_is_asked_for_beside_the_password(console: Console) -> None:
    secret, codes = await enrol(await console.signed_in("auditor"))
    assert len(set(codes)) == 10
    browser = console.browser()
    answer = await browser.client.post("/sign-in?", data={"login": "auditor", "password": PASSWORD, "next": "/queues"},
                                       allow_redirects=False)  # fmt: skip
    assert answer.headers["Location"] == "/sign-in/code?next=/queues"
    for path in ("/", "/queues", "/profile", "/password", "/sign-in/enrol"):  # the password alone opens nothing
        refused = await browser.client.get(path, allow_redirects=False)
        assert (refused.status, refused.headers["Location"]) == (303, "/sign-in/code"), path
    for path in ("/stream", "/search?q=a"):
        assert (await browser.client.get(path, headers={"Accept": "*/*"}, allow_redirects=False)).status == 401
    assert 'value="/queues"' in await browser.get("/sign-in/code?next=/queues")
    wrong = await browser.post("/sign-in/code", {"code": "000000"})
    assert (wrong.status, WRONG in await wrong.text()) == (401, True)
    before = browser.client.session.cookie_jar.filter_cookies(console.server.make_url("/"))["appliance_session"].value
    good = code(secret, steps=1)
    done = await browser.post("/sign-in/code", {"code": f"{good[:3]} {good[3:]}", "next": "/queues"})
    assert (done.status, done.headers["Location"]) == (303, "/queues")
    assert done.cookies["appliance_session"].value != before  # what was known before is worth nothing now
    assert "Sales" in await browser.get("/queues")


async def test_no_code_works_twice(console: Console) -> None:
    secret, _codes = await enrol(await console.signed_in("auditor"))
    good = code(secret, steps=1)
    assert (await second_step(console, "auditor", good)).status == 303
    assert (await second_step(console, "auditor", good)).status == 401
    older = code(secret)  # as of the enrolment
    assert (await second_step(console, "auditor", older)).status == 401


@pytest.mark.parametrize(
    "given", ["", "12345", "1234567", "abcdef", "１２３４５６", "12345\u0663", "' OR 1=1 --", "\0"]
)
async def test_rubbish_is_no_code(console: Console, given: str) -> None:
    await enrol(await console.signed_in("auditor"))
    assert (await second_step(console, "auditor", given)).status == 401


async def test_a_recovery_code_lets_in_once_and_is_stored_as_a_hash(console: Console) -> None:
    _secret, codes = await enrol(await console.signed_in("auditor"))
    assert (await second_step(console, "auditor", codes[0].upper().replace("-", " "))).status == 303
    assert (await second_step(console, "auditor", codes[0])).status == 401
    assert (await second_step(console, "auditor", codes[1])).status == 303
    async with console.database.reading() as tx:
        stored = list((await tx.execute(select(RecoveryCodeRow.code_hash))).scalars())
    assert len(stored) == 8
    assert not {each.replace("-", "") for each in codes} & set(stored)
    assert (await actions(console, "auditor")).count("recovery code used") == 2


async def test_guessing_codes_must_rest_though_the_password_is_right(console: Console) -> None:
    secret, _codes = await enrol(await console.signed_in("auditor"))
    for _ in range(LOGIN_HERE.free):
        assert (await second_step(console, "auditor", "000000")).status == 401
    assert (await console.browser().sign_in("auditor")).status == 401
    assert secret


async def test_a_role_can_demand_it(console: Console) -> None:
    await demand(console, "supervisor")
    browser = console.browser()
    answer = await browser.sign_in("supervisor")
    refused = await browser.client.get("/queues", allow_redirects=False)
    assert (answer.status, refused.headers["Location"]) == (303, "/sign-in/enrol")
    page = await browser.get("/sign-in/enrol")
    secret = secret_of(page)
    assert "<svg" in page
    assert secret_of(await browser.get("/sign-in/enrol")) == secret
    wrong = await browser.post("/sign-in/enrol", {"code": "000000"})
    assert (wrong.status, secret_of(await wrong.text())) == (422, secret)
    done = await browser.post("/sign-in/enrol", {"code": code(secret)})
    assert (done.status, "Recovery codes" in await done.text()) == (200, True)
    await browser.get("/queues")
    assert (await console.browser().sign_in("auditor")).headers["Location"] == "/"  # others as before
    assert (await browser.client.get("/sign-in/enrol", allow_redirects=False)).headers["Location"] == "/"
    off = await browser.post("/profile/two-factor/off", {"password": PASSWORD})
    assert (off.status, "your role needs two-factor sign-in" in await off.text()) == (422, True)


async def test_a_rule_ends_the_sessions_of_those_who_have_no_second_factor(console: Console) -> None:
    without, auditor, admin = [await console.signed_in(role) for role in ("supervisor", "auditor", "administrator")]
    with_one = await console.signed_in("supervisor")
    await admin.get("/users/policy")
    form = {"version": "1", "min_password": "12", "totp_roles": "supervisor"}
    assert (await admin.post("/users/policy", form)).status == 303
    for browser in (without, with_one):
        answer = await browser.client.get("/queues", allow_redirects=False)
        assert answer.headers["Location"].startswith("/sign-in?")
    await auditor.get("/queues")
    await with_one.sign_in("supervisor")
    secret = secret_of(await with_one.get("/sign-in/enrol"))
    assert (await with_one.post("/sign-in/enrol", {"code": code(secret)})).status == 200
    await admin.post("/users/policy", {**form, "version": "2", "totp_roles": ""})
    await admin.post("/users/policy", {**form, "version": "3"})
    await with_one.get("/queues")  # who has one stays


async def test_nobody_enrols_over_another_app_with_the_password_alone(console: Console) -> None:
    await demand(console, "supervisor")
    thief, owner = console.browser(), console.browser()
    await thief.sign_in("supervisor")
    await owner.sign_in("supervisor")
    theirs = secret_of(await thief.get("/sign-in/enrol"))
    own = secret_of(await owner.get("/sign-in/enrol"))
    assert (await owner.post("/sign-in/enrol", {"code": code(own)})).status == 200
    assert (await thief.post("/sign-in/enrol", {"code": code(theirs)})).status == 422
    assert (await second_step(console, "supervisor", code(own, steps=1))).status == 303


async def test_who_enrols_must_still_change_a_one_time_password(console: Console) -> None:
    await demand(console, "supervisor")
    async with console.database.transaction() as tx:
        await tx.execute(update(UserRow).where(UserRow.login == "supervisor").values(must_change_password=True))
    browser = console.browser()
    await browser.client.post("/sign-in", data={"login": "supervisor", "password": PASSWORD})
    secret = secret_of(await browser.get("/sign-in/enrol"))
    assert (await browser.post("/sign-in/enrol", {"code": code(secret)})).status == 200
    answer = await browser.client.get("/queues", allow_redirects=False)
    assert answer.headers["Location"] == "/password"


async def test_the_waiting_session_ends_soon(console: Console) -> None:
    await demand(console, "supervisor")
    browser = console.browser()
    await browser.sign_in("supervisor")
    async with console.database.transaction() as tx:
        old = (await tx.execute(select(SessionRow))).scalar_one()
        old.created_at = old.created_at.replace(year=2020)
    answer = await browser.client.get("/sign-in/enrol", allow_redirects=False)
    assert answer.headers["Location"].startswith("/sign-in?next=")


async def test_it_is_switched_off_and_codes_are_renewed_only_with_the_password(console: Console) -> None:
    browser = await console.signed_in("auditor")
    _secret, codes = await enrol(browser)
    assert "10 recovery codes are left." in await browser.get("/profile")
    for path in ("/profile/recovery-codes", "/profile/two-factor/off"):
        wrong = await browser.post(path, {"password": "wrong-password"})
        assert (wrong.status, "is not your current password" in await wrong.text()) == (422, True)
    renewed = await browser.post("/profile/recovery-codes", {"password": PASSWORD})
    new = re.findall(r"<code>([a-z2-7-]{19})</code>", await renewed.text())
    assert len(new) == 10
    assert not set(new) & set(codes)
    assert (await second_step(console, "auditor", codes[0])).status == 401
    assert (await browser.post("/profile/two-factor/off", {"password": PASSWORD})).status == 303
    assert (await console.browser().sign_in("auditor")).headers["Location"] == "/"
    trail = await actions(console, "auditor")
    assert trail == ["two-factor on", "recovery codes", "recovery codes", "two-factor off"]


async def test_an_administrator_helps_who_lost_the_phone(console: Console) -> None:
    theirs = await console.signed_in("auditor")
    await enrol(theirs)
    administrator = await console.signed_in("administrator")
    async with console.database.reading() as tx:
        user_id = (await tx.execute(select(UserRow.user_id).where(UserRow.login == "auditor"))).scalar_one()
    assert (await administrator.post(f"/users/{user_id}/two-factor-off")).status == 303
    assert (await theirs.client.get("/queues", allow_redirects=False)).status == 303
    assert (await console.browser().sign_in("auditor")).headers["Location"] == "/"


async def test_the_app_is_told_what_it_needs(console: Console) -> None:
    browser = await console.signed_in("auditor")
    page = await browser.get("/profile/two-factor")
    assert "style=" not in page
    assert re.search(r'<svg[^>]+viewBox="0 0 \d+ \d+" class="qr">', page)  # whole, in whatever size it is shown
    secret = secret_of(page)
    link = re.search(r'href="(otpauth://[^"]+)"', page)
    assert link
    uri = urlsplit(html.unescape(link[1]))
    assert uri.path == "/Contact%20centre:auditor"
    assert parse_qs(uri.query) == {"secret": [secret], "issuer": ["Contact centre"]}
    async with console.database.reading() as tx:
        rows = (await tx.execute(select(AuditRow))).scalars()
        assert not any(secret in str((row.before, row.after)) for row in rows)
