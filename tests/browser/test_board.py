"""The supervisors' board in Chromium: what it shows, how soon it changes, what is done from it; and its pictures."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.core.live.state import Change, State
from tests.browser.conftest import BusyDay, a_page
from tests.browser.test_looks import DESK, LOOKS, barriers

WIDE = {"width": 1440, "height": 1000}


async def on_the_board(busy_day: BusyDay, page: Page, role: str = "supervisor") -> None:
    await busy_day.console.board.look()
    await busy_day.signed_in(page, role)
    await page.goto("/board")
    await expect(page.locator("[data-rows=agents] > li")).to_have_count(8)


def tell(busy_day: BusyDay, state: State, change: Change) -> None:
    """As the daemon does after an event."""
    live = busy_day.console.live
    live.state, live.seq = state, live.seq + 1
    busy_day.console.hub.publish("live", {"seq": live.seq, "connected": True, "changes": [change.to_json()]})


async def test_the_board_follows_and_is_narrowed(busy_day: BusyDay, chromium: Browser) -> None:
    async with a_page(chromium, busy_day.url, viewport=WIDE, color_scheme="light") as page:
        await on_the_board(busy_day, page)
        support = page.locator("tr[data-key=support]")
        await expect(support.locator(".waiter")).to_have_count(2)
        await expect(support.get_by_text("late").or_(support.get_by_text("long"))).to_have_count(0)
        ana = page.locator("li[data-key=ana-lopez]")
        await expect(ana).to_contain_text("On a call")
        state = busy_day.console.live.state
        since = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=500)
        changed = replace(state.agents["ana-lopez"], state="hold", since=since)
        tell(
            busy_day,
            replace(state, agents={**state.agents, "ana-lopez": changed}),
            Change("agents", "ana-lopez", changed.row()),
        )
        await expect(ana).to_contain_text("On hold", timeout=1000)
        await expect(ana.locator(".lasting")).to_have_attribute("data-level", "too-late")
        await expect(ana.locator(".lasting")).to_contain_text("too long")
        await page.get_by_label("Queue", exact=True).select_option("billing")
        await expect(page.locator("[data-rows=queues] > tr")).to_have_count(1)
        assert "queue=billing" in page.url
        await page.get_by_label("Queue", exact=True).select_option("")
        await page.get_by_label("State", exact=True).select_option("paused")
        await expect(page.locator("[data-rows=agents] > li")).to_have_count(1)


@pytest.mark.parametrize("look", list(LOOKS))
async def test_the_board_has_no_barrier(busy_day: BusyDay, chromium: Browser, look: str, pictures: Path) -> None:
    options = LOOKS[look] | ({"viewport": WIDE} if LOOKS[look]["viewport"] == DESK else {})
    async with a_page(chromium, busy_day.url, **options) as page:
        await on_the_board(busy_day, page)
        assert not await barriers(page, look)
        await page.screenshot(path=pictures / f"board-{look}.png")
        await page.locator(".waiter").first.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#panel h2")).to_be_visible()
        assert not await barriers(page, look)
        await page.screenshot(path=pictures / f"board-call-{look}.png")
        await page.keyboard.press("Escape")
        await expect(page.locator("#panel")).to_be_hidden()
        await page.locator("li[data-key=marta-diaz] button").click()
        await expect(page.locator("#panel h2")).to_have_text("Marta Díaz")
        assert not await barriers(page, look)
        wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0
        await page.screenshot(path=pictures / f"board-agent-{look}.png")
