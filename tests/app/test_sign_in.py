"""Signing in: the first administrator, one-time passwords, lock-out, sessions and their cookie."""

import asyncio
import datetime as dt

import pytest
from sqlalchemy import select, update

from appliance.core.access import ABSOLUTE_S, IDLE_S
from appliance.core.sign_in import ANY_LOGIN, ANY_PLACE, LOGIN_HERE, Limit, lock_s
from appliance.services.passwords import MOST_WAITING, Busy, verify_password
from appliance.services.users.changes import FIRST_LOGIN, ensure_administrator
from appliance.store.db import Database
from appliance.store.tables.users import SessionRow, SignInAttemptRow, UserRow
from tests.app.console import PASSWORD, Console, a_user

WRONG = "User name or password is wrong"


async def test_the_first_administrator_is_made_once(database: Database) -> None:
    async with database.transaction() as tx:
        password = await ensure_administrator(tx)
    assert password is not None
    assert len(password) >= 12
    async with database.transaction() as tx:
        assert await ensure_administrator(tx) is None
        user = (await tx.execute(select(UserRow))).scalar_one()
    assert (user.login, user.role, user.must_change_password) == (FIRST_LOGIN, "administrator", True)
    assert password not in user.password_hash
    assert user.password_hash.startswith("$argon2id$")


