"""Real calls through menus and the steps between: keys, digits, web lookups, surveys, recording a prompt by phone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from baresip import Runtime, StaleHandleError

from appliance.adapters.config_files import write_file
from appliance.adapters.node import Node
from appliance.adapters.speech import Speech
from appliance.adapters.web_service import WebService
from appliance.core.entities.prompts import Prompt
from appliance.core.site import Site
from appliance.services.calls.listed import Listed
from appliance.services.entities import replace_site
from appliance.services.lookups import Lookups
from appliance.services.menu_preview import MenuPreview
from appliance.services.phone_prompts import Order, PhonePrompts
from appliance.services.prompts import Prompts
from appliance.store.configuration import load_changes
from appliance.store.db import Database
from appliance.store.migrate import migrate
from appliance.store.site import load_entity
from appliance.web.agi import Agi
from tests.pbx.call_site import TRUNK
from tests.pbx.centre import ENVIRONMENT, Centre, running
from tests.pbx.menu_site import ANA, DIGITS, KINDS, PROMPTS, lookup_only, menu_site
from tests.pbx.nodes import TestNode, asterisk_program, make_facts
from tests.pbx.phones import Leg, Phone, signed_in
from tests.pbx.tones import listen, write_tone
from tests.phone_codes import phone_codes
from tests.sites import a_menu, a_prompt
from tests.waiting import eventually

CARD, WRONG_CARD = "4111111111111111", "4111111111111112"


@pytest.fixture(scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Centre]:
    node = TestNode(make_facts(tmp_path_factory.mktemp("menus")), asterisk_program())
    for key, frequency in PROMPTS.items():
        write_tone(Path(node.facts.prompts, "en", f"{key}.wav"), frequency, 1.0)
        write_tone(Path(node.facts.prompts, "es", f"{key}.wav"), frequency + 1000, 1.0)
    async with running(node, menu_site(), runtime) as centre:
        yield centre


@pytest.fixture(scope="module")
async def anas_phone(centre: Centre) -> AsyncIterator[Phone]:
    phone = (await signed_in(centre.ami, centre.runtime, centre.server, {"1001": ANA}))["1001"]
    yield phone
    await phone.unregister()


@pytest.fixture
async def ana(anas_phone: Phone) -> AsyncIterator[Phone]:
    yield anas_phone
    await anas_phone.put_down()


async def call(centre: Centre, caller: str, number: str) -> Leg:
    leg = await (await centre.caller(caller)).dial(number, **TRUNK)
    await leg.established()
    return leg


def keys(centre: Centre, caller: str) -> list[str]:
    return [event for event in centre.story(caller) if event.startswith(("MENU", "KEY"))]


def menus(centre: Centre, caller: str) -> list[str]:
    return [event for event in keys(centre, caller) if event.startswith("MENU")]


async def test_four_levels_to_the_last_leaf_and_back_up(centre: Centre) -> None:
    leg = await call(centre, "7500001", "5560001")
    for prompt, digit in [("one", "2"), ("two", "3"), ("three", "4"), ("four", "9")]:
        await leg.hears(PROMPTS[prompt])
        await leg.press(digit)
    for prompt, digit in [("three", "9"), ("two", "9")]:
        await leg.hears(PROMPTS[prompt], 0.8)
        await leg.press(digit)
    await leg.hears(PROMPTS["one"], 0.8)
    await leg.press("2")
    for level, digit in [("two|2", "3"), ("three|3", "4"), ("four|4", "5")]:
        await eventually(lambda wanted=f"MENU {level}": keys(centre, "7500001")[-1] == wanted)
        await leg.press(digit)
    await leg.hears(PROMPTS["goodbye"])
    await leg.over()
    told = [event.removeprefix("MENU ") for event in menus(centre, "7500001")]
    assert told == ["one|1", "two|2", "three|3", "four|4", "three|3", "two|2", "one|1", "two|2", "three|3", "four|4"]


async def test_the_way_back_stays_right_through_steps(centre: Centre) -> None:
    leg = await call(centre, "7500002", "5560001")
    walk = [("one|1", "2"), ("two|2", "3"), ("three|3", "5"), ("four|4", "9"), ("three|3", "6"), ("one|1", "3")]
    for number, (menu, digit) in enumerate(walk, 1):
        await eventually(lambda wanted=number: len(menus(centre, "7500002")) == wanted)
        assert menus(centre, "7500002")[-1] == f"MENU {menu}"
        await leg.press(digit)
    await eventually(lambda: keys(centre, "7500002").count("MENU one|1") == 3)
    await leg.hang_up()


async def test_no_key_then_a_step_then_a_menu_of_the_first_level(centre: Centre) -> None:
    leg = await call(centre, "7500003", "5560008")
    await leg.hears(PROMPTS["late"])
    await leg.hears(PROMPTS["note"])
    await leg.hears(PROMPTS["four"])
    await leg.hang_up()
    assert keys(centre, "7500003")[1:3] == ["KEY strict|t|repeat", "KEY strict|t|announcement:to-four"]
    assert keys(centre, "7500003")[-1] == "MENU four|2"


async def test_wrong_keys_lead_to_a_step(centre: Centre) -> None:
    leg = await call(centre, "7500004", "5560008")
    await leg.hears(PROMPTS["one"])
    await leg.press("7")
    await leg.hears(PROMPTS["wrong"])
    await leg.hears(PROMPTS["one"], 0.8)
    await leg.press("8")
    await leg.hears(PROMPTS["ask"])
    await leg.hang_up()


async def test_who_knows_an_extension_may_type_it(centre: Centre, ana: Phone) -> None:
    leg = await call(centre, "7500005", "5560001")
    await leg.hears(PROMPTS["one"])
    await leg.press("1001")
    answered = await ana.rings()
    await answered.answer()
    await leg.hears(ANA, 0.5)
    await leg.hang_up()
    await answered.over()
    await centre.tells("7500005", "KEY one|1001|extension:1001", "AGENT_RING ana|")


async def test_typed_digits_reach_the_agents_phone(centre: Centre, ana: Phone) -> None:
    await centre.log_in("sales", "1001", "ana")
    leg = await call(centre, "7500006", "5560002")
    await leg.hears(PROMPTS["ask"])
    await leg.press("12#")  # too few
    await leg.hears(PROMPTS["wrong"])
    await leg.hears(PROMPTS["ask"], 0.8)
    await leg.press("004711#")
    answered = await ana.rings()
    await answered.answer()
    channels = (await centre.asterisk.cli("core show channels concise")).splitlines()
    agents = next(line.partition("!")[0] for line in channels if line.startswith("PJSIP/1001-"))
    found = await centre.ami.action("Getvar", Channel=agents, Variable="INPUT_customer")
    assert found["Value"] == "004711"
    await leg.hang_up()
    await answered.over()
    await centre.log_out("sales", "1001")
    await centre.tells("7500006", "INPUT customer|customer|004711", "QUEUE_JOIN sales")


async def test_too_many_wrong_digits(centre: Centre) -> None:
    leg = await call(centre, "7500007", "5560004")
    for digits in ("30123456789", "20123456789"):  # not the form, then not the check digit
        await leg.press(digits)
        await leg.hears(PROMPTS["wrong" if digits[0] == "3" else "failed"])
    await leg.over()
    await centre.tells("7500007", "INPUT_FAILED account", "PROMPT failed")


@pytest.mark.parametrize(("caller", "digits"), [("7500008", "20100070970"), ("7500009", "20123456786")])
async def test_a_good_check_digit_of_modulo_11(centre: Centre, caller: str, digits: str) -> None:
    leg = await call(centre, caller, "5560004")
    await leg.press(digits)
    await leg.hears(PROMPTS["goodbye"])
    await leg.over()
    await centre.tells(caller, f"INPUT account|account|{digits}")


async def test_a_card_number_is_on_no_disk(centre: Centre) -> None:
    leg = await call(centre, "7500010", "5560003")
    await leg.press(WRONG_CARD)
    await leg.hears(PROMPTS["wrong"])
    await leg.press(CARD)
    await leg.hears(PROMPTS["failed"])  # no daemon answers here
    await leg.over()
    await centre.tells("7500010", "INPUT card|card|****1111", "LOOKUP_FAILED level|down", "PROMPT failed")
    for path in Path(centre.node.facts.log).parent.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert CARD[:12].encode() not in content, path


async def test_each_answer_of_a_survey_is_kept(centre: Centre) -> None:
    leg = await call(centre, "7500011", "5560006")
    await leg.hears(PROMPTS["one"])
    await leg.press("7")  # not one of its keys: it is asked again
    await leg.hears(PROMPTS["one"], 0.8)
    await leg.press("4")
    await leg.hears(PROMPTS["two"])
    await leg.press("0")
    await leg.hears(PROMPTS["note"])
    await leg.hears(PROMPTS["goodbye"])
    await leg.over()
    await centre.tells("7500011", "SURVEY_BEGIN happy", "SURVEY happy|1|4", "SURVEY happy|2|0", "PROMPT goodbye")


async def test_an_announcement_changes_the_language(centre: Centre) -> None:
    leg = await call(centre, "7500012", "5560007")
    await leg.hears(PROMPTS["one"] + 1000)
    await leg.hears(PROMPTS["goodbye"] + 1000)
    await leg.over()
    assert leg.ear.seconds_of(PROMPTS["one"]) == 0
    await centre.tells("7500012", "LANGUAGE es", "PROMPT one", "PROMPT goodbye")


async def test_a_branch_asks_its_schedule(centre: Centre) -> None:
    for caller, number, prompt in [("7500013", "5560010", "gold"), ("7500014", "5560011", "silver")]:
        leg = await call(centre, caller, number)
        await leg.hears(PROMPTS[prompt])
        await leg.over()


async def test_a_circle_of_steps_ends(centre: Centre) -> None:
    leg = await (await centre.caller("7500015")).dial("5560009", **TRUNK)
    await leg.over()
    log = centre.node.log()
    assert "went in a circle and was ended" in log


class Service:
    """The customer's web service: says what it is told to say, or nothing."""

    def __init__(self) -> None:
        self.answer: str | None = "gold"
        self.asked: list[str] = []
        self.ended = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        if self.answer is None:
            await self.ended.wait()
        return web.Response(text=self.answer or "")


