"""An agent's shift at the desk: a real call's card within a second and no reload, written and closed by keys alone."""

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator

import pytest
from baresip import Runtime
from playwright.async_api import Browser, Page, Route, expect

from appliance.core.site import Site
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.contacts import create_contact
from appliance.store.reminders import list_open_reminders
from appliance.store.sessions import load_session
from appliance.store.tables.floor import MessageReadingRow, MessageRow
from appliance.store.work import load_incomplete, load_work_since
from tests.app.console import PASSWORD, a_user
from tests.browser.conftest import a_page
from tests.browser.looks import AXE, PHONE, RULES, VIOLATIONS, WIDER
from tests.house import House, a_house, furnish, house_settings
from tests.pbx.phones import Leg, Phone
from tests.pbx.steered import both_hear, only
from tests.sites import a_site
from tests.waiting import eventually

ANA, LUIS, CALLER = 440, 560, 1000
DESK = {"width": 1280, "height": 900}
# Who looks for a reload finds this mark gone.
MARK, MARKED = "window.here = true", "window.here === true"


def the_site() -> Site:
    fields = a_site().model_dump(mode="json")
    fields["dispositions"] |= {
        "not-now": {"key": "not-now", "name": "Not now"},
        "wrong": {"key": "wrong", "name": "Wrong number", "contact": False},
    }
    fields["dispositions"]["later"] |= {"name": "Call again", "parent": ""}
    fields["forms"]["order"]["fields"] = [
        {"key": "plan", "label": "Plan", "kind": "list", "choices": "Fibre 100|Fibre 500", "required": True},
        {"key": "moves", "label": "Moving house", "kind": "yes_no"},
        {"key": "when", "label": "Moves on", "kind": "date", "shown_if": "moves", "shown_if_value": "yes"},
    ]
    fields["scripts"]["hello"]["pages"] = [
        {"title": "Greeting", "text": "Good day, {contact.name}. You are speaking with {agent.name}."}
    ]
    campaign = {"queue": "sales", "schedule": "", "welcome_prompt": "", "disposition_required": True}
    fields["campaigns"]["support"] |= campaign | {"name": "Fibre at home", "script": "hello", "form": "order"}
    fields["menus"]["main"]["options"][0] |= {"destination": "campaign:support", "label": "Fibre"}
    fields["queues"]["sales"] |= {"wrapup_s": 2}
    return Site.model_validate(fields)


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    settings = house_settings(tmp_path_factory.mktemp("desk"))
    await furnish(settings, the_site())
    async with a_house(settings) as house:
        async with house.appliance.database.transaction() as tx:
            tx.add(a_user("ana", "agent", agent="ana"))
            numbers = [{"number": "7000001"}]
            card = {"name": "Rosa María Quispe", "company": "Andes SAC", "numbers": numbers, "notes": "Two lines."}
            await create_contact(tx, card, by="test")
        yield house


async def sit_down(page: Page) -> None:
    """Signed in, logged in and ready, by keys alone."""
    await page.goto("/sign-in")
    await expect(page.locator("#login")).to_be_focused()
    await page.keyboard.type("ana")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator(".desk-state")).to_have_text("Logged out")
    await page.wait_for_load_state()  # keys are heard by scripts
    await page.evaluate(MARK)
    await page.keyboard.press("Alt+y")
    await expect(page.locator(".desk-state")).to_have_text("Ready")


async def rings(caller: Phone, ana: Phone) -> tuple[Leg, Leg]:
    """The caller's end and the agent's, which rings: a key counts only once the greeting is over."""
    leg = await caller.dial("5550100", X_Trunk="main")
    await leg.established()
    for _ in range(30):
        await leg.press("1")
        try:
            return leg, await ana.rings(1)
        except TimeoutError:
            continue
    raise AssertionError("the phone of the agent never rang")


async def see_the_card(page: Page, leg: Leg) -> None:
    call = page.locator(".desk-call")
    await expect(call.get_by_role("heading", name="Rosa María Quispe")).to_be_visible()
    await expect(call.get_by_text("Ringing")).to_be_visible()
    await expect(call).to_contain_text("Main number")
    await expect(call).to_contain_text("Fibre at home")
    await expect(call.locator(".call-way")).to_contain_text("in menu Main")
    await expect(call).to_contain_text("open when you answer")
    await leg.answer()
    await expect(page.locator("#work-notes")).to_be_visible()
    await expect(call).to_contain_text("Good day, Rosa María Quispe. You are speaking with Ana López.")


