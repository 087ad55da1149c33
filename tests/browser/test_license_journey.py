"""An administrator installs a licence, gives and frees seats, and an agent without one reads why; in Chromium."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.core.license.document import sign
from appliance.services.clock import now
from appliance.store.configuration import NodeStatus, load_status, save_status
from appliance.store.db import Database
from appliance.store.migrate import migrate
from tests.app.console import PASSWORD, Console, a_console
from tests.browser.conftest import a_page
from tests.browser.looks import DESK, LOOKS, PHONE, WIDER, barriers
from tests.licenses import DAY, PRIVATE, a_license
from tests.sites import a_site

SHOWN = {"": ("light",), "-preview": ("light",)}  # in the guide


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'appliance.db'}")
    await migrate(database)
    async with a_console(database, tmp_path, a_site()) as console:
        async with database.transaction() as tx:
            wanted = (await load_status(tx, "local")).wanted
            await save_status(tx, "local", NodeStatus(wanted, wanted, wanted, ""))
        console.live.seq, console.live.is_connected = 1, True
        yield console
    await database.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    dates = {"issued_at": now(), "not_before": now(), "expires_at": now() + 365 * DAY}
    license = a_license("L-2026-1", features=("quality",), support="Gold", **dates)
    path = tmp_path / "acme.lic"
    path.write_text(sign(license, PRIVATE), encoding="ascii")
    return path


async def look(page: Page, pictures: Path, name: str) -> None:
    """No barrier in either theme, nothing wider than a phone; and a picture of each."""
    assert await barriers(page, "light") == []
    for kind, size, scheme in (("light", DESK, "light"), ("dark", DESK, "dark"), ("phone", PHONE, "light")):
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme)
        assert await page.evaluate(WIDER) <= 0, f"{name} {kind}"
        if kind in SHOWN.get(name, ()):
            await page.screenshot(path=pictures / f"license{name}-{kind}.png")
    await page.set_viewport_size(DESK)
    await page.emulate_media(color_scheme="light")


async def drop(page: Page, file: Path) -> None:
    """With the mouse, out of a folder: nothing but the browser knows the file."""
    await page.locator("#file").scroll_into_view_if_needed()
    box = await page.locator("#file").bounding_box()
    assert box is not None
    client = await page.context.new_cdp_session(page)
    place = {"x": box["x"] + box["width"] - 20, "y": box["y"] + box["height"] - 10}
    for kind in ("dragEnter", "dragOver", "drop"):
        data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
        await client.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})


async def test_from_no_license_to_seats_and_its_pictures(
    console: Console, chromium: Browser, file: Path, pictures: Path
) -> None:
    async with a_page(chromium, str(console.server.make_url("")), reduced_motion="reduce", **LOOKS["light"]) as page:
        await page.goto("/sign-in")
        await page.fill("#login", "administrator")
        await page.fill("#password", PASSWORD)
        await page.click("button[type=submit]")
        await page.get_by_role("status").get_by_role("link", name="License").click()
        await expect(page.get_by_role("button", name="Start the trial")).to_be_visible()
        await look(page, pictures, "-none")
        await drop(page, file)
        await page.get_by_role("button", name="Show what will change").click()
        await expect(page.get_by_role("heading", name="Install license L-2026-1?")).to_be_visible()
        await look(page, pictures, "-preview")
        await page.get_by_role("button", name="Install", exact=True).click()
        await expect(page.get_by_text("It holds from now on")).to_be_visible()
        await expect(page.get_by_role("row").filter(has_text="Ana López")).to_contain_text("seat-1")
        await look(page, pictures, "")
        await page.get_by_role("button", name="Free the seat of Ana López").click()
        await expect(page.get_by_role("row").filter(has_text="Ana López")).to_have_count(0)
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


async def test_a_damaged_file_is_refused_in_words(
    console: Console, chromium: Browser, file: Path, pictures: Path
) -> None:
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
        await look(page, pictures, "-refused")