@pytest.fixture
async def service(centre: Centre, tmp_path: Path) -> AsyncIterator[Service]:
    """With the daemon's door before it, as in the product."""
    service, app = Service(), web.Application()
    app.router.add_get("/{path:.*}", service.handle)
    async with TestServer(app) as server:
        url = f"{server.make_url('/')}?c={{caller}}&d={{did}}&n={{digits.card}}"
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'lookups.db'}")
        await migrate(database)
        async with database.transaction() as tx:
            await replace_site(tx, lookup_only(url), by="test", summary="test")
        facts = centre.node.facts
        agi = Agi(
            facts.agi_port,
            facts.agi_secret,
            Lookups(database, WebService({facts.ami_port})),
            phone_codes(database),
            listed=Listed(database),
        )
        door = asyncio.create_task(agi.run())
        yield service
        service.ended.set()
        door.cancel()
        with suppress(asyncio.CancelledError):
            await door
        await database.close()


async def test_a_web_lookup_chooses_the_way(centre: Centre, service: Service) -> None:
    leg = await call(centre, "7500020", "5560003")
    await leg.press(CARD)
    await leg.hears(PROMPTS["gold"])
    await leg.over()
    assert service.asked == [f"/?c=7500020&d=5560003&n={CARD}"]
    await centre.tells("7500020", "INPUT card|card|****1111", "LOOKUP level|gold", "PROMPT gold")


