"""Lists of what nobody edits: calls, callbacks, revisions, sessions, tokens; each sorts, narrows, pages and exports."""

import csv
import datetime as dt
import io
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import insert, text

from appliance.core.journal.cel import CelReading
from appliance.services.tokens import NewToken, create_token, list_tokens, revoke_token
from appliance.store.calls import save_calls
from appliance.store.db import Database
from appliance.store.interactions import SORTS, InteractionFilter, Page, list_interactions, more_interactions
from appliance.store.tables.callbacks import CallbackRow
from appliance.store.tables.configuration import RevisionRow
from appliance.web.console.row_lists import in_batches
from tests.app.console import Browser, Console, a_console
from tests.demo_data import a_call
from tests.sites import a_site

START = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
PATHS = ("/interactions", "/callbacks", "/revisions", "/changes", "/users/sessions", "/users/tokens")


@pytest.fixture
async def console(database: Database, tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(database, tmp_path, a_site()) as console:
        async with database.transaction() as tx:
            calls = [a_call(number, START + dt.timedelta(minutes=number), Random(number)) for number in range(1, 131)]
            # Several at one instant, as a busy minute has them.
            same = [each._replace(interaction=each.interaction._replace(entered_at=START)) for each in calls[:40]]
            await save_calls(tx, "local", CelReading(finished=[*same, *calls[40:]]))
            await tx.execute(insert(CallbackRow), [a_callback(number) for number in range(1, 61)])
            await tx.execute(insert(RevisionRow), [a_revision(number) for number in range(1, 61)])
            for name in ("wallboard", "crm", "=cmd"):
                await create_token(tx, NewToken(name, "auditor", ("read",)), by="admin")
            await revoke_token(tx, next(each.token_id for each in await list_tokens(tx) if each.name == "crm"), by="x")
        yield console


def a_callback(number: int) -> dict[str, object]:
    asked_at = START + dt.timedelta(minutes=number)
    return {
        "node": "local", "queue": "sales" if number % 2 else "support", "number": f"+5116{number:06d}", "caller": "",
        "guid": f"{number:08d}-0000-4000-8000-000000000000", "language": "en", "asked_at": asked_at,
        "waited_s": number % 7, "tries": 1, "next_try_at": asked_at, "last_guid": "", "result": "reached",
        "ended_at": None if number > 50 else asked_at,
    }  # fmt: skip


def a_revision(number: int) -> dict[str, object]:
    return {
        "node": "local", "generation": number, "at": START, "by": "ana" if number % 3 else "luis", "site": {},
        "summary": f"+{number}", "diff": "", "is_applied": True, "error": "",
    }  # fmt: skip


async def table(browser: Browser, path: str) -> list[dict[str, str]]:
    response = await browser.client.get(path)
    assert response.status == 200
    assert response.headers["Content-Disposition"].endswith('.csv"')
    assert response.content_type == "text/csv"
    return list(csv.DictReader(io.StringIO((await response.read()).decode("utf-8-sig"))))


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in SORTS for sign in ("", "-")])
async def test_calls_are_read_on_without_one_missing_or_twice_in_any_order(console: Console, sort: str) -> None:
    async with console.database.reading() as tx:
        whole = (await list_interactions(tx, InteractionFilter(), Page(1, 500, sort))).interactions
        assert len(whole) == 130
        read: list[object] = []
        last = None
        while found := await more_interactions(tx, InteractionFilter(), sort, after=last, size=7):
            read += found
            last = found[-1]
    assert read == whole
    keys = [(getattr(each, sort.removeprefix("-")), each.entered_at, each.guid) for each in whole]
    in_database = sorted(keys, reverse=sort.startswith("-"))
    assert [key[1:] for key in keys if key[0] == ""] == [key[1:] for key in in_database if key[0] == ""]
    if sort.endswith("entered_at"):
        assert keys == in_database


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sort", SORTS)
async def test_every_order_of_calls_is_read_from_an_index(console: Console, sort: str) -> None:
    """The whole table is never sorted; at most what shares one value and instant."""
    async with console.database.reading() as tx:
        index = {"entered_at": "entered_at"}.get(sort, f"{sort}, entered_at")
        query = f"EXPLAIN QUERY PLAN SELECT * FROM interactions ORDER BY {index}, guid LIMIT 51"
        plan = " ".join(str(row[-1]) for row in await tx.execute(text(query)))
    assert "USING INDEX ix_interactions_" in plan
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


