"""The Users section as an administrator sees it: accounts, import, sessions of everybody, tokens, rules."""

import re
from typing import Any

import pytest
from aiohttp import ClientResponse, FormData
from sqlalchemy import func, select

from appliance.core.sign_in import LOGIN_HERE
from appliance.services.users.accounts import load_user
from appliance.store.tables.configuration import AuditRow
from appliance.store.tables.users import ApiTokenRow, UserPolicyRow, UserRow
from tests.app.console import PASSWORD, Browser, Console, a_user

# What the pages say does not depend on the database; the use cases behind them are tried on both in test_accounts.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ONCE = re.compile(r"Password for one use</span><code>([^<]+)</code>")


@pytest.fixture
async def administrator(console: Console) -> Browser:
    return await console.signed_in("administrator")


async def id_of(console: Console, login: str) -> int:
    async with console.database.reading() as tx:
        return (await load_user(tx, login)).user_id


async def count_users(console: Console) -> int:
    async with console.database.reading() as tx:
        return (await tx.execute(select(func.count()).select_from(UserRow))).scalar_one()


async def upload(browser: Browser, content: bytes | str) -> ClientResponse:
    await browser.get("/users/import")
    form = FormData({"csrf": browser.csrf})
    form.add_field("file", content.encode() if isinstance(content, str) else content, filename="users.csv")
    return await browser.client.post("/users/import", data=form, allow_redirects=False)