async def write(page: Page) -> None:
    """Notes and form, kept as they are typed."""
    await page.keyboard.press("Alt+n")
    await expect(page.locator("#work-notes")).to_be_focused()
    await page.keyboard.type("Wants fibre in December.")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Fibre 5")
    await expect(page.locator("#answer-plan")).to_have_value("Fibre 500")
    await expect(page.locator("#answer-when")).to_be_hidden()
    await page.keyboard.press("Tab")
    await page.keyboard.type("Yes")
    await expect(page.locator("#answer-when")).to_be_visible()
    await expect(page.locator("[data-save-state=saved], [data-save-state][data-state=saved]")).to_be_visible()


async def steer(page: Page, leg: Leg, own: Leg) -> None:
    """By keys: hold, back, mute, speak again; whom to send it to is found, and the call stays.

    A key counts too while the page still asks what state the call is in.
    """
    pressed = asyncio.Event()

    async def answer_late(route: Route) -> None:
        await pressed.wait()
        await route.continue_()

    controls = page.locator("[data-controls]")
    await leg.hears(ANA)
    await page.keyboard.press("Alt+o")
    await expect(page.locator(".desk-state")).to_have_text("On hold")
    await expect(controls.get_by_role("button", name="Take back")).to_be_enabled()
    await page.route("**/me/call", answer_late)
    await page.keyboard.press("Alt+o")
    await expect(page.locator(".desk-state")).to_have_text("On a call")
    await page.keyboard.press("Alt+m")
    pressed.set()
    await expect(controls.get_by_role("button", name="Speak again")).to_be_visible()
    await page.keyboard.press("Alt+m")
    await expect(controls.get_by_role("button", name="Mute")).to_be_visible()
    await page.keyboard.press("Alt+r")
    await page.keyboard.type("luis")
    found = page.locator("#transfer-found li")
    await expect(found).to_have_count(1)
    await expect(found.get_by_role("button", name="Ask first: Luis Pérez")).to_be_visible()
    await page.keyboard.press("Escape")
    await own.hears(CALLER)


async def two_pages(page: Page, other: Page) -> None:
    """What one stores the other shows, also while somebody types there."""
    await other.goto("/me")
    await expect(other.locator("#work-notes")).to_have_value("Wants fibre in December.")
    await expect(page.locator("[data-mirror]")).to_be_visible()
    await page.focus("#work-notes")
    await other.focus("#work-notes")
    await other.keyboard.press("End")
    await other.keyboard.type(" Has a dog.")
    await expect(page.locator("#work-notes")).to_have_value("Wants fibre in December. Has a dog.")
    await expect(page.locator("#work-notes")).to_be_focused()
    await other.close()


async def close_by_keys(page: Page, house: House) -> None:
    """The call is over, the wrap-up too, and still no other call: first the disposition."""
    await expect(page.locator(".desk-call").get_by_text("Ended")).to_be_visible()
    await page.keyboard.press("Alt+s")
    await expect(page.locator("#disposition-error")).to_have_text("must be given")
    await expect(page.locator(".desk-state")).to_have_text("Wrap-up")
    await page.keyboard.press("Alt+i")
    await page.keyboard.press("Space")
    chosen = page.locator("[name=disposition]:checked")
    for _ in range(6):
        if await chosen.get_attribute("value") == "later":
            break
        await page.keyboard.press("ArrowRight")
    await expect(page.locator("#work-due")).to_be_visible()
    await page.keyboard.press("Alt+s")
    await expect(page.locator(".desk-quiet")).to_be_visible()
    await expect(page.locator(".desk-state")).to_have_text("Ready")
    await expect(page.locator("#desk-reminders")).to_contain_text("Rosa María Quispe")
    async with house.appliance.database.reading() as tx:
        since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
        [work] = await load_work_since(tx, "ana", since)
        assert (work.disposition, work.notes) == ("later", "Wants fibre in December. Has a dog.")
        assert work.answers == {"plan": "Fibre 500", "moves": "yes"}
        assert await load_incomplete(tx) == []
        [promise] = await list_open_reminders(tx, "ana")
        assert promise.guid == work.guid
    assert await page.evaluate(MARKED)


async def read_a_message(page: Page, house: House) -> None:
    async with house.appliance.database.transaction() as tx:
        tx.add(
            MessageRow(message_id=1, sent_by="Carla", sent_at=dt.datetime.now(dt.UTC), text="Well done.", audience="")
        )
        await tx.flush()
        tx.add(MessageReadingRow(message_id=1, agent="ana", read_at=None))
    house.appliance.hub.publish("desk", {"what": "messages", "agent": "ana"})
    await expect(page.get_by_text("Well done.")).to_be_visible()
    await page.get_by_role("button", name="Read").press("Enter")
    await expect(page.get_by_text("Well done.")).to_have_count(0)