@pytest.mark.parametrize(
    ("caller", "answer", "told", "prompt"),
    [
        ("7500021", "copper", "LOOKUP level|copper", "silver"),
        ("7500022", "<html>", "LOOKUP_FAILED level|unreadable", "failed"),
        ("7500023", None, "LOOKUP_FAILED level|slow", "failed"),
    ],
)
async def test_another_answer_rubbish_and_silence(
    centre: Centre, service: Service, caller: str, answer: str | None, told: str, prompt: str
) -> None:
    service.answer = answer
    leg = await call(centre, caller, "5560005")
    await leg.hears(PROMPTS[prompt])
    await leg.over()
    await centre.tells(caller, told, f"PROMPT {prompt}")


async def test_a_daemon_that_takes_the_question_and_is_stuck_holds_nobody_up(centre: Centre) -> None:
    taken: list[asyncio.StreamWriter] = []
    port = centre.node.facts.agi_port
    stuck = await asyncio.start_server(lambda _reader, writer: taken.append(writer), "127.0.0.1", port)
    leg = await call(centre, "7500024", "5560005")
    await leg.hears(PROMPTS["failed"])
    await leg.over()
    await centre.tells("7500024", "LOOKUP_FAILED level|down", "PROMPT failed")
    assert len(taken) == 1
    taken[0].close()
    stuck.close()