def rows_of(page: str) -> list[tuple[str, ...]]:
    """(line, what stands for the verdict, the cell with reasons) of each row of preview or report."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    found = []
    for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL):
        cells = [re.sub(r"<[^>]+>", " ", cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)]
        found.append(tuple(" ".join(cell.split()) for cell in cells))
    return found


async def test_a_user_is_made_with_a_password_shown_once(console: Console, administrator: Browser) -> None:
    await administrator.get("/users/new")
    values = {"login": "eva", "name": "Eva Ruiz", "role": "supervisor", "agent": "", "is_active": "on"}
    made = await administrator.post("/users/new", values)
    found = ONCE.search(await made.text())
    assert (made.status, found is not None) == (200, True)
    password = found[1] if found else ""
    user_id = await id_of(console, "eva")
    for path in ("/users", f"/users/{user_id}", "/users.csv"):
        assert password not in await administrator.get(path)
    browser = console.browser()
    await browser.client.post("/sign-in", data={"login": "eva", "password": password})
    assert (await browser.client.get("/queues", allow_redirects=False)).headers["Location"] == "/password"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"login": "agent"}, "&#39;agent&#39; exists already"),
        ({"login": "<b>"}, "may have small letters"),
        ({"login": "a\r\nb"}, "may have small letters"),
        ({"name": ""}, "must be given"),
        ({"name": "x" * 300}, "must have at most 80 characters"),
        ({"name": "a\0b"}, "must be one line without control characters"),
        ({"role": "king"}, "must be one of administrator, supervisor, agent, auditor"),
        ({"agent": "'; DROP TABLE users --"}, "may have small letters"),
        ({"agent": "ana"}, "this agent is &#39;agent&#39; already"),
    ],
)
async def test_what_is_refused_is_said_at_its_field(
    console: Console, administrator: Browser, values: dict[str, str], words: str
) -> None:
    await administrator.get("/users/new")
    good = {"login": "eva", "name": "Eva", "role": "auditor", "agent": "", "is_active": "on"}
    refused = await administrator.post("/users/new", good | values)
    text = await refused.text()
    assert (refused.status, words in text) == (422, True), text
    assert text.count("field-error") == 1
    assert await count_users(console) == 4


async def test_an_edit_keeps_the_login_and_starts_from_what_was_read(console: Console, administrator: Browser) -> None:
    path = f"/users/{await id_of(console, 'auditor')}"
    page = await administrator.get(path)
    assert 'name="login"' not in page
    values = {"version": "1", "login": "other", "name": "Aurora", "role": "auditor", "agent": "", "is_active": "on"}
    assert (await administrator.post(path, values)).headers["Location"] == "/users?saved=auditor"
    stale = await administrator.post(path, values)
    assert (stale.status, "Somebody else changed this" in await stale.text()) == (409, True)
    assert "Aurora" in await administrator.get("/users?q=aurora")


async def test_nobody_shuts_everybody_out(console: Console, administrator: Browser) -> None:
    path = f"/users/{await id_of(console, 'administrator')}"
    await administrator.get(path)
    values = {"version": "1", "name": "A", "role": "administrator", "agent": ""}
    refused = await administrator.post(path, values)
    assert (refused.status, "lock yourself out" in await refused.text()) == (422, True)
    refused = await administrator.post(f"{path}/delete", {"version": "1"})
    assert (refused.status, "you cannot delete yourself" in await refused.text()) == (422, True)
    assert (await administrator.post(f"{path}/password")).headers["Location"] == "/password"
    assert await count_users(console) == 4


async def test_deleting_asks_first_and_ends_everything(console: Console, administrator: Browser) -> None:
    theirs, path = await console.signed_in("auditor"), f"/users/{await id_of(console, 'auditor')}"
    assert "Delete &#39;Auditor&#39;?" in await administrator.get(f"{path}/delete")
    stale = await administrator.post(f"{path}/delete", {"version": "9"})
    assert stale.status == 409
    assert (await administrator.post(f"{path}/delete", {"version": "1"})).status == 303
    assert (await theirs.client.get("/queues", allow_redirects=False)).status == 303
    assert (await console.browser().sign_in("auditor")).status == 401
    assert (await administrator.client.get(path)).status == 404


async def test_a_new_password_lets_in_who_was_locked_out(console: Console, administrator: Browser) -> None:
    browser = console.browser()
    for _ in range(LOGIN_HERE.free):
        await browser.sign_in("auditor", "wrong-password")
    made = await administrator.post(f"/users/{await id_of(console, 'auditor')}/password")
    password = (ONCE.search(await made.text()) or [""])[1]
    assert (await browser.client.post("/sign-in", data={"login": "auditor", "password": password},
                                      allow_redirects=False)).status == 303  # fmt: skip


async def test_guessing_elsewhere_leaves_the_owner_the_way_in(console: Console) -> None:
    """All tests come from one address: what is told apart is the browser that signed in before."""
    owner, stranger = await console.signed_in("administrator"), console.browser()
    for _ in range(LOGIN_HERE.free + 1):
        assert (await stranger.sign_in("administrator", "wrong-password")).status == 401
    assert (await stranger.sign_in("administrator")).status == 401
    await owner.post("/sign-out")
    assert (await owner.sign_in("administrator")).status == 303
    thief = console.browser()
    thief.client.session.cookie_jar.update_cookies({"appliance_browser": "made-up"}, console.server.make_url("/"))
    assert (await thief.sign_in("administrator")).status == 401


async def test_the_list_is_searched_filtered_sorted_and_exported(console: Console, administrator: Browser) -> None:
    async with console.database.transaction() as tx:
        tx.add_all(a_user(f"formula-{n}", "auditor") for n in range(60))
        evil = a_user("evil", "auditor")
        evil.name = "=cmd|'/c calc'!A1"
        tx.add(evil)
    page = await administrator.get("/users?q=formula&f_role=auditor&sort=-login&size=25")
    assert re.findall(r'class="key">(formula-\d+)', page)[:2] == ["formula-9", "formula-8"]
    assert "Page 1 of 3" in page
    assert 'aria-sort="descending"' not in await administrator.get("/users?sort=password_hash")
    assert "Nothing matches" in await administrator.get("/users?q=%25")
    exported = await administrator.get("/users.csv?q=evil")
    assert exported.splitlines()[1:] == ["evil,'=cmd|'/c calc'!A1,auditor,,yes"]


GOOD_AND_BAD = """login;name;role;agent;active
eva;Eva Ruiz;supervisor;;yes
auditor;Aurora;auditor;;yes
supervisor;Supervisor;supervisor;;yes
EVA!;Eva;agent;;yes
leo;Leo;king;;yes
eva;Eva again;agent;;yes
ana;=HYPERLINK("x");agent;luis;sí
mia;Mia;agent;nobody;yes
administrator;Administrator;agent;;no
zoe;Zoe;agent;;perhaps
too;Many;agent;;yes;cells
x;${SHELL};agent;;yes
<script>;<script>alert(1)</script>;agent;;yes
"""


async def test_an_import_shows_each_row_first_and_stores_only_what_is_chosen(
    console: Console, administrator: Browser
) -> None:
    preview = await upload(administrator, GOOD_AND_BAD)
    page = await preview.text()
    assert preview.status == 200
    assert "<script>alert" not in page
    assert await count_users(console) == 4  # nothing yet
    verdicts = {row[1]: row[3] for row in rows_of(page)}
    assert verdicts == {"2": "New", "3": "Changed", "4": "Same", "8": "New"} | dict.fromkeys(
        ("5", "6", "7", "9", "10", "11", "12", "13", "14"), "Refused"
    )
    reasons = {row[1]: row[4] for row in rows_of(page)}
    assert reasons["3"] == "Name: Auditor → Aurora"
    assert reasons["6"] == "Role: must be one of administrator, supervisor, agent, auditor"
    assert reasons["7"] == "User name: stands in line 2 already"
    assert reasons["9"] == "Agent: there is no agent &#39;nobody&#39;"
    assert "lock yourself out" in reasons["10"]
    text = re.search(r'<textarea name="text" hidden>\n(.*?)</textarea>', page, re.DOTALL)
    assert text
    none = await administrator.post("/users/import/confirm", {"text": GOOD_AND_BAD})
    assert (none.status, "Tick at least one row." in await none.text()) == (422, True)
    chosen = [("text", GOOD_AND_BAD), ("row", "new:2"), ("row", "changed:3"), ("row", "new:10"), ("row", "new:6"),
              ("row", "refused:5"), ("row", "new:999999"), ("row", "new:x")]  # fmt: skip
    report = await administrator.post("/users/import/confirm", chosen)
    done = {row[0]: row[2:] for row in rows_of(await report.text())}
    assert {line: cells[0] for line, cells in done.items()} == {
        "2": "New",
        "3": "Changed",
        "6": "Refused",
        "10": "Refused",
    }
    assert await count_users(console) == 5
    response = await console.browser().client.post(
        "/sign-in", data={"login": "eva", "password": done["2"][2]}, allow_redirects=False
    )
    assert response.status == 303
    async with console.database.reading() as tx:
        query = select(AuditRow.action, AuditRow.entity_key).where(AuditRow.section == "users")
        trail = (await tx.execute(query.order_by(AuditRow.audit_id))).all()
    assert [tuple(each) for each in trail] == [("create", "eva"), ("change", "auditor"), ("import", "file")]


async def test_what_changed_since_the_preview_is_not_stored(console: Console, administrator: Browser) -> None:
    await administrator.get("/users/import")
    text = "login,name,role\neva,Eva,auditor\n"
    async with console.database.transaction() as tx:
        tx.add(a_user("eva", "administrator"))
    report = await administrator.post("/users/import/confirm", [("text", text), ("row", "new:2")])
    assert "somebody changed this user since the preview" in await report.text()
    async with console.database.reading() as tx:
        assert (await load_user(tx, "eva")).role == "administrator"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"login,name\neva,Eva\n", "&#39;role&#39; is missing"),
        (b"login,name,role,password\n", "the column &#39;password&#39; is not known"),
        (b"login,name,role,role\n", "the column &#39;role&#39; is not known or stands there twice"),
        (b"\x00\xff\xfe\x89PNG\r\n", "is missing"),
        (b"login,name,role\n" + b"a,b,agent\n" * 2001, "at most 2000 rows"),
        (b'login,name,role\neva,"' + b"x" * 200_000 + b'",agent\n', "this is not a CSV file"),
    ],
)
async def test_a_file_that_is_none_is_refused_as_a_whole(administrator: Browser, content: bytes, words: str) -> None:
    refused = await upload(administrator, content)
    text = await refused.text()
    assert (refused.status, words in text) == (422, True), text[-2000:]


async def test_a_file_of_a_western_spreadsheet_is_read(administrator: Browser) -> None:
    page = await (await upload(administrator, "login;name;role\nana2;Ana López;agente\n".encode("cp1252"))).text()
    assert "Ana López" in page
    page = await (await upload(administrator, "\ufefflogin,name,role\nana2,Ana López,agent\n")).text()
    assert "Ana López" in page


async def test_an_ended_session_ends_at_once_and_its_stream_too(console: Console, administrator: Browser) -> None:
    theirs = await console.signed_in("supervisor")
    async with theirs.client.get("/stream", headers={"Accept": "text/event-stream"}) as stream:
        assert (await stream.content.readline()).startswith(b"event: snapshot")
        page = await administrator.get("/users/sessions")
        name = re.search(r"(?s)supervisor</span>.*?/users/sessions/([0-9a-f]+)/end", page)
        assert name
        assert (await administrator.post(f"/users/sessions/{name[1]}/end")).status == 303
        await stream.content.read()  # ends, long before the next heartbeat
    assert (await theirs.client.get("/queues", allow_redirects=False)).status == 303
    assert (await administrator.post(f"/users/sessions/{name[1]}/end")).status == 404


async def test_one_ends_only_ones_own_on_the_profile(console: Console) -> None:
    here, there, other = [await console.signed_in(role) for role in ("auditor", "auditor", "supervisor")]
    page = await here.get("/profile")
    names = re.findall(r"/profile/sessions/([0-9a-f]+)/end", page)
    assert len(names) == 1
    assert (await other.post(f"/profile/sessions/{names[0]}/end")).status == 404
    for hostile in ("%25", "_" * 20, "x" * 20, names[0][:5]):
        assert (await here.post(f"/profile/sessions/{hostile}/end")).status == 404
    await there.get("/queues")
    assert (await here.post(f"/profile/sessions/{names[0]}/end")).status == 303
    assert (await there.client.get("/queues", allow_redirects=False)).status == 303
    await here.get("/queues")


async def test_who_is_made_inactive_is_out_at_once(console: Console, administrator: Browser) -> None:
    theirs = await console.signed_in("auditor")
    path = f"/users/{await id_of(console, 'auditor')}"
    async with theirs.client.get("/stream", headers={"Accept": "text/event-stream"}) as stream:
        await stream.content.readline()
        await administrator.post(path, {"version": "1", "name": "A", "role": "auditor", "agent": ""})
        await stream.content.read()
    assert (await console.browser().sign_in("auditor")).status == 401


async def test_a_token_is_shown_once_and_revoked_after_a_question(console: Console, administrator: Browser) -> None:
    await administrator.get("/users/tokens/new")
    values: dict[str, Any] = {"name": "wallboard", "role": "supervisor", "scope": "read", "days": "30"}
    made = await (await administrator.post("/users/tokens/new", values)).text()
    token = (re.search(r"appliance_[\w-]{30,}", made) or [""])[0]
    assert token
    page = await administrator.get("/users/tokens")
    assert "wallboard" in page
    assert token not in page
    assert "Never" in page

    async def status(method: str = "GET", path: str = "/queues") -> int:
        answer = await console.browser().client.request(
            method, f"/api/v1{path}", headers={"Authorization": f"Bearer {token}", "Accept": "*/*"}
        )
        return answer.status

    assert await status() == 200
    assert await status("POST", "/agents/ana/login") == 403  # the role may, the scope may not
    assert "127.0.0.1" in await administrator.get("/users/tokens")
    number = (re.search(r"/users/tokens/(\d+)/revoke", page) or [""])[1]
    assert "Revoke the token" in await administrator.get(f"/users/tokens/{number}/revoke")
    assert await status() == 200
    assert (await administrator.post(f"/users/tokens/{number}/revoke")).status == 303
    assert await status() == 401
    assert "wallboard" not in (await administrator.get("/users/tokens")).partition("<table")[2]
    assert "Revoked" in await administrator.get("/users/tokens?all")


async def test_a_token_ends_by_itself(console: Console, administrator: Browser) -> None:
    await administrator.get("/users/tokens/new")
    values = {"name": "short", "role": "auditor", "scope": "read", "days": "1"}
    made = await (await administrator.post("/users/tokens/new", values)).text()
    token = (re.search(r"appliance_[\w-]{30,}", made) or [""])[0]
    async with console.database.transaction() as tx:
        row = (await tx.execute(select(ApiTokenRow))).scalar_one()
        row.expires_at = row.created_at
    answer = await console.browser().client.get("/api/v1/queues", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 401


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": ""}, "must be 1 to 60 characters on one line"),
        ({"name": "a\nb"}, "must be 1 to 60 characters on one line"),
        ({"role": "king"}, "must be one of"),
        ({"scope": "everything"}, "must be one of read, operate, configure, users"),
        ({"scope": []}, "choose at least one"),
        ({"days": "0"}, "must be 1 to 3650"),
        ({"days": "1e9"}, "must be 1 to 3650"),
    ],
)
async def test_a_token_that_is_refused(administrator: Browser, values: dict[str, Any], words: str) -> None:
    await administrator.get("/users/tokens/new")
    wanted = {"name": "x", "role": "auditor", "scope": "read", "days": ""} | values
    pairs = [(name, value) for name, value in wanted.items() if value != []]
    refused = await administrator.post("/users/tokens/new", pairs)
    assert (refused.status, words in await refused.text()) == (422, True)


async def test_the_rules_hold_for_the_next_password(console: Console, administrator: Browser) -> None:
    await administrator.get("/users/policy")
    for bad in ("7", "65", "", "ten", "-1", "1e1", "99999999999999999999"):
        refused = await administrator.post("/users/policy", {"version": "1", "min_password": bad})
        assert refused.status == 422, bad
    refused = await administrator.post("/users/policy", {"version": "1", "min_password": "16", "totp_roles": "king"})
    assert refused.status == 422
    saved = await administrator.post(
        "/users/policy", [("version", "1"), ("min_password", "16"), ("totp_roles", "agent")]
    )
    assert saved.headers["Location"] == "/users/policy?saved"
    assert (await administrator.post("/users/policy", {"version": "1", "min_password": "12"})).status == 409
    browser = await console.signed_in("auditor")
    assert "At least 16 characters" in await browser.get("/password")
    old = {"old_password": PASSWORD}
    refused = await browser.post("/password", old | {"new_password": "four-tall-trees", "again": "four-tall-trees"})
    assert "must have at least 16 characters" in await refused.text()
    common = "Password12345678"
    refused = await browser.post("/password", old | {"new_password": common, "again": common})
    assert "is a common password or easy to guess" in await refused.text()
    async with console.database.reading() as tx:
        row = (await tx.execute(select(UserPolicyRow))).scalar_one()
        trail = (await tx.execute(select(AuditRow).where(AuditRow.section == "user_policy"))).scalar_one()
    assert (row.min_password, row.totp_roles, row.version) == (16, ["agent"], 2)
    assert (trail.by, (trail.after or {})["min_password"]) == ("administrator", 16)


async def test_only_administrators_see_the_section(console: Console) -> None:
    supervisor = await console.signed_in("supervisor")
    assert 'href="/users"' not in await supervisor.get("/")
    assert 'href="/users"' in await (await console.signed_in("administrator")).get("/")
