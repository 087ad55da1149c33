"""Calling out as people do it: from a file with bad rows to calls, results and recycling; and an agent's previews."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from baresip import Runtime
from playwright.async_api import Browser, FilePayload, Page, expect

from appliance.core.site import Site
from appliance.services.reminders import Promise, promise_call
from tests.app.console import PASSWORD, a_user
from tests.browser.conftest import a_page
from tests.browser.looks import PHONE, WIDER, barriers
from tests.house import House, a_house, furnish, house_settings
from tests.pbx.calling import trunks_answer
from tests.pbx.dialer_site import add_contacts, behind, dialer_site, number_of, set_state
from tests.pbx.floor import Floor
from tests.pbx.phones import Phone
from tests.pbx.pstn import Behaviour, Pstn, spoken
from tests.waiting import eventually

BUSY, BUSY_TOO, REFUSES, TALKS, LAST, SKIPPED, SHOWN, PROMISED, TIMED, TIMED_TOO = range(10)
WORLD = {
    BUSY: Behaviour(486),
    BUSY_TOO: Behaviour(486),
    REFUSES: Behaviour(603),
    TALKS: Behaviour(voice=spoken((0, 0.2), (300, 60))),
    LAST: Behaviour(486),
    **dict.fromkeys((TIMED, TIMED_TOO), Behaviour(voice=spoken((300, 60)))),
    SHOWN: Behaviour(voice=spoken((0, 0.2), (300, 5)), listens=True),  # a machine, and then it is silent
}
PEOPLE = {BUSY: "Ana Ruiz", BUSY_TOO: "Luis Vega", REFUSES: "Eva Soto", TALKS: "Rosa Quispe", LAST: "Juan Lazo"}
ROWS = "".join(f"{number_of(n)},{name},{n + 1},Lima,C-{n}\n" for n, name in PEOPLE.items())
BAD = f"ask at the desk,Nobody,9,Cusco,C-9\n{number_of(BUSY)},Ana again,9,Lima,C-8\n"
FILE = f"Phone,Name,Priority,City,Customer id\n{ROWS}{BAD}"
DESK = {"width": 1180, "height": 900}
MESSAGE_HZ = 650


@dataclass
class Centre:
    house: House
    pstn: Pstn
    phone: Phone
    pictures: Path

    async def look(self, page: Page, name: str = "") -> None:
        """No barrier, light and dark, nor wider than a phone; with a name it is a picture of the guides."""
        if name:
            await page.screenshot(path=self.pictures / f"{name}-light.png")
        assert await barriers(page, "light") == []
        await page.set_viewport_size(PHONE)
        assert await page.evaluate(WIDER) <= 0
        await page.set_viewport_size(DESK)


def the_site(pstn: Pstn) -> Site:
    renewals, timed = {"mode": "preview", "machine_prompt": "machine"}, {"mode": "preview", "preview_s": 1}
    site = dialer_site(pstn, {"winter": {"mode": "progressive"}, "renewals": renewals, "timed": timed})
    found = site.model_dump(mode="json")
    found["agents"]["a1001"]["name"] = "Ana López"
    for key, name in {"winter": "Winter sale", "renewals": "Renewals", "timed": "Timed"}.items():
        for section in ("campaigns", "lists", "dialers"):
            found[section][key]["name"] = name
        found["queues"][key]["wrapup_s"] = 0
    return Site.model_validate(found)


@pytest.fixture
async def centre(tmp_path: Path, runtime: Runtime, pictures: Path) -> AsyncIterator[Centre]:
    pstn = Pstn("127.0.3.7", lambda dialled: WORLD[behind(dialled)])
    await pstn.listen()
    settings = house_settings(tmp_path)
    await furnish(settings, the_site(pstn))
    async with a_house(settings) as house:
        house.appliance.outbound.dialers.tick_s = 0.1
        async with house.appliance.database.transaction() as tx:
            tx.add_all([a_user("adam", "administrator"), a_user("ana", "agent", agent="a1001")])
        Path(house.appliance.node.facts.prompts, "en", "machine.ulaw").write_bytes(spoken((MESSAGE_HZ, 1.5)))
        floor = Floor(house, runtime)
        phone = await floor.phone("1001")
        await floor.log_in("a1001")
        await eventually(lambda: trunks_answer(house, "main"))
        yield Centre(house, pstn, phone, pictures)
        await floor.close()
    pstn.close()


async def sign_in(page: Page, login: str) -> None:
    await page.goto("/sign-in")
    await page.fill("#login", login)
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-config], .my-state")


async def fill_the_list(page: Page, centre: Centre) -> None:
    """From the list's own page, as somebody does who has never done it."""
    await page.goto("/lists")
    await page.get_by_role("link", name="Winter sale").first.click()
    await page.get_by_role("link", name="Import a file").first.click()
    await centre.look(page)
    file = FilePayload(name="winter.csv", mimeType="text/csv", buffer=FILE.encode())
    await page.set_input_files("#file", files=[file])
    await page.get_by_role("button", name="Send and look at it").click()
    await expect(page.get_by_role("row", name="Ana Ruiz")).to_contain_text("+442079400000")
    await expect(page.locator("tr").filter(has_text="ask at the desk")).to_be_visible()
    await expect(page.get_by_label("Customer id")).to_be_visible()
    await centre.look(page, "import")
    await page.get_by_role("button", name="Start the import").click()
    facts = page.locator("#progress dl")
    await expect(page.locator("#progress-title")).to_have_text("Done", timeout=60_000)  # imports yield to all else
    await expect(facts).to_contain_text("Added5")
    await expect(facts).to_contain_text("There already1")
    await expect(facts).to_contain_text("Rejected1")
    await centre.look(page)
    async with page.expect_download() as started:
        await page.get_by_role("link", name="Rows left out").click()
    rejects = Path(await (await started.value).path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(rejects) == 3
    assert any("ask at the desk" in each for each in rejects)
    assert any("is there already" in each for each in rejects)


async def rehearse(page: Page, centre: Centre) -> None:
    await page.goto("/dialers")
    await centre.look(page)
    await page.get_by_role("link", name="Winter sale").first.click()
    await page.get_by_role("link", name="Rehearsal").click()
    await expect(page.get_by_label("Contacts")).to_have_value("5")
    await page.fill("#f-contacts", "0")
    await page.fill("#f-agents", "15")
    await page.get_by_role("button", name="Rehearse").click()
    await expect(page.locator(".figure").filter(has_text="Agents busy")).to_contain_text("%")
    await centre.look(page, "rehearsal")
    await page.get_by_role("link", name="Winter sale").click()


async def run_and_pause(page: Page, centre: Centre) -> None:
    """While somebody talks the figures are seen to change; then no more calls are placed."""
    await page.fill("#note", "Monday")
    await page.get_by_role("button", name="Start").click()
    leg = await centre.phone.rings(15)
    await leg.answer()
    now = page.locator("#dialer-now .figure")
    await expect(now.filter(has_text="Talking").locator("dd")).to_have_text("1")
    await expect(now.filter(has_text="Attempts today").locator("dd")).to_have_text("4")
    await leg.hears(300)
    await centre.look(page, "dialer-live")
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator(".sheet-head")).to_contain_text("Paused")
    await leg.hang_up()
    await expect(now.filter(has_text="Talking").locator("dd")).to_have_text("0")
    await expect(page.locator("#h-log + *, section").filter(has_text="Monday").first).to_be_visible()
    assert len(centre.pstn.lines) == 4