async def barriers(page: Page) -> list[str]:
    await page.evaluate(AXE)
    found: list[str] = await page.evaluate(VIOLATIONS, RULES["light"])
    return found


async def look(page: Page) -> None:
    """In both themes and at each width: no barrier, nothing wider than the screen."""
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        await expect(page.locator(f"html[data-bs-theme={theme}]")).to_have_count(1)
        assert await barriers(page) == []
    await page.emulate_media(color_scheme="light")
    for width in (1024, 360):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate(WIDER) <= 0
    await page.set_viewport_size(DESK)


async def test_a_shift(house: House, chromium: Browser, runtime: Runtime) -> None:
    ana = await Phone.create(runtime, house.sip, "1001", password="secret-1001", frequency=ANA)
    caller = await Phone.create(runtime, house.sip, "7000001", frequency=CALLER)
    async with a_page(chromium, house.url, viewport=DESK, color_scheme="light", reduced_motion="reduce") as page:
        await sit_down(page)
        leg, own = await rings(caller, ana)
        await see_the_card(page, own)
        await write(page)
        await steer(page, leg, own)
        await look(page)
        await two_pages(page, await page.context.new_page())
        await leg.hang_up()
        await close_by_keys(page, house)
        await read_a_message(page, house)
        await page.keyboard.press("Alt+p")
        await page.keyboard.press("Enter")
        await expect(page.locator(".desk-state")).to_have_text(re.compile("Paused"))
        await page.keyboard.press("Alt+g")
        await page.keyboard.type("1002")
        await expect(page.locator("#dial-told")).to_contain_text("Luis")
        await expect(page.locator("#desk-calls")).to_contain_text("Rosa María Quispe")
        assert await page.evaluate(MARKED)
    async with a_page(
        chromium, house.url, viewport=PHONE, locale="es-PE", color_scheme="dark", reduced_motion="reduce"
    ) as page:
        await page.goto("/sign-in")
        await page.fill("#login", "ana")
        await page.fill("#password", PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator(".desk-bar")).to_be_visible()
        assert await page.evaluate(WIDER) <= 0
        assert await barriers(page) == []
    await eventually(lambda: leg.is_over)
    await ana.put_down()
    await ana.unregister()


async def supervise(page: Page) -> None:
    """On the board, with the panel of Ana open."""
    await page.goto("/sign-in")
    await page.fill("#login", "carla")
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("/")
    await page.goto("/board")
    await page.locator("li[data-key=ana] button").click()
    await expect(page.locator("#panel h2")).to_have_text("Ana López")


async def force(board: Page, desk: Page, house: House) -> None:
    """Ready, paused with a note, ready again; into a queue for some time."""
    panel, state = board.locator("#panel"), desk.locator(".desk-state")
    await panel.get_by_role("button", name="Make ready").click()
    await expect(state).to_have_text("Ready")
    await panel.get_by_label("Note to the agent").fill("Come to me")
    await panel.get_by_role("button", name="Pause", exact=True).click()
    await expect(state).to_have_text(re.compile("Paused"))
    await expect(desk.locator("#desk-pending")).to_contain_text("Come to me")
    await board.screenshot()
    await panel.get_by_role("button", name="Make ready").click()
    await expect(state).to_have_text("Ready")
    await panel.get_by_label("Queue", exact=True).select_option("support")
    await panel.get_by_role("button", name="Move", exact=True).click()
    await expect(panel.locator(".moves")).to_contain_text("Support: serves")
    await eventually(lambda: "support" in house.appliance.live.state.agents["ana"].memberships)


async def type_keys_and_keep_a_secret(desk: Page, leg: Leg) -> None:
    controls, pressed = desk.locator("[data-controls]"), list[str]()
    leg.call.on_dtmf(lambda key: pressed.append(str(key)))
    await controls.get_by_role("button", name="Keys …").click()
    await desk.locator("#desk-keys").get_by_role("button", name="5", exact=True).click()
    await eventually(lambda: pressed)
    await desk.keyboard.press("Escape")
    await controls.get_by_role("button", name="Pause recording").click()
    await controls.get_by_role("button", name="Record again").click()
    await expect(controls.get_by_role("button", name="Pause recording")).to_be_visible()


async def ask_luis(desk: Page, luis: Phone) -> Leg:
    await desk.locator("[data-controls]").get_by_role("button", name="Transfer …").click()
    await desk.keyboard.type("luis")
    await desk.get_by_role("button", name="Ask first: Luis Pérez").click()
    await expect(desk.locator("[data-asked]")).to_have_text("Calling Luis Pérez …")
    leg = await luis.rings()
    await leg.answer()
    await expect(desk.locator("[data-asked]")).to_have_text("You are asking Luis Pérez. The caller hears music.")
    return leg


