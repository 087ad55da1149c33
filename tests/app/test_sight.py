"""Two teams, each with a supervisor: no page, file or answer tells one of them about the other's."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse

from appliance.core.sight import LIMITED, sight_of
from appliance.core.site import SECTIONS
from appliance.store.callbacks import CallbackFilter, list_callbacks
from appliance.store.db import Database
from appliance.store.dialing.do_not_call import EntryFilter, list_entries
from appliance.store.figures import load_figures
from appliance.store.interactions import (
    InteractionFilter,
    Page,
    list_interactions,
    load_interaction,
    load_recording,
    more_interactions,
)
from appliance.store.lists.imports import load_mappings
from appliance.web.access import ACCESS, Access
from appliance.web.navigation import section_path
from tests.app.console import Browser, Console, a_console
from tests.app.two_teams import (
    A_KEYS,
    B_KEYS,
    CALLS,
    SUPERVISORS,
    add_callbacks,
    add_calls,
    add_contact_of_team_b,
    add_customer,
    add_imports,
    add_people,
    two_teams,
)

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SITE = two_teams()
OTHERS = re.compile(r"Zebra|call b-|call others|call menu|call a-number-to-b|call-zz-queue")
OTHERS_KEYS = re.compile(r"zz-(queue|agent|campaign|group)")
# What all share may name by its key what one of them does not see.
TELLS_KEYS = re.compile(
    r"^(/api/v1)?/(inbound.routes(.csv|/5550302)?|queues(.csv|/sales)?|alarms.*|wallboards.*|interactions.*|contacts/1)$"
)
ASKED = (
    "/search?q=ebra",
    "/search?q=ebra&dialog",
    "/search?q=1777&dialog",
    "/choices?section=queues&q=ebra",
    "/choices?section=agents",
    "/choices?section=campaigns",
    "/choices?section=extensions",
    "/choices?q=ebra",
    "/map?at=queues:zz-queue",
    "/map?at=inbound_routes:5550302",
    "/map?q=ebra",
    "/agents?q=ebra",
    "/agents.csv?q=ebra",
    "/queues?q=ebra",
    "/campaigns?f_queue=zz-queue",
    "/interactions?queue=zz-queue",
    "/interactions?agent=zz-agent",
    "/interactions.csv?queue=zz-queue&sort=queue",
    "/callbacks?queue=zz-queue",
    "/callbacks.csv?queue=zz-queue",
    "/api/v1/interactions?queue=zz-queue",
    "/api/v1/interactions?agent=zz-agent",
    "/api/v1/callbacks?queue=zz-queue",
    "/api/v1/dry-run?number=0044123456&extension=1777",
    "/api/v1/queues?after=sales",
)


@dataclass
class Teams:
    console: Console
    tokens: dict[str, str]
    guids: dict[str, str]
    callbacks: dict[str, int]
    contact_ids: dict[str, int]
    imports: dict[str, int]

    async def browser(self, login: str) -> Browser:
        browser = self.console.browser()
        assert (await browser.sign_in(login)).status == 303
        return browser

    async def ask(self, browser: Browser, login: str, method: str, path: str) -> ClientResponse:
        """As a browser, or as the holder of the token where it is the API."""
        token = {"Authorization": f"Bearer {self.tokens.get(login)}"} if path.startswith("/api/") else {}
        headers = {"X-CSRF-Token": browser.csrf, **token}
        return await browser.client.request(method, path, headers=headers, allow_redirects=False)

    async def text(self, browser: Browser, login: str, path: str) -> str:
        """Also of what is a sound."""
        return (await (await self.ask(browser, login, "GET", path)).read()).decode(errors="replace")


@pytest.fixture
async def teams(database: Database, tmp_path: Path) -> AsyncIterator[Teams]:
    async with a_console(database, tmp_path, SITE) as console:
        (console.recordings / "2026").mkdir(parents=True)
        (console.recordings / "2026" / "a.wav").write_bytes(b"RIFF")
        tokens, guids = await add_people(database), await add_calls(database)
        contact_ids = {"A": await add_customer(database), "B": await add_contact_of_team_b(database)}
        callbacks, imports = await add_callbacks(database), await add_imports(database)
        yield Teams(console, tokens, guids, callbacks, contact_ids, imports)


def paths(teams: Teams, method: str, *, team: str) -> list[str]:
    """Every address of this kind that a supervisor may ask for, about things of one team."""
    found: dict[str, None] = {}
    for route, access in teams.console.server.app[ACCESS].items():
        if route.method == method and "supervisor" in access.roles and route.resource is not None:
            found[_filled(teams, route.resource.canonical, access, team)] = None
    return list(found)


def _filled(teams: Teams, path: str, _access: Access, team: str) -> str:
    section = path.removeprefix("/api/v1").split("/")[1].replace("-", "_").partition(".")[0]
    keys = A_KEYS if team == "A" else B_KEYS
    key = keys.get(section) or (next(iter(SITE.section(section)), "") if section in SECTIONS else "1")
    values = {
        "key": key,
        "guid": teams.guids[f"{team.lower()}-queue"],
        "callback_id": str(teams.callbacks[team]),
        "contact_id": str(teams.contact_ids[team]),
        "import_id": str(teams.imports[team]),
        "agent": keys["agents"],
        "language": "en",
    }
    return re.sub(r"\{([a-z_]+)[^}]*\}+", lambda found: values.get(found[1], "1"), path)


@on_one_database
async def test_no_page_tells_of_the_other_team(teams: Teams) -> None:
    """A page that is added later is tried too."""
    ann, free = await teams.browser("ann"), await teams.browser("free")
    told = set()
    for path in dict.fromkeys([*paths(teams, "GET", team="A"), *paths(teams, "GET", team="B"), *ASKED]):
        if path == "/stream":
            continue  # see test_sight_stream
        text = await teams.text(ann, "ann", path)
        assert not OTHERS.search(text), f"{path}: {OTHERS.findall(text)}"
        if not TELLS_KEYS.match(path.partition("?")[0]) and "zz-" not in path:
            assert not OTHERS_KEYS.search(text), f"{path}: {OTHERS_KEYS.findall(text)}"
        if OTHERS.search(await teams.text(free, "free", path)):
            told.add(path)
    for section in LIMITED:  # the same pages do tell who is in no group
        page, one = section_path(section), f"/{B_KEYS[section]}"
        assert told > {page, f"{page}.csv", page + one, f"{page + one}/used", f"/api/v1/{section}{one}"}
    lists = {"/", "/interactions", "/interactions.csv", "/callbacks", "/callbacks.csv", "/map", "/search?q=ebra"}
    api = {"/api/v1/interactions", "/api/v1/callbacks", "/api/v1/contacts"}
    assert told > lists | api | {"/choices?q=ebra", f"/contacts/{teams.contact_ids['A']}", "/contacts", "/contacts.csv"}


@on_one_database
async def test_what_the_other_team_has_is_not_there(teams: Teams) -> None:
    """404 as for what was never made, word for word; and everything of the own team is there."""
    ann, free = await teams.browser("ann"), await teams.browser("free")
    own, others = paths(teams, "GET", team="A"), paths(teams, "GET", team="B")
    only_theirs = [path for path in others if path not in own and not path.startswith("/me/")]  # a desk is an agent's
    assert len(only_theirs) >= 20
    for path in only_theirs:
        answer = await teams.ask(ann, "ann", "GET", path)
        made_up = re.sub("zz-[a-z]+|1777|" + teams.guids["b-queue"], "made-up", path)
        never = await teams.ask(ann, "ann", "GET", made_up)
        assert (answer.status, await answer.text()) == (404, (await never.text()).replace(made_up, path)), path
        assert (await teams.ask(free, "free", "GET", path)).status in (200, 303), path
    for path in (path for path in own if path not in others and not path.startswith("/me/")):
        assert (await teams.ask(ann, "ann", "GET", path)).status in (200, 303), path


@on_one_database
async def test_nothing_is_done_to_the_other_team(teams: Teams) -> None:
    ann = await teams.browser("ann")
    own = paths(teams, "POST", team="A")
    others = [path for path in paths(teams, "POST", team="B") if path not in own and not path.startswith("/me/")]
    assert {"/agents/zz-agent/pause", "/api/v1/agents/zz-agent/pause"} < set(others)
    assert {f"/callbacks/{teams.callbacks['B']}/cancel"} < set(others)
    for path in others:
        assert (await teams.ask(ann, "ann", "POST", path)).status == 404, path
    free = await teams.browser("free")
    session = await (await teams.ask(free, "free", "GET", "/api/v1/agents/zz-agent/session")).json()
    assert (session["is_logged_in"], session["paused_reason"]) == (True, None)
    owed = await (await teams.ask(free, "free", "GET", "/api/v1/callbacks?owed=true")).json()
    assert len(owed["items"]) == 2


@on_one_database
async def test_what_is_never_called_anywhere_is_not_one_teams_to_change(teams: Teams, database: Database) -> None:
    """A team adds who asked for it, and takes out what it added for its own campaigns."""
    ben, free = await teams.browser("ben"), await teams.browser("free")
    for number, campaign, status in (
        ("+51987000001", "", 303),
        ("+51987000002", "zz-campaign", 303),
        ("+519*", "", 422),
        ("+519*", "zz-campaign", 303),
    ):
        assert (await ben.post("/do-not-call", {"number": number, "campaign": campaign})).status == status, number
    async with database.reading() as tx:
        entries, _found = await list_entries(tx, EntryFilter())
    page = await ben.get("/do-not-call")
    for each in entries:
        path = f"/do-not-call/{each.do_not_call_id}/remove"
        assert (path in page) == bool(each.campaign)
        assert (await ben.post(path, {})).status == (303 if each.campaign else 404)
    [left] = [each for each in entries if not each.campaign]
    assert (await free.post(f"/do-not-call/{left.do_not_call_id}/remove", {})).status == 303


async def test_the_own_team_is_at_hand(teams: Teams) -> None:
    ann = await teams.browser("ann")
    for action in ("pause", "unpause", "log-out", "log-in"):
        assert (await teams.ask(ann, "ann", "POST", f"/agents/ana/{action}")).status == 303
    for action in ("pause", "unpause", "logout", "login"):
        assert (await teams.ask(ann, "ann", "POST", f"/api/v1/agents/ana/{action}")).status == 200
    headers = {"Authorization": f"Bearer {teams.tokens['ann']}"}
    for device in ("1777", "1777-web"):  # a phone of the other team
        body = {"device": device}
        assert (await ann.client.post("/api/v1/agents/ana/login", json=body, headers=headers)).status == 404
    for prefix, status in (("", 303), ("/api/v1", 200)):
        path = f"{prefix}/callbacks/{teams.callbacks['A']}/cancel"
        assert (await teams.ask(ann, "ann", "POST", path)).status == status


async def test_a_contact_that_a_supervisor_adds_is_the_own_teams(teams: Teams) -> None:
    ann, ben = await teams.browser("ann"), await teams.browser("ben")
    typed = {"name": "Rosa", "number_kind": "mobile", "number": "+51987000009"}
    added = await ann.post(f"/lists/{A_KEYS['lists']}/contacts/new", typed)
    assert "Rosa" in await ann.get(added.headers["Location"])
    assert (await ben.client.get(added.headers["Location"])).status == 404


@on_one_database
async def test_the_whole_centre_is_for_who_sees_it_whole(teams: Teams) -> None:
    """Revisions tell of every entity; the switch for an emergency is for everybody."""
    ann, free, auditor = await teams.browser("ann"), await teams.browser("free"), await teams.browser("auditor")
    revisions = "/revisions", "/revisions.csv", "/revisions/1", "/api/v1/revisions"
    for path in (*revisions, "/license", "/license.csv", "/api/v1/license/seats"):
        assert (await teams.ask(ann, "ann", "GET", path)).status == 404, path
    for browser in (free, auditor):
        assert 'href="/revisions"' in await browser.get("/revisions")
    assert 'href="/revisions"' not in await ann.get("/")
    assert "Revisions" not in await ann.get("/search?q=&dialog")
    assert "whole centre" in await ann.get("/emergency")


@on_one_database
@pytest.mark.parametrize("login", ["auditor", "administrator", "free", "ann", "ben", "both"])
async def test_who_sees_which_queues(teams: Teams, login: str) -> None:
    """An administrator or auditor who stands in a group is not narrowed by it; two groups add up."""
    page = await (await teams.browser(login)).get("/queues")
    seen = {key for key in ("sales", "support", "zz-queue") if f'href="/queues/{key}"' in page}
    expected = {"ann": {"sales"}, "ben": {"zz-queue"}, "both": {"sales", "zz-queue"}}
    assert seen == expected.get(login, {"sales", "support", "zz-queue"})


@on_one_database
@pytest.mark.parametrize(
    ("token", "queues"),
    [("ann", ["sales"]), ("anns-board", ["sales"]), ("free", ["sales", "support", "zz-queue"]), ("board", None)],
)
async def test_a_token_sees_what_its_owner_sees_or_what_names_it(
    teams: Teams, token: str, queues: list[str] | None
) -> None:
    """In the groups stand the owner of the first and the name of the second."""
    found = await (await teams.ask(teams.console.browser(), token, "GET", "/api/v1/queues")).json()
    assert [each["key"] for each in found["items"]] == (queues or ["sales", "support", "zz-queue"])


def sight(login: str) -> Any:
    return sight_of(SITE, [login])


@pytest.mark.parametrize("login", SUPERVISORS)
async def test_calls_are_narrowed_in_the_database(database: Database, login: str) -> None:
    """Before they are paged and counted, on both kinds of database."""
    guids, wanted = await add_calls(database), InteractionFilter(sight=sight(login))
    expected = [name for name, (teams, *_fields) in CALLS.items() if set(teams) & set(SUPERVISORS[login])]
    async with database.reading() as tx:
        whole = await list_interactions(tx, wanted, Page(1, 100))
        first = await list_interactions(tx, wanted, Page(1, 2))
        rest = await more_interactions(tx, wanted, "-entered_at", after=first.interactions[-1], size=100)
        assert [each.caller_name.removeprefix("call ") for each in whole.interactions] == expected
        assert [*first.interactions, *rest] == whole.interactions
        figures = await load_figures(tx, min(each.entered_at for each in whole.interactions), {}, sight(login))
        assert figures.calls == len(expected)
        for name, guid in guids.items():
            story = await load_interaction(tx, guid, sight(login))
            recording = await load_recording(tx, guid, sight(login))
            assert (story is not None, recording is not None) == (name in expected, name in expected)


@pytest.mark.parametrize("login", SUPERVISORS)
async def test_callbacks_are_narrowed_in_the_database(database: Database, login: str) -> None:
    await add_callbacks(database)
    async with database.reading() as tx:
        found = await list_callbacks(tx, CallbackFilter(sight=sight(login)))
    queues = {"A": "sales", "B": "zz-queue"}
    assert {each.queue for each in found} == {queues[team] for team in SUPERVISORS[login] if team in queues}


@on_one_database
async def test_a_layout_that_was_kept_is_its_teams_alone(teams: Teams, database: Database) -> None:
    async with database.reading() as tx:
        told = {login: list(await load_mappings(tx, sight_of(SITE, [login]))) for login in ("ann", "ben", "free")}
    assert told == {"ann": [], "ben": ["Zebra layout"], "free": ["Zebra layout"]}
