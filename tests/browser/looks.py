"""Looks at pages: no barrier that axe knows in either theme, nothing wider than the screen; a phone is Spanish."""

from collections.abc import Iterable
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from appliance.core.site import SECTIONS
from appliance.web.navigation import section_path
from tests.browser.conftest import BusyDay, a_page
from tests.demo_data import a_centre

DESK, PHONE = {"width": 1360, "height": 860}, {"width": 360, "height": 780}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": DESK, "color_scheme": "light"},
    "dark": {"viewport": DESK, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "light", "locale": "es-PE"},
}
# The dark pages are the light ones in other colours; on a phone they are the same text in another shape.
RULES = {
    "light": {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}},
    "phone": {"runOnly": {"type": "rule", "values": ["target-size", "link-name", "button-name", "empty-table-header"]}},
}
AXE = Axe().axe_script
VIOLATIONS = """rules => axe.run(
    {...rules, resultTypes: ["violations"], selectors: false, preload: false}
).then(found => found.violations.flatMap(each => each.nodes.map(node => `${each.id}: ${node.html.slice(0, 160)}`)))"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def lists() -> list[str]:
    return [section_path(section) for section in SECTIONS]


def forms() -> list[str]:
    """Empty and filled."""
    site = a_centre()
    empty = [f"{section_path(section)}/_new" for section in SECTIONS]
    return [*empty, *(f"{section_path(each)}/{key}" for each in SECTIONS for key in list(site.section(each))[:1])]


def others(guid: str) -> list[str]:
    found = ["/", "/interactions", "/interactions?caller=0", f"/interactions/{guid}", "/profile", "/password"]
    found += ["/changes", "/revisions", "/revisions/5", "/revisions/3", "/revisions/5/restore", "/no-such-page"]
    found += ["/search", "/search?q=sales", "/search?q=nothing-at-all", "/queues/sales/used", "/queues?sort=-name"]
    found += ["/map", "/map?at=queues:sales", "/map?q=nothing-at-all"]
    found += ["/queues?saved=sales", "/queues/sales/delete", "/blacklist/%2B51900000001/delete"]
    found += ["/users", "/users/1", "/users/import", "/users/sessions", "/users/tokens/new", "/users/policy"]
    found += ["/profile/two-factor", "/license"]
    found += ["/callbacks", "/emergency", "/setup", "/setup/done", "/people/new"]
    found += ["/dialers/renewals/live", "/dialers/renewals/rehearsal", "/dialers/renewals/recycle"]
    found += ["/dialers/renewals/copy", "/lists/winter/contacts", "/lists/winter/contacts?state=done"]
    found += ["/lists/leads/contacts", "/lists/winter/import", "/lists/winter/empty", "/lists/winter/contacts/new"]
    found += ["/do-not-call", "/do-not-call/import", "/do-not-call/1/remove"]
    found += ["/menus/main/tree", "/schedules/office/holidays", "/import/freepbx", "/blacklist/import"]
    return found


async def look_at(day: BusyDay, chromium: Browser, paths: Iterable[str]) -> list[str]:
    """What is wrong. Each page is loaded once, in Spanish, whose words are longer, and looked at in every way."""
    found = []
    async with a_page(chromium, day.url, reduced_motion="reduce", **{**LOOKS["light"], "locale": "es-PE"}) as page:
        await page.goto("/sign-in")
        found += await in_every_way(page)
        await day.signed_in(page)
        for path in paths:
            await page.goto(path)
            found += await in_every_way(page)
    return found


async def in_every_way(page: Page) -> list[str]:
    """On a desk, light and dark, and on a phone."""
    found = await barriers(page, "light")
    for look in ("light", "phone"):
        await page.set_viewport_size(LOOKS[look]["viewport"])
        if (px := await page.evaluate(WIDER)) > 0:
            found.append(f"{page.url}: {px} px wider than the screen ({look})")
    found += await violations(page, "phone")
    await page.set_viewport_size(LOOKS["light"]["viewport"])
    return found


async def barriers(page: Page, look: str) -> list[str]:
    """The light page is looked at in the dark too, without asking for it again."""
    await page.evaluate(AXE)
    found = await violations(page, look)
    if look == "light":
        await page.emulate_media(color_scheme="dark")
        await page.wait_for_selector("html[data-bs-theme=dark]")
        found += await violations(page, "dark")
        await page.emulate_media(color_scheme="light")
    return found


async def violations(page: Page, look: str) -> list[str]:
    """Where axe is in the page already."""
    return [f"{page.url} ({look}): {each}" for each in await page.evaluate(VIOLATIONS, RULES[look])]