async def watch(board: Page, way: str, phone: str) -> None:
    await board.get_by_label("At the phone").fill(phone)
    await board.get_by_role("button", name=way).click()


async def help_comes(desk: Page, board: Page, luis: Phone, legs: tuple[Leg, Leg]) -> None:
    """Who takes the request is told, and that she listens, at the phone of a colleague."""
    help_ = desk.locator("#desk-help")
    await desk.get_by_label("What for").fill("Angry")
    await desk.get_by_role("button", name="Ask", exact=True).click()
    await board.get_by_role("button", name="I take care of it").click()
    await expect(help_).to_contain_text("Carla takes care of it.")
    await board.locator("#panel [data-open-call]").click()
    await watch(board, "Listen", "1002")
    ear = await luis.rings()
    await expect(help_).to_contain_text("Carla is listening to your call.")
    await ear.answer()
    await ear.hears(CALLER)
    await ear.hang_up()
    await help_by_voice(board, luis, legs)


async def help_by_voice(board: Page, luis: Phone, legs: tuple[Leg, Leg]) -> None:
    """Whispering the agent hears alone; who joins in is heard by both."""
    caller, own = legs
    await watch(board, "Whisper", "1002")
    mouth = await luis.rings()
    await mouth.answer()
    await only((own, LUIS), (mouth, CALLER), deaf=((caller, LUIS),))
    await mouth.hang_up()
    await watch(board, "Join in", "1002")
    mouth = await luis.rings()
    await mouth.answer()
    await both_hear((own, LUIS), (caller, LUIS), (mouth, CALLER), (mouth, ANA))
    await mouth.hang_up()


async def take_over(board: Page, house: House, ana: Phone, legs: tuple[Leg, Leg]) -> None:
    """The caller who was put through to Luis is taken from him, at the phone of Ana."""
    caller, third = legs
    live = house.appliance.live
    await eventually(lambda: any(call.agent == "luis" for call in live.state.calls.values()))
    await watch(board, "Take over", "1001")
    taken = await ana.rings()
    await taken.answer()
    await third.over()
    await both_hear((caller, ANA), (taken, CALLER))
    await caller.hang_up()
    await taken.over()


async def test_a_call_with_a_colleague_and_a_supervisor(house: House, chromium: Browser, runtime: Runtime) -> None:
    async with house.appliance.database.transaction() as tx:
        tx.add(a_user("carla", "supervisor"))
        if await load_session(tx, "ana") is None:
            await log_in(tx, "ana", Place("local"), Act("test"))
    house.appliance.agents.membership.poke()
    ana = await Phone.create(runtime, house.sip, "1001", password="secret-1001", frequency=ANA)
    luis = await Phone.create(runtime, house.sip, "1002", password="secret-1002", frequency=LUIS)
    caller = await Phone.create(runtime, house.sip, "7000001", frequency=CALLER)
    async with a_page(chromium, house.url, viewport=DESK, reduced_motion="reduce") as desk:
        await desk.goto("/sign-in")
        await desk.fill("#login", "ana")
        await desk.fill("#password", PASSWORD)
        await desk.keyboard.press("Enter")
        async with a_page(chromium, house.url, viewport=DESK, reduced_motion="reduce") as board:
            await supervise(board)
            await force(board, desk, house)
            leg, own = await rings(caller, ana)
            await own.answer()
            await type_keys_and_keep_a_secret(desk, leg)
            third = await ask_luis(desk, luis)
            await desk.get_by_role("button", name="All three").click()
            await expect(desk.locator("[data-asked]")).to_have_text("You talk with the caller and Luis Pérez.")
            await leg.hears(LUIS)
            await third.hears(CALLER)
            await third.hang_up()
            await expect(desk.locator("[data-controls][data-state=talking]")).to_be_visible()
            await help_comes(desk, board, luis, (leg, own))
            async with house.appliance.database.transaction() as tx:
                await log_in(tx, "luis", Place("local"), Act("test"))
            house.appliance.agents.membership.poke()
            await eventually(lambda: "luis" in house.appliance.live.state.agents)
            third = await ask_luis(desk, luis)
            await desk.get_by_role("button", name="Put through").click()
            await own.over()
            await third.hears(CALLER)
            await take_over(board, house, ana, (leg, third))
            await desk.get_by_role("button", name="Longer").click()
            await expect(desk.locator("[data-wrapup-left]")).to_have_text(re.compile(r"1:0\d left, until \d"))
            await board.locator("li[data-key=ana] button").click()
            await board.get_by_role("button", name="Log out", exact=True).click()
            await expect(desk.locator(".desk-state")).to_have_text("Logged out")
    for phone in (ana, luis):
        await phone.put_down()
        await phone.unregister()
