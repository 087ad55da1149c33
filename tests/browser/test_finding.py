"""An administrator finds the way about: Ctrl-K, a list that is sorted and filtered, and the map; by keyboard too."""

import re

from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import BusyDay, a_page
from tests.browser.looks import DESK, PHONE, barriers


async def search_for(page: Page, words: str) -> None:
    await page.keyboard.press("Control+k")
    await expect(page.locator("dialog[open] input")).to_be_focused()
    await page.locator("dialog[open] input").fill(words)


async def test_ctrl_k_leads_anywhere_by_keyboard(busy_day: BusyDay, chromium: Browser) -> None:
    async with a_page(chromium, busy_day.url, viewport=DESK) as page:
        await busy_day.signed_in(page)
        await search_for(page, "sales")
        options = page.locator("dialog[open] [role=option]")
        await expect(options.first).to_have_attribute("aria-selected", "true")
        await expect(options.filter(has_text="Queue · sales")).to_have_count(1)
        assert await barriers(page, "light") == []
        await page.locator("dialog[open] input").fill("s")
        await expect(options.nth(1)).to_be_visible()
        await page.keyboard.press("ArrowDown")
        await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog[open]")).to_have_count(0)
        await search_for(page, "revisions")
        await expect(options.first).to_contain_text("Revisions")
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile("/revisions$"))


async def test_a_list_is_sorted_and_filtered_and_the_map_leads_on(busy_day: BusyDay, chromium: Browser) -> None:
    async with a_page(chromium, busy_day.url, viewport=DESK) as page:
        await busy_day.signed_in(page)
        await page.goto("/queues")
        await page.get_by_role("link", name="Members").click()
        await expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Members")
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Export CSV").click()
        assert (await download.value).suggested_filename == "queues.csv"
        await page.goto("/queues/sales")
        await page.get_by_role("link", name="Show on the map").click()
        box = page.locator(".map a.is-here")
        await expect(box).to_have_count(1)
        await box.focus()
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile("/queues/sales$"))


async def test_without_scripts_search_and_map_are_pages(busy_day: BusyDay, chromium: Browser) -> None:
    async with a_page(chromium, busy_day.url, viewport=PHONE, java_script_enabled=False) as page:
        await busy_day.signed_in(page)
        await page.locator(".search-open").click()
        await page.get_by_role("searchbox").fill("sales")
        await page.keyboard.press("Enter")
        await page.locator(".hits a").filter(has_text="Queue").first.click()
        await expect(page).to_have_url(re.compile("/queues/sales$"))
        await page.goto("/map?zoom=50")
        await expect(page.locator(".map a").first).to_be_visible()
