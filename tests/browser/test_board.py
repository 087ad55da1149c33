"""The supervisors' board in Chromium: what it shows, how soon it changes, what is done from it; and its pictures."""

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.core.entities.supervision import Alarm, Wallboard
from appliance.core.live.state import Change, State
from appliance.services.agents.requests import ask
from appliance.services.entities import create_entity
from appliance.services.wallboards import make_link
from appliance.store.tables.floor import AlarmRaiseRow, MessageReadingRow
from tests.browser.conftest import BusyDay, a_page
from tests.browser.looks import DESK, LOOKS, barriers

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
    async with a_page(chromium, busy_day.url, viewport=WIDE, color_scheme="light", reduced_motion="reduce") as page:
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
        await expect(ana).to_contain_text("On hold")
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
    async with a_page(chromium, busy_day.url, reduced_motion="reduce", **options) as page:
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
        if look == "light":
            await page.set_viewport_size({"width": 1280, "height": 900})
            table = page.locator(".board-queues").locator("xpath=..")
            assert await table.evaluate("(place) => place.scrollWidth - place.clientWidth") <= 0


WALLS = {
    "light": {"viewport": {"width": 1920, "height": 1080}},
    "dark": {"viewport": {"width": 1920, "height": 1080}},
}


async def a_wall(busy_day: BusyDay, layout: str, theme: str, language: str) -> str:
    """The path of a link."""
    database, key = busy_day.console.database, f"{layout}-{theme}"
    fields = {"key": key, "name": "Ventas" if language == "es" else "Sales and support", "layout": layout}
    board = Wallboard.model_validate({**fields, "theme": theme, "language": language})
    async with database.transaction() as tx:
        await create_entity(tx, "wallboards", board, by="test")
        return f"/wall/{await make_link(tx, key, by='test')}"


@pytest.mark.parametrize(
    ("layout", "theme", "language"), [("figures", "dark", "en"), ("queues", "light", "es"), ("team", "dark", "en")]
)
async def test_a_wall_is_readable_and_follows(
    busy_day: BusyDay, chromium: Browser, pictures: Path, layout: str, theme: str, language: str
) -> None:
    path = await a_wall(busy_day, layout, theme, language)
    await busy_day.console.board.look()
    async with a_page(chromium, busy_day.url, **WALLS[theme]) as page:
        await page.goto(path)
        figure = page.locator("[data-figure=waiting]")
        await expect(figure).to_have_text("2")
        height = await figure.evaluate("(place) => parseFloat(getComputedStyle(place).fontSize)")
        assert height >= 60  # of 1080: on a 50 inch screen 3.5 cm, which is read from ten metres
        assert not await barriers(page, "dark")
        await page.screenshot(path=pictures / f"wall-{layout}.png")
        assert await page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0
        state = busy_day.console.live.state
        calm = {key: replace(queue, waiting={}) for key, queue in state.queues.items()}
        tell(busy_day, replace(state, queues=calm), Change("queues", "support", calm["support"].row()))
        await expect(figure).to_have_text("0")
        tell(busy_day, state, Change("queues", "support", state.queues["support"].row()))
        await expect(figure).to_have_text("2")
        await page.evaluate("document.body.dataset.build = 'older'")  # as after an update of the daemon
        async with page.expect_navigation():
            tell(busy_day, replace(state, queues=calm), Change("queues", "support", calm["support"].row()))
        tell(busy_day, state, Change("queues", "support", state.queues["support"].row()))


async def test_an_alarm_stands_on_every_page_until_it_is_seen(
    busy_day: BusyDay, chromium: Browser, pictures: Path
) -> None:
    console = busy_day.console
    async with console.database.transaction() as tx:
        alarm = {"key": "wait", "name": "Long wait", "kind": "longest_wait", "limit": 30}
        await create_entity(tx, "alarms", Alarm.model_validate(alarm), by="test")
        tx.add(AlarmRaiseRow(alarm="wait", subject="queues:support", value="48", raised_at=dt.datetime.now(dt.UTC)))
        await ask(tx, "ana-lopez", "help", "Wants his money back")
    job = asyncio.ensure_future(console.board.run())
    async with a_page(chromium, busy_day.url, viewport=WIDE, color_scheme="light", reduced_motion="reduce") as page:
        await on_the_board(busy_day, page)
        console.hub.publish("floor", {})
        bar = page.locator(".alarm-bar .notice")
        await expect(bar).to_contain_text("Long wait Technical support a caller waits for 48 s")
        await expect(page.locator("[data-rows=requests]")).to_contain_text("Wants his money back")
        assert not await barriers(page, "light")
        await page.screenshot(path=pictures / "board-alarm.png")
        await bar.get_by_role("button").click()
        await expect(bar).to_have_count(0)
        await page.get_by_role("button", name="I take care of it").click()
        await expect(page.locator("[data-requests]")).to_be_hidden()
        await page.get_by_role("button", name="Messages").click()
        await page.get_by_label("Message", exact=True).fill("Short breaks today, please")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator(".sent-list")).to_contain_text("Read by 0 of 9")
        async with console.database.transaction() as tx:
            (await tx.get_one(MessageReadingRow, (1, "ana-lopez"))).read_at = dt.datetime.now(dt.UTC)
        console.hub.publish("floor", {})
        await expect(page.locator(".sent-list")).to_contain_text("Read by 1 of 9")
        await page.screenshot(path=pictures / "board-messages.png")
        await page.goto("/board/alarms")
        await expect(page.get_by_role("cell", name="supervisor")).to_be_visible()
        assert not await barriers(page, "light")
        job.cancel()
