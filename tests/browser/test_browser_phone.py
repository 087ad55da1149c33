"""The phone in the browser: real Chromium, real Asterisk, callers with real phones, and a daemon that dies."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from baresip import RegistrationError, Runtime
from playwright.async_api import Browser, Page, expect

from appliance.adapters.ami import Ami
from appliance.core.entities.inbound import InboundRoute
from appliance.core.entities.people import Agent, Extension
from appliance.core.entities.queues import Queue
from appliance.core.entities.trunks import Trunk
from appliance.core.site import Site
from appliance.settings import Settings
from appliance.store.db import Database
from appliance.store.interactions import InteractionFilter, list_interactions, load_interaction
from tests.app.console import PASSWORD, a_user
from tests.browser.conftest import a_page
from tests.browser.looks import PHONE as SMALL
from tests.browser.looks import barriers
from tests.browser.softphone import KEEP_CONNECTIONS, MICROPHONE_HZ, Softphone, a_chromium
from tests.house import Daemon, furnish, house_settings
from tests.pbx.phones import Leg, Phone, are_reached, signed_in
from tests.ports import free_port
from tests.waiting import eventually

CALLER, LUIS = 1000, 500
ICE_NAME = "() => connections.at(-1).localDescription.sdp.match(/ice-ufrag:(.*)/)[1]"
CUT = """() => {
  Object.defineProperty(connections.at(-1), "iceConnectionState", { get: () => "disconnected", configurable: true });
  connections.at(-1).dispatchEvent(new Event("iceconnectionstatechange"));
}"""
MENDED = """() => {
  delete connections.at(-1).iceConnectionState;
  connections.at(-1).dispatchEvent(new Event("iceconnectionstatechange"));
}"""
LOG_IN = """() => fetch("/me/log-in", {
  method: "POST", headers: { "X-CSRF-Token": document.querySelector("meta[name=csrf]").content }, redirect: "manual",
})"""


def a_small_site() -> Site:
    people = {"1001": "Ana", "1002": "Luis"}
    ana = [{"agent": "ana"}]
    queues = {
        "sales": Queue(key="sales", name="Sales", members=ana, recording=False, announce_position=False),
        "fast": Queue(key="fast", name="Fast", members=ana, recording=False, auto_answer=True),
    }
    return Site.model_validate(
        {
            "extensions": {key: Extension(key=key, name=name, secret=f"secret-{key}") for key, name in people.items()},
            "agents": {
                "ana": Agent(key="ana", name="Ana López", extension="1001"),
                "luis": Agent(key="luis", name="Luis", extension="1002"),
            },
            "queues": queues,
            "trunks": {"main": Trunk(key="main", name="Main", match_header="X-Trunk: main", codecs=["ulaw"])},
            "inbound_routes": {
                f"555010{n}": InboundRoute(key=f"555010{n}", name=key, destination=f"queue:{key}")
                for n, key in enumerate(queues)
            },
        }
    )


@dataclass
class Centre:
    """A daemon, its Asterisk, and who calls."""

    daemon: Daemon
    ami: Ami
    runtime: Runtime
    url: str

    @property
    def sip(self) -> str:
        return f"127.0.0.1:{self.daemon.settings.node.sip_port}"

    async def calls(self, number: str) -> Leg:
        self.caller = await Phone.create(self.runtime, self.sip, "7000001", frequency=CALLER)
        return await self.caller.dial(number, X_Trunk="main")

    async def channel(self) -> list[str]:
        """The browser's, as Asterisk lists it."""
        lines = (await self.ami.command("core show channels concise")).splitlines()
        return next(line.split("!") for line in lines if "-web-" in line)


@asynccontextmanager
async def ami_running(ami: Ami) -> AsyncIterator[None]:
    job = asyncio.create_task(ami.run())
    await ami.wait_connected()
    yield
    await ami.close()
    await job


def log_of(settings: Settings) -> str:
    path = settings.data_dir / "daemon.log"
    return path.read_text() if path.exists() else ""


