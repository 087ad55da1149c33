"""An administrator's first day, in a real browser, with a real Asterisk and a real call."""

import re

import pytest
from baresip import Runtime
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Furnished, a_page
from tests.pbx.phones import Leg, Phone
from tests.waiting import eventually

ANA, CALLER = 440, 1000
NEW_PASSWORD = "four-tall-trees"


async def badge_is_green(page: Page) -> None:
    await expect(page.locator("[data-config=applied]")).to_be_visible()


async def set_first_password(page: Page, password: str) -> None:
    await page.goto("/")
    await expect(page).to_have_url(re.compile("/sign-in"))
    await page.fill("#login", "admin")
    await page.fill("#password", password)
    await page.click("button[type=submit]")
    await expect(page).to_have_url(re.compile("/password"))
    await page.fill("#old_password", password)
    await page.fill("#new_password", NEW_PASSWORD)
    await page.fill("#again", NEW_PASSWORD)
    await page.click("button[type=submit]")
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    await badge_is_green(page)


async def log_ana_in(page: Page) -> None:
    await page.goto("/agents")
    await page.get_by_role("button", name="Log in Ana López").click()
    row = page.locator("tr[data-agent=ana]")
    await expect(row.get_by_text("Ready", exact=True)).to_be_visible()
    await expect(row.get_by_text("Registered", exact=True)).to_be_visible()


async def press_until_it_rings(leg: Leg, ana: Phone) -> Leg:
    """A key counts only once the greeting is over; callers press again."""
    for _ in range(30):
        await leg.press("1")
        try:
            return await ana.rings(1)
        except TimeoutError:
            continue
    raise AssertionError("the phone of the agent never rang")


async def watch_a_call(page: Page, caller: Phone, ana: Phone) -> None:
    await page.goto("/")
    await expect(page.get_by_text("No call at the moment.")).to_be_visible()
    leg = await caller.dial("5550100", X_Trunk="main")
    call = page.locator("[data-list=calls] tr").filter(has_text="7000001")
    await expect(call.get_by_text("In the menu")).to_be_visible()
    await leg.established()
    answered = await press_until_it_rings(leg, ana)
    await expect(page.locator("[data-list=agents]").get_by_text("Ringing")).to_be_visible()
    await answered.answer()
    await expect(call.get_by_text("Talking")).to_be_visible()
    await expect(call.get_by_text("Ana López")).to_be_visible()
    await leg.hears(ANA, 1.0)
    await answered.hears(CALLER, 1.0)
    await answered.hang_up()
    await leg.over()
    await expect(call).to_have_count(0)
    await expect(page.locator(".figure").filter(has_text="Calls today")).to_contain_text("1")


async def hear_the_recording(page: Page) -> None:
    await page.goto("/interactions")
    await page.locator("tbody .row-link").first.click()
    await expect(page.get_by_role("heading", name="7000001")).to_be_visible()
    await expect(page.locator(".story")).to_contain_text("Rings at agent")

    async def is_playable() -> bool:
        await page.reload()
        return await page.locator("#recording audio").count() == 1

    await eventually(is_playable, 15)
    audio = page.locator("#recording audio")
    await audio.evaluate("player => player.play()")

    async def is_played() -> bool:
        return bool(await audio.evaluate("player => player.currentTime > 0.3"))

    await eventually(is_played, 10)


async def rename_the_queue(page: Page, name: str) -> None:
    await page.goto("/queues/sales")
    await page.fill("#f-name", name)
    await page.get_by_text("Ring all").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text(f"'{name}' is saved.")).to_be_visible()
    await badge_is_green(page)


async def see_the_difference_and_put_back(page: Page) -> None:
    await page.goto("/revisions")
    await expect(page.locator("tbody tr").first).to_contain_text("Queue 'sales' changed")
    before = page.locator("tbody tr").nth(1).locator(".row-link")
    before_path = await before.get_attribute("href")
    await page.locator("tbody .row-link").first.click()
    await expect(page.locator(".line.added").filter(has_text="ringall")).to_be_visible()
    await page.goto(f"{before_path}/restore")
    await page.get_by_role("button", name="Put it back").click()
    await badge_is_green(page)
    await page.goto("/queues/sales")
    await expect(page.locator("#f-name")).to_have_value("Sales")


async def see_an_error_at_its_field(page: Page) -> None:
    await page.goto("/queues/sales")
    await page.fill("#f-ring_s", "soon")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#f-ring_s-help .field-error")).to_have_text("must be a whole number")
    await expect(page.locator("#f-ring_s")).to_have_value("soon")
    await page.fill("#f-ring_s", "20")
    await page.get_by_role("button", name="Add to: Agents").click()
    await expect(page.locator(".row-list-members .row-item")).to_have_count(3)


@pytest.fixture
async def phones(furnished: Furnished, runtime: Runtime) -> tuple[Phone, Phone]:
    sip = furnished.house.sip
    ana = await Phone.create(runtime, sip, "1001", password="secret-1001", frequency=ANA)
    return ana, await Phone.create(runtime, sip, "7000001", frequency=CALLER)


async def test_the_first_day(furnished: Furnished, chromium: Browser, phones: tuple[Phone, Phone]) -> None:
    ana, caller = phones
    async with a_page(chromium, furnished.house.url) as page:
        await set_first_password(page, furnished.password)
        await log_ana_in(page)
        await watch_a_call(page, caller, ana)
        await hear_the_recording(page)
        await rename_the_queue(page, "Sales north")
        await see_the_difference_and_put_back(page)
        await see_an_error_at_its_field(page)
    await ana.put_down()
    await ana.unregister()
