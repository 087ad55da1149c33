"""The console with the keyboard alone, without scripts, in the theme that was chosen, live; and pictures of it."""

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.app.console import PASSWORD
from tests.browser.conftest import BusyDay, a_page, follow
from tests.browser.looks import DESK, LOOKS, PHONE

MOST_BYTES = 140_000  # of a picture: whoever reads the documentation loads it


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


async def test_search_and_menu_stay_on_a_page_that_is_longer_than_the_screen(
    busy_day: BusyDay, chromium: Browser
) -> None:
    async with a_page(chromium, busy_day.url, viewport={"width": 1280, "height": 600}) as page:
        await busy_day.signed_in(page)
        await page.goto("/queues/sales")
        await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        assert await page.evaluate("scrollY") > 600
        for part in (".topbar", ".sidebar"):
            await expect(page.locator(part)).to_be_in_viewport()


async def test_the_live_picture_changes_in_place(busy_day: BusyDay, chromium: Browser) -> None:
    hub = busy_day.console.hub
    async with a_page(chromium, busy_day.url, viewport=DESK) as page:
        await busy_day.signed_in(page)
        await follow(page, "/")
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
        await follow(page, "/agents")
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
    shown = {
        "light": {
            "overview": "/",
            "agents": "/agents",
            "queue": "/queues/sales",
            "menus": "/menus",
            "menu-tree": "/menus/main/tree",
            "map": "/map",
            "setup": "/setup",
            "search": "/search?q=an",
            "holidays": "/schedules/office/holidays?country=PE&year=2027",
            "interactions": "/interactions",
            "interaction": f"/interactions/{busy_day.guid}",
        },
        "dark": {"overview": "/", "revision": "/revisions/5"},
        "phone": {"overview": "/"},
    }
    for look, paths in shown.items():
        english = {**LOOKS[look], "locale": "en-US"}
        async with a_page(chromium, busy_day.url, **english) as page:
            await busy_day.signed_in(page)
            if look != "phone":
                await page.set_viewport_size({"width": 1180, "height": 700})
            for name, path in paths.items():
                answer = await page.goto(path)
                assert answer is not None
                assert answer.ok, path
                if name in ("overview", "agents"):
                    await expect(page.locator(".state-busy").first).to_be_visible()
                picture = pictures / f"{name}-{look}.png"
                await page.screenshot(path=picture)
                assert 10_000 < picture.stat().st_size < MOST_BYTES, name