async def test_calls_are_sorted_on_the_page_and_keep_their_filters(admin: Browser) -> None:
    page = await admin.get("/interactions?outcome=abandoned&sort=caller")
    assert 'aria-sort="ascending"><a class="sort" href="/interactions?sort=-caller&amp;outcome=abandoned"' in page
    assert 'href="/interactions.csv?sort=caller&amp;outcome=abandoned"' in page
    assert 'aria-sort="descending"><a class="sort" href="/interactions?sort=entered_at"' in await admin.get(
        "/interactions"
    )
    assert "/interactions?sort=-caller&amp;page=2" in await admin.get("/interactions?sort=-caller")
    assert await admin.get("/interactions?sort=hangup_cause;--&size=1&page=999999999")


async def test_batches_follow_each_other(console: Console) -> None:
    read = partial(more_interactions, wanted=InteractionFilter(), sort="-agent")
    batches = [len(rows) async for rows in in_batches(console.database, read, size=9)]
    assert batches == [9] * 14 + [4]


async def test_the_file_of_calls_has_them_all_in_the_order_of_the_page(admin: Browser) -> None:
    rows = await table(admin, "/interactions.csv?sort=-agent")
    assert len(rows) == 130
    assert [row["Agent"] for row in rows] == sorted((row["Agent"] for row in rows), reverse=True)
    wanted = await table(admin, "/interactions.csv?outcome=abandoned")
    assert {row["Outcome"] for row in wanted} == {"abandoned"}
    assert len(wanted) == sum(row["Outcome"] == "abandoned" for row in rows)
    assert len(await table(admin, "/callbacks.csv")) == 60
    assert len(await table(admin, "/callbacks.csv?owed=yes&queue=sales")) == 5
    assert [row["Revision"] for row in await table(admin, "/revisions.csv")] == [str(n) for n in range(60, 0, -1)]
    assert {row["Who"] for row in await table(admin, "/revisions.csv?q=luis&sort=summary")} == {"luis"}


async def test_instants_in_the_file_are_where_the_reader_is(admin: Browser) -> None:
    response = await admin.client.get("/interactions.csv?sort=entered_at", cookies={"zone": "America/Lima"})
    assert "2026-03-01 04:00:00" in (await response.read()).decode()


async def test_callbacks_and_revisions_are_sorted(admin: Browser) -> None:
    page = await admin.get("/callbacks?sort=-number")
    assert page.index("+5116000060") < page.index("+5116000059")
    assert "+5116000060" not in await admin.get("/callbacks?sort=number")
    assert "+5116000060" in await admin.get("/callbacks?sort=number&page=2")
    page = await admin.get("/revisions?sort=revision_id")
    assert page.index('/revisions/1"') < page.index('/revisions/2"')
    assert '/revisions/60"' in await admin.get("/revisions?q=luis&sort=by")


async def test_sessions_and_tokens_are_sorted_searched_and_exported(console: Console, admin: Browser) -> None:
    await console.signed_in("auditor")
    page = (await admin.get("/users/sessions?sort=-person")).split("<tbody>")[1]
    assert page.index(">Auditor<") < page.index(">Administrator<")
    assert ">Administrator<" not in (await admin.get("/users/sessions?q=auditor")).split("<tbody>")[1]
    assert [row["Role"] for row in await table(admin, "/users/sessions.csv?sort=role")] == ["administrator", "auditor"]
    names = [row["Name"] for row in await table(admin, "/users/tokens.csv?sort=name")]
    assert names == ["'=cmd", "wallboard"]
    assert len(await table(admin, "/users/tokens.csv?all")) == 3
    assert "crm" in await admin.get("/users/tokens?all=yes")
    assert "Nothing matches" in await admin.get("/users/tokens?q=nothing")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", PATHS)
async def test_who_may_not_see_a_list_may_not_have_its_file(console: Console, path: str) -> None:
    for role, status in (("agent", 403), ("auditor", 403 if path.startswith("/users") else 200)):
        async with (await console.signed_in(role)).client.get(f"{path}.csv") as response:
            await response.read()
            assert response.status == status, role
