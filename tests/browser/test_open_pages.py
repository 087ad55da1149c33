"""Pages that stay open: they say that the database vanished and go on by themselves, and know when a shift ends."""

import datetime as dt
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy.engine import make_url

from appliance.core.entities.schedules import DAYS
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.services.wallboards import make_link
from appliance.store.db import Database
from tests.app.console import PASSWORD, a_console
from tests.app.test_database_away import walled_site, watching
from tests.browser.conftest import a_page
from tests.browser.looks import AXE, PHONE, RULES, VIOLATIONS
from tests.silent_proxy import a_silent_proxy
from tests.sites import a_site

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


async def sign_in(page: Page) -> None:
    await page.goto("/sign-in")
    await page.fill("#login", "agent")
    await page.fill("#password", PASSWORD)
    await page.click("button[type=submit]")
    await page.wait_for_selector("[data-toggle-theme]")


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_an_open_page_says_that_the_database_is_away(
    database_url: str, tmp_path: Path, chromium: Browser
) -> None:
    server = make_url(database_url)
    async with a_silent_proxy(server.port or 0) as proxy:
        distant = Database(server.set(port=proxy.port).render_as_string(hide_password=False))
        site = walled_site()
        async with a_console(distant, tmp_path, site, heartbeat_s=0.5) as console, watching(distant, console.hub):
            console.live.is_connected = True
            async with distant.transaction() as tx:
                wall_path = f"/wall/{await make_link(tx, 'sales', by='test')}"
            url = str(console.server.make_url(""))
            async with a_page(chromium, url, viewport=PHONE) as page, a_page(chromium, url) as wall:
                await sign_in(page)
                await wall.goto(wall_path)
                told, told_wall = (each.get_by_text("The database cannot be reached") for each in (page, wall))
                await expect(wall.locator("[data-figure=waiting]")).to_have_text("0")
                for each in (told, told_wall):
                    await expect(each).to_be_hidden()
                proxy.is_silent = True
                await expect(told_wall).to_be_visible()
                await expect(told).to_be_visible()
                await expect(page.get_by_text("No live data")).to_be_visible()  # the stream ended, and is refused
                await expect(told).to_be_visible()
                await page.evaluate(AXE)
                assert await page.evaluate(VIOLATIONS, RULES["light"]) == []
                proxy.is_silent = False
                await expect(told).to_be_hidden()
                await expect(told_wall).to_be_hidden()
                await expect(page.get_by_text("No live data")).to_be_hidden()
        await distant.close()


def working_until(at: dt.datetime) -> Site:
    site = a_site().model_dump(mode="json")
    hours = [{"days": list(DAYS), "start": f"{at - 9 * HOUR:%H:%M}", "end": f"{at:%H:%M}"}]
    site["schedules"]["shift"] = {"key": "shift", "name": "Shift", "time_zone": "UTC", "hours": hours}
    site["agents"]["ana"] |= {"shift": "shift"}
    return Site.model_validate(site)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_desk_asks_again_for_the_end_of_the_shift(
    database: Database, tmp_path: Path, chromium: Browser
) -> None:
    end = now() + 3 * HOUR
    async with (
        a_console(database, tmp_path, working_until(end)) as console,
        a_page(chromium, str(console.server.make_url("")), timezone_id="UTC") as page,
    ):
        await page.clock.install()
        await sign_in(page)
        line = page.locator("[data-shift-end]")
        await expect(line).to_contain_text(f"{end:%M}")
        async with database.transaction() as tx:
            await replace_site(tx, working_until(end + 5 * MINUTE), by="test", summary="test")
        await page.clock.fast_forward(2000)
        await page.clock.fast_forward(15 * 60_000)
        await page.clock.fast_forward(10_000)
        await expect(line).to_contain_text(f"{end + 5 * MINUTE:%M}")