async def test_a_one_time_password_must_be_changed_before_anything_else(console: Console) -> None:
    async with console.database.transaction() as tx:
        tx.add(a_user("new", "administrator", must_change_password=True))
    browser = console.browser()
    await browser.client.post("/sign-in", data={"login": "new", "password": PASSWORD})
    response = await browser.client.get("/queues", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/password")
    page = await browser.get("/password")
    assert "for one use only" in page
    old = {"old_password": PASSWORD}
    refused = await browser.post("/password", old | {"new_password": PASSWORD, "again": PASSWORD})
    assert refused.status == 422
    assert "must differ from the current one" in await refused.text()
    for new, again, words in [
        ("short", "short", "at least 10 characters"),
        ("four-tall-trees", "four-tall-tree", "is not the same as the new password"),
        ("newnewnewnewnew", "newnewnewnewnew", "must not contain the user name"),
    ]:
        refused = await browser.post("/password", old | {"new_password": new, "again": again})
        assert (refused.status, words in await refused.text()) == (422, True), words
    done = await browser.post("/password", old | {"new_password": "four-tall-trees", "again": "four-tall-trees"})
    assert (done.status, done.headers["Location"]) == (303, "/")
    await browser.get("/queues")
    assert (await console.browser().sign_in("new", "four-tall-trees")).status == 303
    assert (await console.browser().sign_in("new")).status == 401


async def test_changing_the_password_ends_the_other_sessions(console: Console) -> None:
    here, elsewhere = await console.signed_in("supervisor"), await console.signed_in("supervisor")
    new = {"old_password": PASSWORD, "new_password": "four-tall-trees", "again": "four-tall-trees"}
    assert (await here.post("/password", new)).status == 303
    await here.get("/queues")
    assert (await elsewhere.client.get("/queues", allow_redirects=False)).status == 303


async def test_wrong_names_and_wrong_passwords_look_the_same(console: Console) -> None:
    answers = []
    for login in ("administrator", "nobody"):
        response = await console.browser().sign_in(login, "wrong-password")
        text = (await response.text()).replace(login, "-")
        answers.append((response.status, text))
    assert answers[0] == answers[1]
    assert WRONG in answers[0][1]


async def test_an_account_rests_after_failures(console: Console) -> None:
    browser = console.browser()
    for _ in range(LOGIN_HERE.free):
        assert (await browser.sign_in("supervisor", "wrong-password")).status == 401
    locked = await browser.sign_in("supervisor")
    assert locked.status == 401
    assert WRONG in await locked.text()
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    async with console.database.transaction() as tx:
        await tx.execute(update(SignInAttemptRow).values(locked_until=past))
    assert (await browser.sign_in("supervisor")).status == 303
    async with console.database.reading() as tx:
        rows = (await tx.execute(select(SignInAttemptRow))).scalars().all()
    assert {(row.failures, row.locked_until) for row in rows} == {(0, None)}


@pytest.mark.parametrize("limit", [LOGIN_HERE, ANY_PLACE, ANY_LOGIN])
def test_the_rest_grows_but_not_for_ever(limit: Limit) -> None:
    rests = [lock_s(failures, limit) for failures in range(limit.free + 30)]
    assert rests[: limit.free + 2] == [0] * limit.free + [limit.first_s, 2 * limit.first_s]
    assert rests == sorted(rests)
    assert rests[-1] == limit.longest_s <= 15 * 60


async def test_each_sign_in_has_a_token_of_its_own_in_a_safe_cookie(console: Console) -> None:
    tokens = set()
    for _ in range(2):
        response = await console.browser().sign_in("auditor")
        cookie = response.cookies["appliance_session"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        tokens.add(cookie.value)
    assert len(tokens) == 2
    async with console.database.reading() as tx:
        stored = set((await tx.execute(select(SessionRow.token_hash))).scalars())
    assert not tokens & stored


@pytest.mark.parametrize(("column", "seconds"), [("seen_at", IDLE_S), ("created_at", ABSOLUTE_S)])
async def test_a_session_ends(console: Console, column: str, seconds: int) -> None:
    browser = await console.signed_in("auditor")
    await browser.get("/queues")
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds + 1)
    async with console.database.transaction() as tx:
        await tx.execute(update(SessionRow).values({column: past}))
    response = await browser.client.get("/queues", allow_redirects=False)
    assert response.headers["Location"] == "/sign-in?next=/queues"
    async with console.database.reading() as tx:
        assert (await tx.execute(select(SessionRow))).first() is None


async def test_signing_out_ends_the_session_on_the_server(console: Console) -> None:
    browser = await console.signed_in("auditor")
    assert (await browser.post("/sign-out")).status == 303
    async with console.database.reading() as tx:
        assert (await tx.execute(select(SessionRow))).first() is None


@pytest.mark.parametrize(
    ("following", "leads_to"),
    [("/queues?q=a", "/queues?q=a"), ("//evil.example", "/"), ("/\\evil.example", "/"), ("https://evil.example", "/")],
)
async def test_after_sign_in_only_our_own_pages_follow(console: Console, following: str, leads_to: str) -> None:
    form = {"login": "auditor", "password": PASSWORD, "next": following}
    response = await console.browser().client.post("/sign-in", data=form, allow_redirects=False)
    assert response.headers["Location"] == leads_to


async def test_a_form_of_another_site_cannot_sign_in(console: Console) -> None:
    form = {"login": "auditor", "password": PASSWORD}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        response = await console.browser().client.post("/sign-in", data=form, headers=headers)
        assert response.status == 403


async def test_a_stranger_cannot_make_us_read_much(console: Console) -> None:
    response = await console.browser().client.post("/sign-in", data={"login": "x" * 20_000, "password": "x"})
    assert response.status == 413


async def test_the_profile_keeps_name_and_language(console: Console) -> None:
    browser = await console.signed_in("auditor")
    assert (await browser.post("/profile", {"name": "Aurora", "language": "es"})).status == 303
    page = await browser.get("/profile?saved")
    assert "Su perfil se guardó." in page
    assert "Aurora" in page
    refused = await browser.post("/profile", {"name": "", "language": "es"})
    assert refused.status == 422
    assert "debe tener de 1 a 80 caracteres" in await refused.text()


async def test_a_stranger_reads_the_language_of_the_browser(console: Console) -> None:
    page = await console.browser().get("/sign-in", headers={"Accept-Language": "es-PE,es;q=0.9,en;q=0.5"})
    assert "Iniciar sesión" in page
    assert '<html lang="es">' in page


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded; charset=no-such", "multipart/form-data", "multipart/form-data; boundary="],
)
async def test_a_form_that_cannot_be_read_is_the_senders_mistake(console: Console, content_type: str) -> None:
    response = await console.browser().client.post("/sign-in", data=b"login=a", headers={"Content-Type": content_type})
    assert response.status == 400


async def test_a_flood_of_sign_ins_is_turned_away() -> None:
    tries = [verify_password("no hash, so that it costs nothing", "x") for _ in range(MOST_WAITING + 8)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(result) for result in results] == [bool] * MOST_WAITING + [Busy] * 8
    assert await verify_password("no hash", "x") is False
