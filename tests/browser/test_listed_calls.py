"""The desk asks before it dials a number on the do-not-call list, and dials only where the agent says so."""

import re
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from appliance.store.db import Database
from appliance.store.migrate import migrate
from tests.app.console import PASSWORD
from tests.app.test_listed_calls import NEVER, a_floor, bar, the_site
from tests.browser.conftest import a_page
from tests.browser.looks import AXE, LOOKS, RULES, VIOLATIONS, WIDER
from tests.waiting import eventually

QUESTION = {"light": ("Do not call", "Call all the same"), "phone": ("No llamar", "Llamar de todos modos")}


async def a_database(folder: Path) -> Database:
    database = Database(f"sqlite+aiosqlite:///{folder / 'desk.db'}")
    await migrate(database)
    return database


async def dial(page: Page) -> None:
    await page.goto("/sign-in")
    await page.fill("#login", "agent")
    await page.fill("#password", PASSWORD)
    await page.click("button[type=submit]")
    await expect(page.locator(".desk-state")).to_have_text(re.compile("."))
    await page.wait_for_load_state()  # scripts ask
    await page.fill("#dial-number", "9987 654 321")
    await page.press("#dial-number", "Enter")


async def test_the_question_and_both_answers(chromium: Browser, tmp_path: Path, pictures: Path) -> None:
    database = await a_database(tmp_path)
    async with a_floor(database, tmp_path, the_site("asked")) as floor:
        await bar(database)
        for calls, (look, (no, yes)) in enumerate(QUESTION.items(), 1):
            url = str(floor.console.server.make_url(""))
            async with a_page(chromium, url, reduced_motion="reduce", **LOOKS[look]) as page:
                await dial(page)
                dialog = page.locator("#dial-question")
                await expect(dialog).to_contain_text("2026-05-04")
                await expect(dialog.get_by_role("button", name=no)).to_be_focused()
                await page.screenshot(path=pictures / f"desk-question-{look}.png")
                await page.evaluate(AXE)
                assert await page.evaluate(VIOLATIONS, RULES[look]) == []
                assert await page.evaluate(WIDER) <= 0
                await page.keyboard.press("Enter")
                await expect(dialog).to_be_hidden()
                assert len(floor.dialled()) == calls - 1
                await page.press("#dial-number", "Enter")
                await dialog.get_by_role("button", name=yes).click()
                await eventually(lambda calls=calls: len(floor.dialled()) == calls)
                await expect(dialog).to_be_hidden()
        assert len(await floor.audited()) == len(QUESTION)
    await database.close()


async def test_a_refusal_is_said_beside_the_number(chromium: Browser, tmp_path: Path) -> None:
    database = await a_database(tmp_path)
    async with a_floor(database, tmp_path, the_site("refused")) as floor:
        await bar(database)
        async with a_page(chromium, str(floor.console.server.make_url(""))) as page:
            await dial(page)
            await expect(page.locator(".desk-dial [data-act-error]")).to_have_text(NEVER)
            await expect(page.locator("#dial-question")).to_be_hidden()
        assert floor.dialled() == []
    await database.close()
