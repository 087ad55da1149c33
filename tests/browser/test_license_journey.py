"""An administrator installs a licence, gives and frees seats, and an agent without one reads why; in Chromium."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.core.license.document import sign
from appliance.services.clock import now
from appliance.store.db import Database
from appliance.store.migrate import migrate
from tests.app.console import PASSWORD, Console, a_console
from tests.browser.conftest import a_page
from tests.browser.looks import LOOKS, barriers
from tests.licenses import DAY, PRIVATE, a_license
from tests.sites import a_site

PICTURES = os.environ.get("APPLIANCE_LICENSE_PICTURES")  # a folder, for who wants to look


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'appliance.db'}")
    await migrate(database)
    async with a_console(database, tmp_path, a_site()) as console:
        yield console
    await database.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    dates = {"issued_at": now(), "not_before": now(), "expires_at": now() + 365 * DAY}
    license = a_license("L-2026-1", features=("quality",), support="Gold", **dates)
    path = tmp_path / "acme.lic"
    path.write_text(sign(license, PRIVATE), encoding="ascii")
    return path


async def look(page: Page, name: str) -> None:
    assert await barriers(page, "light") == []
    if PICTURES:
        for kind, width, scheme in (("light", 1360, "light"), ("dark", 1360, "dark"), ("phone", 360, "light")):
            await page.set_viewport_size({"width": width, "height": 860})
            await page.emulate_media(color_scheme=scheme)
            await page.screenshot(path=f"{PICTURES}/{name}-{kind}.png", full_page=True)
        await page.set_viewport_size({"width": 1360, "height": 860})
        await page.emulate_media(color_scheme="light")


async def test_from_no_license_to_seats(console: Console, chromium: Browser, file: Path) -> None:
    async with a_page(chromium, str(console.server.make_url("")), reduced_motion="reduce", **LOOKS["light"]) as page:
        await page.goto("/sign-in")
        await page.fill("#login", "administrator")
        await page.fill("#password", PASSWORD)
        await page.click("button[type=submit]")
        await page.get_by_role("status").get_by_role("link", name="License").click()
        await expect(page.get_by_role("button", name="Start the trial")).to_be_visible()
        await look(page, "none")
        await page.set_input_files("#file", file)
        await page.get_by_role("button", name="Show what will change").click()
        await expect(page.get_by_role("heading", name="Install license L-2026-1?")).to_be_visible()
        await look(page, "preview")
        await page.get_by_role("button", name="Install", exact=True).click()
        await expect(page.get_by_text("It holds from now on")).to_be_visible()
        await expect(page.get_by_role("row").filter(has_text="Ana López")).to_contain_text("seat-1")
        await look(page, "installed")
        await page.get_by_role("button", name="Free the seat of Ana López").click()
        await expect(page.get_by_role("row").filter(has_text="Ana López")).to_have_count(0)
        await look(page, "freed")
        await refused_at_log_in(page)
        await page.goto("/license")
        await page.get_by_role("button", name="Give the seat").click()
        await expect(page.get_by_role("row").filter(has_text="Ana López")).to_contain_text("seat-1")
        await page.goto("/agents")
        await page.get_by_role("row").filter(has_text="Ana López").get_by_role("button", name="Log in").click()
        row = page.get_by_role("row").filter(has_text="Ana López")
        await expect(row.get_by_role("button", name="Log out")).to_be_visible()


async def refused_at_log_in(page: Page) -> None:
    await page.goto("/agents")
    await page.get_by_role("row").filter(has_text="Ana López").get_by_role("button", name="Log in").click()
    await expect(
        page.get_by_text("Ana López has no seat. An administrator gives one on the page License.")
    ).to_be_visible()


async def test_a_damaged_file_is_refused_in_words(console: Console, chromium: Browser, file: Path) -> None:
    file.write_text(file.read_text(encoding="ascii").replace("Seats: 10", "Seats: 90"), encoding="ascii")
    async with a_page(chromium, str(console.server.make_url("")), reduced_motion="reduce", **LOOKS["light"]) as page:
        await page.goto("/sign-in")
        await page.fill("#login", "administrator")
        await page.fill("#password", PASSWORD)
        await page.click("button[type=submit]")
        await page.goto("/license")
        await page.set_input_files("#file", file)
        await page.get_by_role("button", name="Show what will change").click()
        await expect(page.get_by_text("The license file is damaged or was changed.").first).to_be_visible()
        await look(page, "refused")