async def test_a_caller_who_hangs_up_during_a_lookup_is_gone(centre: Centre, service: Service) -> None:
    service.answer = None
    leg = await call(centre, "7500025", "5560005")
    await eventually(lambda: service.asked)
    await leg.hang_up()
    await eventually(lambda: no_calls(centre))


async def no_calls(centre: Centre) -> bool:
    return "0 active channels" in await centre.asterisk.cli("core show channels count")


@pytest.fixture
async def previews(centre: Centre, tmp_path: Path) -> AsyncIterator[MenuPreview]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'prompts.db'}")
    node = Node(centre.node.facts, centre.ami, centre.asterisk)
    yield MenuPreview(node, Prompts(database, Speech(), Path(centre.node.facts.prompts)), ENVIRONMENT)
    await database.close()


async def test_a_phone_is_rung_into_a_menu_that_is_not_applied(
    centre: Centre, ana: Phone, previews: MenuPreview
) -> None:
    draft = menu_site().replaced(
        "menus", "one", a_menu("one", ("5", "menu:four"), ("6", "extension:1001"), ("7", "queue:sales"), prompt="gold")
    )
    preview = previews.prepare(draft, "one")
    words = {each: "Here the call would go on to a phone." for each in preview.told}
    assert set(words) == {"extension:1001", "queue:sales", "prompt:goodbye"}
    await previews.call(preview, "1001", words=words, language="en")
    leg = await ana.rings()
    await leg.answer()
    await leg.hears(PROMPTS["gold"])
    loud_s = leg.ear.loud_s
    await leg.press("6")
    await eventually(lambda: leg.ear.loud_s > loud_s + 1.5)  # it is told, and no phone rings
    assert ana.ringing.empty()
    await leg.hears(PROMPTS["gold"], 0.9)
    await leg.press("5")
    await leg.hears(PROMPTS["four"])
    await leg.press("*")
    await leg.hears(PROMPTS["four"], 0.9)
    stranger = await (await centre.caller("7500030")).dial("5560001", **TRUNK)  # others hear what is applied
    await stranger.hears(PROMPTS["one"])
    await stranger.hang_up()
    await leg.hang_up()
    assert not [event for event in centre.story("1001") if event.startswith("MENU")]


async def test_a_preview_goes_away_with_its_listener(centre: Centre, ana: Phone, previews: MenuPreview) -> None:
    preview = previews.prepare(menu_site(), "four")
    await previews.call(preview, "1001", words=dict.fromkeys(preview.told, "There."), language="en")
    leg = await ana.rings()
    await leg.answer()
    await leg.hears(PROMPTS["four"])
    file = Path(centre.node.facts.etc, "preview.conf")
    assert preview.token in file.read_text()
    await previews.tidy(after_s=0)
    assert preview.token in file.read_text()  # somebody still listens
    await leg.hang_up()
    await eventually(lambda: no_calls(centre))
    await previews.tidy(after_s=0)
    assert preview.token not in file.read_text()
    assert preview.token not in await centre.asterisk.cli("dialplan show")


async def test_what_a_killed_daemon_left_behind_goes_at_the_next_start(centre: Centre, previews: MenuPreview) -> None:
    file = Path(centre.node.facts.etc, "preview.conf")
    write_file("preview.conf", "[preview-left]\nexten => s,1,Hangup()\n", file.parent)
    await centre.ami.action("Reload", Module="pbx_config.so")
    assert "preview-left" in await centre.asterisk.cli("dialplan show")
    job = asyncio.create_task(previews.run())
    await eventually(lambda: "preview-left" not in file.read_text())
    await eventually(lambda: gone(centre, "preview-left"))
    job.cancel()


async def gone(centre: Centre, context: str) -> bool:
    return context not in await centre.asterisk.cli("dialplan show")


@pytest.fixture
async def phone_prompts(centre: Centre, tmp_path: Path) -> AsyncIterator[tuple[PhonePrompts, Database]]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'recorded.db'}")
    await migrate(database)
    async with database.transaction() as tx:
        await replace_site(tx, Site.model_validate({"prompts": {"gold": a_prompt("gold")}}), by="test", summary="test")
    node = Node(centre.node.facts, centre.ami, centre.asterisk)
    prompts = Prompts(database, Speech(), tmp_path / "prompts")
    yield PhonePrompts(node, database, prompts, lambda: None), database
    await database.close()