async def see_results(page: Page, centre: Centre) -> None:
    await page.reload()
    ended = page.locator("#dialer-progress")
    await expect(ended).to_contain_text("4 of 5")
    await expect(ended).to_contain_text("Busy2")
    await page.goto("/lists/winter/contacts")
    await expect(page.get_by_role("row", name="Luis Vega")).to_contain_text("Busy")
    await expect(page.get_by_role("row", name="Rosa Quispe")).to_contain_text("Answered")
    await expect(page.get_by_role("row", name="Juan Lazo")).to_contain_text("Not called yet")
    await centre.look(page)


async def recycle(page: Page, centre: Centre) -> None:
    """First counted, then fresh again; whoever has no line busy any more is called when it goes on."""
    await page.goto("/dialers/winter/live")
    await page.get_by_role("link", name="Recycle").click()
    await page.get_by_label("Busy").check()
    await page.get_by_role("button", name="Count them").click()
    await expect(page.get_by_text("2 contacts would be called again.")).to_be_visible()
    await centre.look(page, "recycle")
    await page.get_by_role("button", name="Call them again").click()
    await expect(page.get_by_text("2 contacts are called again.")).to_be_visible()
    await page.get_by_role("link", name="Winter sale").click()
    await page.get_by_role("button", name="Start").click()
    await eventually(lambda: len(centre.pstn.lines) == 7, 15)
    await expect(page.locator("#dialer-now .figure").filter(has_text="Attempts today")).to_contain_text("7")
    assert sorted(behind(line.number) for line in centre.pstn.lines.values()) == [0, 0, 1, 1, 2, 3, 4]


