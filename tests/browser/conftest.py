"""A real Chromium; a whole appliance with its Asterisk for journeys; a console with a busy day for pictures."""

import datetime as dt
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from appliance.services.users.changes import ensure_administrator
from appliance.store.configuration import NodeStatus, insert_revision, save_status
from appliance.store.db import Database
from appliance.store.migrate import migrate
from appliance.store.tables.configuration import RevisionRow
from tests.app.console import PASSWORD, Console, a_console
from tests.demo_data import a_centre, a_live_state, fill
from tests.house import House, a_house, furnish, house_settings
from tests.licenses import install_license
from tests.sites import a_site

CHROMIUM = "/usr/bin/chromium"
DIFF = """--- extensions.conf
+++ extensions.conf
@@ -80,4 +80,4 @@
 [queue-sales]
-exten => s,1,NoOp(Sales)
+exten => s,1,NoOp(Sales north)
  same => n,Answer()
--- queues.conf
+++ queues.conf
@@ -12,4 +12,5 @@
 [sales]
-strategy=leastrecent
+strategy=rrmemory
+weight=3
 timeout=20"""


expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@asynccontextmanager
async def a_page(chromium: Browser, url: str, **options: object) -> AsyncIterator[Page]:
    """A browser of its own; an error in a script or a refused resource, on any of its pages, fails the test."""
    context: BrowserContext = await chromium.new_context(base_url=url, **{"locale": "en-US", **options})  # type: ignore[arg-type]
    troubles = list[str]()
    context.on("weberror", lambda found: troubles.append(str(found.error)))
    context.on("console", lambda said: troubles.append(said.text) if "Content Security Policy" in said.text else None)
    yield await context.new_page()
    await context.close()
    assert not troubles


async def follow(page: Page, path: str) -> None:
    """Open a page that hears from now on what changes."""
    async with page.expect_response(lambda answer: "text/event-stream" in answer.headers.get("content-type", "")):
        await page.goto(path)


@dataclass
class Furnished:
    house: House
    password: str  # of the first administrator, for one use


@pytest.fixture(scope="module")
async def furnished(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Furnished]:
    settings = house_settings(tmp_path_factory.mktemp("house"))
    await furnish(settings, a_site())
    async with a_house(settings) as house:
        async with house.appliance.database.transaction() as tx:
            password = await ensure_administrator(tx)
        assert password is not None
        yield Furnished(house, password)


@dataclass
class BusyDay:
    console: Console
    url: str
    guid: str  # of the interaction with a recording

    async def signed_in(self, page: Page, role: str = "administrator") -> None:
        await page.goto("/sign-in")
        await page.fill("#login", role)
        await page.fill("#password", PASSWORD)
        await page.click("button[type=submit]")
        await page.wait_for_selector("[data-config], .my-state")


@pytest.fixture(scope="module")
async def busy_day(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BusyDay]:
    folder, now = tmp_path_factory.mktemp("busy-day"), dt.datetime.now(dt.UTC)
    database = Database(f"sqlite+aiosqlite:///{folder / 'appliance.db'}")
    await migrate(database)
    async with a_console(database, folder, a_centre()) as console:
        async with database.transaction() as tx:
            await install_license(tx)
            guid = await fill(tx, console.recordings, until=now)
            for number in range(1, 6):
                await insert_revision(tx, _revision(number, now))
            await save_status(tx, "local", NodeStatus(1, 1, 1, ""))
        console.live.state, console.live.seq, console.live.is_connected = a_live_state(now), 1, True
        yield BusyDay(console, str(console.server.make_url("")), guid)
    await database.close()


def _revision(number: int, now: dt.datetime) -> RevisionRow:
    failed = number == 3
    return RevisionRow(
        node="local",
        generation=number,
        at=now - dt.timedelta(hours=6 - number),
        by="administrator",
        summary="change queues sales",
        site=a_centre().model_dump(mode="json"),
        diff=DIFF,
        is_applied=not failed,
        error="queues.conf: Unknown keyword 'strategi' at line 14" if failed else "",
    )


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures go: docs/images when `make pictures` asks for new ones, else nowhere that lasts."""
    return Path(os.environ.get("DOCS_PICTURES", tmp_path))
