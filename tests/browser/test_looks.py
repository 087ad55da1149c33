"""Every page in both themes and on a phone: no barrier that axe knows, nothing wider than the screen; and pictures."""

from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from appliance.core.site import SECTIONS
from appliance.web.navigation import section_path
from tests.app.console import PASSWORD
from tests.browser.conftest import BusyDay, a_page
from tests.demo_data import a_centre

DESK, PHONE = {"width": 1360, "height": 860}, {"width": 360, "height": 780}
EVERY_RULE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# The dark pages are the light ones in other colours; on a phone they are the same text in another shape.
RULES = {
    "light": EVERY_RULE,
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}},
    "phone": {"runOnly": {"type": "rule", "values": ["target-size", "link-name", "button-name", "empty-table-header"]}},
}
LOOKS = {
    "light": {"viewport": DESK, "color_scheme": "light"},
    "dark": {"viewport": DESK, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "light", "locale": "es-PE"},
}


def pages(guid: str) -> list[str]:
    site = a_centre()
    found = ["/", "/interactions", "/interactions?caller=0", f"/interactions/{guid}", "/profile", "/password"]
    found += ["/revisions", "/revisions/5", "/revisions/3", "/revisions/5/restore", "/no-such-page"]
    found += ["/search", "/search?q=sales", "/search?q=nothing-at-all", "/queues/sales/used", "/queues?sort=-name"]
    found += ["/map", "/map?at=queues:sales", "/map?q=nothing-at-all"]
    found += ["/queues?saved=sales", "/queues/sales/delete", "/blacklist/%2B51900000001/delete"]
    found += ["/users", "/users/1", "/users/import", "/users/sessions", "/users/tokens/new", "/users/policy"]
    found += ["/profile/two-factor", "/license"]
    found += ["/callbacks", "/emergency", "/setup", "/setup/done", "/people/new"]
    found += ["/menus/main/tree", "/schedules/office/holidays", "/import/freepbx", "/blacklist/import"]
    for section in SECTIONS:
        path = section_path(section)
        found += [path, f"{path}/new", *(f"{path}/{key}" for key in list(site.section(section))[:1])]
    return found


async def barriers(page: Page, look: str) -> list[str]:
    results = (await Axe().run(page, options=RULES[look])).response
    return [
        f"{page.url}: {each['id']}: {node['html'][:160]}" for each in results["violations"] for node in each["nodes"]
    ]


@pytest.mark.parametrize("look", list(LOOKS))
async def test_no_page_has_a_barrier(busy_day: BusyDay, chromium: Browser, look: str) -> None:
    found = []
    async with a_page(chromium, busy_day.url, **LOOKS[look]) as page:
        await page.goto("/sign-in")
        found += await barriers(page, look)
        await busy_day.signed_in(page)
        for path in pages(busy_day.guid):
            await page.goto(path)
            found += await barriers(page, look)
            wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wider > 0:
                found.append(f"{path} is {wider} px wider than the screen")
    assert not found, "\n".join(found)


async def test_the_keyboard_is_enough(busy_day: BusyDay, chromium: Browser) -> None:
    async with a_page(chromium, busy_day.url, viewport=DESK) as page:
        await page.goto("/sign-in")
        await page.keyboard.type("administrator")
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(page.locator(":focus")).to_have_text("Skip to content")
        await page.keyboard.press("Enter")
        await expect(page.locator("main:focus")).to_have_count(1)
        await page.goto("/queues/sales")
        await page.focus("#f-name")
        await page.keyboard.press("Enter")  # stores; it is none of the buttons of the list
        await expect(page.get_by_text("'Sales' is saved.")).to_be_visible()


async def test_pages_work_without_scripts(busy_day: BusyDay, chromium: Browser) -> None:
    async with a_page(chromium, busy_day.url, viewport=PHONE, java_script_enabled=False) as page:
        await busy_day.signed_in(page)
        await page.goto("/menus/main")
        await page.get_by_role("button", name="Add to: Keys").click()
        await expect(page.locator(".row-list-options .row-item")).to_have_count(5)
        await page.get_by_role("button", name="Save").click()
        await expect(page).to_have_url(f"{busy_day.url.rstrip('/')}/menus?saved=main")
        await page.goto("/menus/main")
        await expect(page.locator(".row-list-options .row-item")).to_have_count(4)


async def test_the_theme_is_chosen_and_kept(busy_day: BusyDay, chromium: Browser) -> None:
    async with a_page(chromium, busy_day.url, viewport=DESK, color_scheme="light") as page:
        await busy_day.signed_in(page)
        await page.get_by_role("button", name="Switch between light and dark").click()
        for path in ("/queues", "/"):
            await page.goto(path)
            await expect(page.locator("html[data-bs-theme=dark]")).to_have_count(1)


async def test_the_live_picture_changes_in_place(busy_day: BusyDay, chromium: Browser) -> None:
    hub = busy_day.console.hub
    async with a_page(chromium, busy_day.url, viewport=DESK) as page:
        await busy_day.signed_in(page)
        waiting = page.locator("tr[data-queue=sales] [data-show=waiting]")
        await expect(waiting).to_have_text("0")
        row = {"waiting": 3, "longest": "2030-01-01T00:00:00+00:00", "agents": {}}
        change = {"kind": "queues", "key": "sales", "row": row}
        hub.publish("live", {"seq": 2, "connected": True, "changes": [change]})
        await expect(waiting).to_have_text("3")
        hub.publish("config", {"wanted": 2, "applied": 1, "tried": 2, "error": "no"})
        await expect(page.locator("[data-config=failed]")).to_be_visible()
        hub.publish("live", {"seq": 3, "connected": False, "changes": []})
        await expect(page.get_by_text("No live data")).to_be_visible()


async def test_an_agent_whose_phone_is_lost_can_be_logged_out(busy_day: BusyDay, chromium: Browser) -> None:
    async with a_page(chromium, busy_day.url, viewport=DESK) as page:
        await busy_day.signed_in(page)
        await page.goto("/agents")
        place = page.locator("tr[data-agent]").last
        key = await place.get_attribute("data-agent")
        row = {
            "state": "offline",
            "reason": "unreachable",
            "since": "2026-01-01T00:00:00+00:00",
            "queue": "",
            "queues": [],
        }
        change = {"kind": "agents", "key": key, "row": row}
        busy_day.console.hub.publish("live", {"seq": 2, "connected": True, "changes": [change]})
        await expect(place.get_by_text("Phone unreachable")).to_be_visible()
        await expect(place.get_by_role("button", name="Log out")).to_be_visible()
        await expect(place.get_by_role("button", name="Log in")).to_be_hidden()


async def test_pictures_for_the_documentation(busy_day: BusyDay, chromium: Browser, pictures: Path) -> None:
    interaction = f"/interactions/{busy_day.guid}"
    shown = {
        "light": {
            "overview": "/",
            "agents": "/agents",
            "queue": "/queues/sales",
            "menus": "/menus",
            "interaction": interaction,
        },
        "dark": {"overview": "/", "revision": "/revisions/5"},
        "phone": {"overview": "/"},
    }
    for look, paths in shown.items():
        async with a_page(chromium, busy_day.url, **LOOKS[look]) as page:
            await busy_day.signed_in(page)
            for name, path in paths.items():
                await page.goto(path)
                await page.wait_for_load_state("load")
                if name in ("overview", "agents"):
                    await expect(page.locator(".state-busy").first).to_be_visible()
                picture = pictures / f"{name}-{look}.png"
                await page.screenshot(path=picture)
                assert picture.stat().st_size > 10_000