async def test_a_campaign_and_its_pictures(centre: Centre, chromium: Browser) -> None:
    async with a_page(chromium, centre.house.url, viewport=DESK, reduced_motion="reduce") as page:
        await sign_in(page, "adam")
        await fill_the_list(page, centre)
        await rehearse(page, centre)
        await run_and_pause(page, centre)
        await see_results(page, centre)
        await recycle(page, centre)
    await preview(centre, chromium)


async def preview(centre: Centre, chromium: Browser) -> None:
    """The agent's part: skipped with a reason, called by the own phone first; a promise is on the same desk."""
    async with a_page(chromium, centre.house.url, viewport=DESK, reduced_motion="reduce") as page:
        async with centre.house.appliance.database.transaction() as tx:
            await add_contacts(tx, "renewals", [SKIPPED, SHOWN])
            await set_state(tx, "renewals", "running")
        await sign_in(page, "ana")
        await expect(page.locator("#desk-card h2")).to_have_text("Rosa Quispe")  # the last call stays open
        card = page.locator("#desk-preview")
        await expect(card.get_by_role("heading", name=f"Contact {SKIPPED}")).to_be_visible()
        await card.get_by_placeholder("Why").fill("Asked for tomorrow")
        await card.get_by_role("button", name="Skip").click()
        await expect(card.get_by_role("heading", name=f"Contact {SHOWN}")).to_be_visible()
        await centre.look(page, "desk-preview")
        before = len(centre.pstn.lines)
        await card.get_by_role("button", name="Call now").click()
        leg = await centre.phone.rings()
        assert len(centre.pstn.lines) == before  # who is called never waits for the agent
        await leg.answer()
        await leg.hears(300)
        [line] = centre.pstn.of("00" + number_of(SHOWN)[1:])
        await expect(page.locator(".desk-state")).to_have_text("On a call")
        await expect(page.locator("#desk-card h2")).to_have_text(f"Contact {SHOWN}")
        await page.get_by_role("button", name="Leave message").click()
        await leg.over()
        await expect(page.locator(".desk-state")).to_have_text("Ready")
        await eventually(lambda: line.ended_at, 20)
        assert line.ear is not None
        assert 1.4 <= line.ear.seconds_of(MESSAGE_HZ) <= 1.6
        async with centre.house.appliance.database.transaction() as tx:
            soon = dt.datetime.now(dt.UTC)
            await promise_call(tx, Promise(number_of(PROMISED), soon, "a1001", "Wants an offer", "renewals"), by="ana")
        await expect(card.locator(".chip").filter(has_text="Promised")).to_be_visible()
        await expect(card).to_contain_text("Wants an offer")
        await by_itself(centre, page)


async def by_itself(centre: Centre, page: Page) -> None:
    """One after the other is called without a click, and none is offered while the agent talks."""
    card = page.locator("#desk-preview")
    async with centre.house.appliance.database.transaction() as tx:
        await set_state(tx, "renewals", "finished")
        await add_contacts(tx, "timed", [TIMED, TIMED_TOO])
        await set_state(tx, "timed", "running")
    await page.reload()
    for n in (TIMED, TIMED_TOO):
        leg = await centre.phone.rings()
        await leg.answer()
        await expect(page.locator("#desk-card h2")).to_have_text(f"Contact {n}")
        await expect(card).to_be_empty()
        await leg.hang_up()