async def make_house(folder: Path) -> Settings:
    settings = house_settings(folder)
    http = settings.http.model_copy(update={"port": free_port(), "https": True})
    settings = settings.model_copy(update={"http": http})
    await furnish(settings, a_small_site())
    database = Database(settings.database)
    async with database.transaction() as tx:
        ana = a_user("ana", "agent", agent="ana")
        ana.phone_kind = "own"
        tx.add(ana)
    await database.close()
    return settings


@pytest.fixture(scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Centre]:
    settings = await make_house(tmp_path_factory.mktemp("browser-phone"))
    daemon = Daemon(settings)
    daemon.start()
    try:
        await eventually(lambda: "appliance.ready" in log_of(settings), 60)
        secret = (settings.node_dir() / "secrets" / "ami").read_text()
        ami = Ami("127.0.0.1", settings.node.ami_port, "appliance", secret)
        async with ami_running(ami):
            yield Centre(daemon, ami, runtime, f"https://127.0.0.1:{settings.http.port}")
    finally:
        daemon.stop()
        pid = settings.node_dir() / "run" / "asterisk.pid"
        if pid.exists():  # it stays for the calls of a test that failed
            os.kill(int(pid.read_text()), signal.SIGTERM)


@pytest.fixture(scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with a_chromium(tmp_path_factory.mktemp("voice")) as browser:
        yield browser


@pytest.fixture(scope="module")
async def page(centre: Centre, browser: Browser) -> AsyncIterator[Page]:
    async with a_page(browser, centre.url, ignore_https_errors=True) as page:
        await page.add_init_script(KEEP_CONNECTIONS)
        await page.goto("/sign-in?next=/me/phone")
        await page.fill("#login", "ana")
        await page.fill("#password", PASSWORD)
        await page.click("button[type=submit]")
        await page.goto("/me/phone")
        yield page


@pytest.fixture
async def luis(centre: Centre) -> AsyncIterator[Phone]:
    luis = (await signed_in(centre.ami, centre.runtime, centre.sip, {"1002": LUIS}))["1002"]
    yield luis
    await luis.put_down()
    await luis.unregister()


async def test_an_agent_chooses_it_and_checks_the_microphone(centre: Centre, page: Page) -> None:
    await expect(page.locator("[data-softphone]")).to_have_count(0)
    await page.get_by_text("The phone in the browser").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    phone = Softphone(page)
    await phone.becomes("check")
    await page.locator("[data-phone-check]").evaluate("place => { place.dataset.listenMs = 800; }")
    await page.get_by_role("button", name="Check the microphone").click()
    await expect(page.get_by_text("Speak now.")).to_be_visible()
    await page.get_by_role("button", name="I heard myself well").click(timeout=15_000)
    await phone.becomes("ready")
    await eventually(lambda: are_reached(centre.ami, ["1001-web"]))
    trial = {"Channel": "Local/1001@trial-phone/n", "Application": "Wait", "Data": "5", "Async": "true"}
    await centre.ami.action("Originate", **trial)  # as a menu is tried out
    await phone.calls("ringing")
    await phone.press("Hang up")
    await phone.calls()
    await page.evaluate(LOG_IN)  # at the phone that was chosen
    await eventually(lambda: is_member(centre, "fast"))


async def is_member(centre: Centre, queue: str) -> bool:
    return "1001-web" in await centre.ami.command(f"queue show {queue}")


async def test_a_call_of_a_queue_has_sound_keys_silence_and_music(centre: Centre, page: Page) -> None:
    phone = Softphone(page)
    leg = await centre.calls("5550100")
    (call,) = await phone.calls("ringing")
    assert (call["number"], call["isIncoming"]) == ("7000001", True)
    await page.keyboard.press("Enter")  # the key that answers has the focus
    await phone.calls("up")
    await leg.hears(MICROPHONE_HZ)
    await phone.hears(CALLER)
    assert "NativeFormats: (opus)" in await centre.ami.command(f"core show channel {(await centre.channel())[0]}")
    await expect(page.get_by_text("Good connection")).to_be_visible()

    keys: list[str] = []
    leg.call.on_dtmf(lambda event: keys.append(str(getattr(event, "digit", event))))
    await page.locator("[data-state=up]").get_by_text("Keys and transfer").click()
    for key in "5#":
        await page.locator("[data-state=up]").get_by_role("group", name="Keys").get_by_text(key, exact=True).click()
    await eventually(lambda: "".join(keys) == "5#")

    await is_open_to_all(page)

    await phone.press("Mute")
    await silent(leg)
    await phone.press("Mute")
    await leg.hears(MICROPHONE_HZ, leg.ear.seconds_of(MICROPHONE_HZ) + 0.5)

    await phone.press("Hold")
    await expect(page.get_by_text("On hold")).to_be_visible()
    spoken, loud_s = leg.ear.seconds_of(MICROPHONE_HZ), leg.ear.loud_s
    await eventually(lambda: leg.ear.loud_s >= loud_s + 0.5)  # music; the melody fades in
    assert leg.ear.seconds_of(MICROPHONE_HZ) <= spoken + 0.2
    await phone.press("Hold")
    await leg.hears(MICROPHONE_HZ, spoken + 1.0)
    await phone.hears(CALLER)
    await leg.hang_up()
    await phone.calls()


async def is_open_to_all(page: Page) -> None:
    """With a call and its keys on the screen: in light and dark, on a desk and on a small screen."""
    await page.emulate_media(reduced_motion="reduce")  # colours change at once
    found = await barriers(page, "light")
    await page.get_by_role("button", name="Switch between light and dark").click()
    found += await barriers(page, "dark")
    await page.get_by_role("button", name="Switch between light and dark").click()
    desk = page.viewport_size
    await page.set_viewport_size(SMALL)
    found += await barriers(page, "phone")
    assert not found, "\n".join(found)
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    await page.set_viewport_size(desk or SMALL)


async def silent(leg: Leg, for_s: float = 1.0) -> None:
    """Until this phone has heard nothing for some time in a row."""
    loop = asyncio.get_running_loop()
    heard = [leg.ear.loud_s, loop.time()]

    def is_silent() -> bool:
        if leg.ear.loud_s != heard[0]:
            heard[:] = [leg.ear.loud_s, loop.time()]
        return loop.time() - heard[1] >= for_s

    await eventually(is_silent)


async def test_the_daemon_dies_in_a_call_and_the_call_goes_on(centre: Centre, page: Page) -> None:
    phone = Softphone(page)
    leg = await centre.calls("5550101")
    await phone.calls("up")  # by itself: the queue asks for it
    await leg.hears(MICROPHONE_HZ)
    centre.daemon.kill()
    await phone.becomes("waiting")
    await leg.hears(MICROPHONE_HZ, leg.ear.seconds_of(MICROPHONE_HZ) + 1.0)
    await phone.hears(CALLER)
    centre.daemon.start()
    await phone.becomes("ready", 60)
    await eventually(lambda: page.evaluate("Phone.state().calls[0].state === 'up'"))
    heard_s = leg.ear.seconds_of(MICROPHONE_HZ)
    await leg.hears(MICROPHONE_HZ, heard_s + 0.5)
    await phone.hears(CALLER)
    await phone.press("Hang up")
    await leg.over()


async def test_the_sound_finds_its_way_again_after_the_network_changed(centre: Centre, page: Page) -> None:
    """The browser tells a cut; it is told here in its place, and all that follows is real."""
    phone = Softphone(page)
    leg = await centre.calls("5550101")
    await phone.calls("up")
    await leg.hears(MICROPHONE_HZ)
    before = await page.evaluate(ICE_NAME)
    await page.evaluate(CUT)
    await expect(page.get_by_text("Sound cut, connecting again")).to_be_visible()

    async def has_offered_anew() -> bool:
        return bool(await page.evaluate(ICE_NAME) != before)

    await eventually(has_offered_anew)
    await page.evaluate(MENDED)
    await expect(page.get_by_text("Good connection")).to_be_visible()
    await leg.hears(MICROPHONE_HZ, leg.ear.seconds_of(MICROPHONE_HZ) + 0.5)
    await phone.hears(CALLER)
    await leg.hang_up()
    await phone.calls()


async def test_the_password_alone_is_of_no_use(centre: Centre, page: Page) -> None:
    account = await page.evaluate("fetch('/me/phone/account').then((answer) => answer.json())")
    with pytest.raises(RegistrationError):
        await Phone.create(centre.runtime, centre.sip, account["user"], password=account["password"], frequency=LUIS)


async def test_calls_between_colleagues(centre: Centre, page: Page, luis: Phone) -> None:
    phone = Softphone(page)
    await page.get_by_label("Number to call").fill("1002")
    await page.keyboard.press("Enter")
    leg = await luis.rings()
    assert (await centre.channel())[7] == "1001"  # the extension's number, whichever phone of it calls
    await leg.answer()
    await phone.hears(LUIS)
    await leg.hears(MICROPHONE_HZ)
    await page.locator("[data-state=up]").get_by_text("Keys and transfer").click()
    await page.locator("[data-state=up]").get_by_label("Transfer to").fill("*43")  # the echo: he hears himself
    await page.keyboard.press("Enter")
    await phone.calls()
    await leg.hears(LUIS)
    await leg.hang_up()

    leg = await luis.dial("1001")  # it rings at both phones of the extension, and here one is there
    (call,) = await phone.calls("ringing")
    assert (call["number"], call["name"]) == ("1002", "Luis")
    await phone.press("Hang up")
    await leg.over()
    await phone.calls()


async def test_a_caller_is_put_through_to_a_colleague_who_was_asked_first(
    centre: Centre, page: Page, luis: Phone
) -> None:
    phone = Softphone(page)
    leg = await centre.calls("5550101")
    await phone.calls("up")
    await phone.hears(CALLER)
    await page.get_by_label("Number to call").fill("1002")
    await page.keyboard.press("Enter")
    asked = await luis.rings()
    await asked.answer()
    first, second = await phone.calls("up", "up")
    assert (first["isHeld"], second["isHeld"]) == (True, False)
    await asked.hears(MICROPHONE_HZ)
    item = page.locator(f"[data-id='{second['id']}']")
    await item.get_by_text("Keys and transfer").click()
    await item.get_by_role("button", name="Transfer").click()  # to whom the other call talks
    await phone.calls()
    await asked.hears(CALLER)
    await leg.hears(LUIS)
    await leg.hang_up()
    await asked.over()


async def test_another_window_asks_before_it_takes_the_phone(centre: Centre, page: Page) -> None:
    first, other = Softphone(page), await page.context.new_page()
    await other.goto("/me/phone")
    second = Softphone(other)
    await second.becomes("elsewhere")
    assert (await first.state())["status"] == "ready"
    await second.press("Use it here")
    await second.becomes("ready")
    await first.becomes("taken")
    await other.close()
    await first.press("Use it here")
    await first.becomes("ready")


async def test_without_https_it_says_what_is_missing(page: Page) -> None:
    other = await page.context.new_page()
    await other.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    await other.goto("/me/phone")
    await expect(other.get_by_text("Ask your administrator for the address that begins with https://")).to_be_visible()
    await other.close()


async def test_a_page_that_is_loaded_anew_ends_its_call_and_says_so(centre: Centre, page: Page) -> None:
    phone = Softphone(page)
    leg = await centre.calls("5550101")
    await phone.calls("up")
    page.once("dialog", lambda dialog: dialog.accept())  # it asked whether to go
    await page.reload()
    await leg.over()
    await expect(page.get_by_text("loaded anew during a call with 7000001")).to_be_visible()
    await phone.becomes("ready")


async def test_history_knows_the_agent_and_the_extension(centre: Centre) -> None:
    database = Database(centre.daemon.settings.database)

    async def parts() -> set[tuple[str, str]]:
        async with database.reading() as tx:
            calls = (await list_interactions(tx, InteractionFilter(caller="7000001"))).interactions
            found = [await load_interaction(tx, call.guid) for call in calls]
        segments = [segment for each in found if each is not None for segment in each.segments]
        return {(each.agent, each.party) for each in segments if each.kind == "talking"}

    await eventually(parts)
    assert await parts() == {("ana", "1001"), ("luis", "1002")}
    await database.close()