async def test_a_prompt_is_recorded_by_phone(
    centre: Centre, ana: Phone, phone_prompts: tuple[PhonePrompts, Database], tmp_path: Path
) -> None:
    service, database = phone_prompts
    code = await service.give_code(Order("gold", "es", "ana@example.com"))
    leg = await ana.dial(f"*77*{code}")
    await leg.established()
    spool = Path(centre.node.facts.spool, "prompts", f"{code}.wav")
    await eventually(lambda: spool.exists() and spool.stat().st_size > 2 * 8000 * 1.5)  # Ana speaks
    await leg.press("#")
    await eventually(lambda: leg.ear.loud_s > 0.8)  # "Press 1 to accept ..."
    await leg.press("2")
    await leg.hears(ANA, 1.0)
    await service.take()
    assert spool.exists()  # nothing is kept before she says so
    await leg.press("1")
    await leg.over(12)
    await eventually(lambda: taken(service, spool))
    async with database.reading() as tx:
        found = await load_entity(tx, "prompts", "gold")
        changes = await load_changes(tx, 0, 100)
    assert found is not None
    prompt = found[0]
    assert isinstance(prompt, Prompt)
    assert set(prompt.audio) == {"en", "es"}
    assert changes[-1].by == "ana@example.com"
    heard = listen(await Prompts(database, Speech(), tmp_path / "prompts").sound(prompt.audio["es"], "es"))
    assert heard.seconds_of(ANA) >= 1
    again = await ana.dial(f"*77*{code}")  # a code is for one recording
    await again.over(12)
    assert not spool.exists()


async def taken(service: PhonePrompts, spool: Path) -> bool:
    await service.take()
    return not spool.exists()


async def test_hanging_up_keeps_nothing_and_old_or_made_up_codes_record_nothing(
    centre: Centre, ana: Phone, phone_prompts: tuple[PhonePrompts, Database]
) -> None:
    service, database = phone_prompts
    code = await service.give_code(Order("gold", "en", "ana"))
    leg = await ana.dial(f"*77*{code}")
    spool = Path(centre.node.facts.spool, "prompts", f"{code}.wav")
    await eventually(lambda: spool.exists() and spool.stat().st_size > 8000)
    await leg.hang_up()
    await service.take()
    async with database.reading() as tx:
        assert await load_entity(tx, "prompts", "gold") == (a_prompt("gold"), 1)
    await centre.ami.action("DBPut", Family="record-prompt", Key="222222", Val="1|gold|en|ana")
    for wrong in ("111111", "222222"):
        leg = await ana.dial(f"*77*{wrong}")
        await leg.over(12)
        assert not spool.with_stem(wrong).exists()
    # After five wrong ones in a row not even the right one records, until the ten minutes are over.
    place = "record-prompt/PJSIP/1001/n1001"
    noted = await centre.ami.command(f"database get guesses {place}")
    count, _, until = noted.removeprefix("Value: ").strip().partition("|")
    assert int(count) >= 2
    code = await service.give_code(Order("gold", "en", "ana"))
    for held, records in ((f"5|{until}", False), ("5|1", True)):
        await centre.ami.action("DBPut", Family="guesses", Key=place, Val=held)
        leg = await ana.dial(f"*77*{code}")
        await eventually(lambda leg=leg: leg.is_over or spool.with_stem(code).exists(), 15)
        assert leg.is_over != records
    await leg.hang_up()


async def reaches(centre: Centre, number: int, destination: str) -> None:
    """The key that leads there is pressed; the call gets there."""
    caller, (half, place) = f"75001{number:02d}", divmod(number, len(DIGITS))
    leg = await call(centre, caller, f"556002{half}")
    await leg.press(DIGITS[place])
    await centre.tells(caller, f"KEY kinds-{half}|{DIGITS[place]}|{destination}")
    if destination == "hangup":
        await leg.over()
    elif destination.startswith("callback"):
        await eventually(lambda: is_in(centre, "callback_"))
    elif destination.startswith("voicemail"):
        await eventually(lambda: is_in(centre, "voicemail"))
        await leg.hang_up()
    if KINDS[destination]:
        await centre.tells(caller, "KEY", KINDS[destination])
    with suppress(StaleHandleError):  # some of these end the call by themselves
        await leg.hang_up()
    await leg.over()


async def is_in(centre: Centre, context: str) -> bool:
    return f"!{context}" in await centre.asterisk.cli("core show channels concise")


async def test_every_kind_of_destination_is_reached_from_a_menu(centre: Centre, ana: Phone) -> None:
    for number, destination in enumerate(KINDS):
        await reaches(centre, number, destination)
