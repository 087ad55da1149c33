"""Real calls for skills, pauses, keys while waiting, whispers and callbacks."""

import datetime as dt
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from baresip import Runtime
from baresip.errors import StaleHandleError
from sqlalchemy import update

from appliance.core.callbacks import Callback
from appliance.core.journal.facts import Interaction
from appliance.core.membership import members_of
from appliance.services.agents.pauses import pause, unpause
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.callbacks import cancel_callback
from appliance.store.callbacks import list_callbacks
from appliance.store.interactions import InteractionFilter, list_interactions, load_interaction
from appliance.store.tables.callbacks import CallbackRow
from tests.house import House, a_house, furnish, house_settings
from tests.pbx.centre import Centre, running
from tests.pbx.far_end import RING, FarEnd
from tests.pbx.nodes import TestNode, asterisk_program, make_facts
from tests.pbx.phones import Phone, signed_in
from tests.pbx.skill_site import PROMPTS, SPANISH, skill_site
from tests.pbx.tones import write_tone
from tests.waiting import eventually

CALLER, ANA, LUIS = 1000, 440, 500
TRUNK = {"X_Trunk": "main"}
SITE = skill_site()


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Centre]:
    node = TestNode(make_facts(tmp_path_factory.mktemp("skills")), asterisk_program())
    for key, frequency in PROMPTS.items():
        write_tone(Path(node.facts.prompts, "en", f"{key}.wav"), frequency, 0.6)
        write_tone(Path(node.facts.prompts, "es", f"{key}.wav"), frequency + SPANISH, 0.6)
    async with running(node, SITE, runtime) as centre:
        yield centre


@pytest.fixture(scope="module")
async def people(place: Centre) -> AsyncIterator[dict[str, Phone]]:
    phones = await signed_in(place.ami, place.runtime, place.server, {"1001": ANA, "1002": LUIS})
    yield phones
    for phone in phones.values():
        await phone.unregister()


@pytest.fixture
async def floor(place: Centre, people: dict[str, Phone]) -> AsyncIterator[dict[str, Phone]]:
    """Both phones; who is logged in where is up to the test, and undone after it."""
    yield {"ana": people["1001"], "luis": people["1002"]}
    for phone in people.values():
        await phone.put_down()
    for member in await place.ami.list("QueueStatus"):
        if member.get("Event") == "QueueMember":
            await place.ami.action("QueueRemove", Queue=member["Queue"], Interface=member["Location"])


async def log_on(place: Centre, queue: str, *agents: str) -> None:
    """With the penalties that the site gives them."""
    penalties = members_of(SITE, SITE.queues[queue])
    for agent in agents:
        phone = f"PJSIP/{SITE.agents[agent].extension}"
        fields = {"MemberName": agent, "StateInterface": phone, "Penalty": penalties.get(agent, 0)}
        await place.ami.action("QueueAdd", Queue=queue, Interface=phone, **fields)


async def test_the_best_agent_is_asked_first_and_others_after_a_time(place: Centre, floor: dict[str, Phone]) -> None:
    await log_on(place, "skilled", "ana", "luis")
    await (await place.caller("7100001")).dial("5550200", **TRUNK)
    await (await floor["ana"].rings()).answer()  # the best one is busy now
    leg = await (await place.caller("7100002")).dial("5550200", **TRUNK)
    await place.tells("7100002", "QUEUE_JOIN skilled")
    await eventually(lambda: leg.ear.loud_s > 0.5)  # music: nobody else is asked yet
    assert floor["luis"].ringing.empty()
    answered = await floor["luis"].rings()
    await answered.answer()
    await leg.hears(LUIS)
    story = await place.tells("7100002", "AGENT_RING luis|skilled")
    assert not any(event.startswith("AGENT_RING ana") for event in story)


async def test_everybody_paused_is_another_rule_than_nobody_logged_in(place: Centre, floor: dict[str, Phone]) -> None:
    nobody = await (await place.caller("7100003")).dial("5550201", **TRUNK)
    await nobody.hears(PROMPTS["empty"])
    await log_on(place, "patient", "ana")
    await place.ami.action("QueuePause", Interface="PJSIP/1001", Paused="true", Reason="lunch")
    paused = await (await place.caller("7100004")).dial("5550201", **TRUNK)
    await paused.hears(PROMPTS["paused"])
    await place.tells("7100004", "QUEUE_LEAVE patient|JOINEMPTY", "ALL_PAUSED patient")


@pytest.mark.parametrize(("number", "leaves", "hears"), [("7100005", "pause", "paused"), ("7100006", "go", "empty")])
async def test_who_waits_already_leaves_by_the_right_rule(
    place: Centre, floor: dict[str, Phone], number: str, leaves: str, hears: str
) -> None:
    await log_on(place, "patient", "ana")
    leg = await (await place.caller(number)).dial("5550201", **TRUNK)
    ringing = await floor["ana"].rings()
    await ringing.call.reject()
    if leaves == "pause":
        await place.ami.action("QueuePause", Interface="PJSIP/1001", Paused="true", Reason="lunch")
    else:
        await place.log_out("patient", "1001")
    await leg.hears(PROMPTS[hears], timeout_s=15)
    await place.tells(number, "QUEUE_LEAVE patient|LEAVEEMPTY")


async def test_a_key_leads_out_of_the_queue(place: Centre, floor: dict[str, Phone]) -> None:
    await log_on(place, "keys", "ana")
    leg = await (await place.caller("7100007")).dial("5550202", **TRUNK)
    await floor["ana"].rings()
    await leg.press("5")  # means nothing here
    await leg.press("9")
    await leg.hears(PROMPTS["left"])
    await place.tells("7100007", "QUEUE_LEAVE keys|KEY", "PROMPT left")


async def test_the_agent_alone_hears_the_whisper(place: Centre, floor: dict[str, Phone]) -> None:
    await log_on(place, "whispers", "ana")
    leg = await (await place.caller("7100008")).dial("5550203", **TRUNK)
    answered = await floor["ana"].rings()
    await answered.answer()
    await answered.hears(PROMPTS["whisper"])
    assert answered.ear.seconds_of(CALLER) == 0  # not put through yet
    await answered.hears(CALLER)
    await leg.hears(ANA)
    assert leg.ear.seconds_of(PROMPTS["whisper"]) == 0


async def test_a_phone_is_asked_to_answer_by_itself(place: Centre, floor: dict[str, Phone]) -> None:
    await log_on(place, "whispers", "ana")
    await place.asterisk.cli("pjsip set logger on")
    await place.asterisk.cli("logger add channel sip verbose")
    leg = await (await place.caller("7100009")).dial("5550203", **TRUNK)
    await floor["ana"].rings()
    heard = Path(place.node.facts.log, "sip")
    await eventually(lambda: "answer-after=0" in heard.read_text(errors="replace"))
    assert "info=alert-autoanswer" in heard.read_text(errors="replace")
    await place.asterisk.cli("pjsip set logger off")
    await place.asterisk.cli("logger remove channel sip")
    await leg.hang_up()


async def test_prompts_in_turn_are_heard_in_the_callers_language(place: Centre, floor: dict[str, Phone]) -> None:
    await log_on(place, "prompts", "ana")
    await place.ami.action("QueuePause", Interface="PJSIP/1001", Paused="true")
    callers = [await place.caller(number) for number in ("7150204", "7150304")]
    english, spanish = [
        await caller.dial(number, **TRUNK) for caller, number in zip(callers, ("5550204", "5550304"), strict=True)
    ]
    await english.hears(PROMPTS["waits"], timeout_s=30)
    await spanish.hears(PROMPTS["waits"] + SPANISH, timeout_s=30)


async def test_an_agent_starts_the_recording_of_a_call_and_a_caller_does_not(
    place: Centre, floor: dict[str, Phone]
) -> None:
    await log_on(place, "keys", "ana")
    leg = await (await place.caller("7100010")).dial("5550207", **TRUNK)
    answered = await floor["ana"].rings()
    await answered.answer()
    await leg.hears(ANA)
    await leg.press("*1")
    assert not any(event.startswith("RECORDING") for event in place.story("7100010"))
    await answered.press("*1")
    await place.tells("7100010", "CAMPAIGN asks", "RECORDING")
    await leg.hang_up()
    await answered.over()
    assert sum(event.startswith("RECORDING") for event in place.story("7100010")) == 1


async def test_who_stays_after_the_call_is_asked_how_it_was(place: Centre, floor: dict[str, Phone]) -> None:
    await log_on(place, "asked", "ana")
    leg = await (await place.caller("7100011")).dial("5550209", **TRUNK)
    answered = await floor["ana"].rings()
    await answered.answer()
    await leg.hears(ANA)
    await answered.hang_up()
    await leg.hears(PROMPTS["asks"])
    await leg.press("5")
    await place.tells("7100011", "QUEUE_LEAVE asked|CONTINUE", "SURVEY_BEGIN how", "SURVEY how|")


@pytest.fixture
async def busy_floor(place: Centre, floor: dict[str, Phone]) -> dict[str, Phone]:
    """Ana is logged in where callbacks are offered, and paused: callers wait."""
    await log_on(place, "returns", "ana")
    await place.ami.action("QueuePause", Interface="PJSIP/1001", Paused="true")
    return floor


async def test_a_callback_is_offered_after_a_time_and_the_key_does_nothing_before(
    place: Centre, busy_floor: dict[str, Phone]
) -> None:
    leg = await (await place.caller("7100020")).dial("5550205", **TRUNK)
    await place.tells("7100020", "QUEUE_JOIN returns")
    await leg.press("1")
    await leg.hears(PROMPTS["offer"])
    assert place.story("7100020")[1:] == ["QUEUE_JOIN returns", "CALLBACK_OFFER returns"]
    await leg.press("1")
    await place.tells("7100020", "QUEUE_LEAVE returns|CALLBACK")
    await eventually(lambda: leg.ear.loud_s > 3)  # the number is read out
    await leg.press("1")
    story = await place.tells("7100020", "CALLBACK_ASKED returns|7100020|")
    queue, number, guid, language, _joined, caller = story[-1].removeprefix("CALLBACK_ASKED ").split("|")
    assert (queue, number, language, caller) == ("returns", "7100020", "en", "7100020")
    assert story[0].startswith(f"INTERACTION {guid}|")
    await leg.over()


async def test_who_has_asked_is_not_noted_twice(place: Centre, busy_floor: dict[str, Phone]) -> None:
    await place.ami.action("DBPut", Family="callback/returns", Key="7100021", Val="1")
    leg = await (await place.caller("7100021")).dial("5550206", **TRUNK)
    await leg.over(timeout_s=15)
    assert not any(event.startswith("CALLBACK_ASKED") for event in place.story("7100021"))


async def test_who_shows_no_number_must_type_one_that_may_be_called(
    place: Centre, busy_floor: dict[str, Phone]
) -> None:
    leg = await (await place.caller("anonymous")).dial("5550206", **TRUNK)
    await leg.established()
    await leg.press("70105#")  # an emergency number
    await eventually(lambda: leg.ear.loud_s > 5, 15)
    await leg.press("7654321#")
    await eventually(lambda: leg.ear.loud_s > 8, 15)
    await leg.press("1")
    story = await place.tells("anonymous", "CALLBACK_ASKED returns|7654321|")
    assert story[-1].endswith("|7654321")


async def test_no_other_number_is_typed_where_the_queue_does_not_allow_it(place: Centre) -> None:
    hidden = await (await place.caller("hidden")).dial("5550210", **TRUNK)
    await place.tells("hidden", "INTERACTION", "QUEUE_JOIN own")
    leg = await (await place.caller("7100024")).dial("5550210", **TRUNK)
    await leg.established()
    await eventually(lambda: leg.ear.loud_s > 3)  # the number is read out
    await leg.press("2")
    story = await place.tells("7100024", "INTERACTION", "QUEUE_JOIN own")
    assert not any(event.startswith("CALLBACK_ASKED") for event in [*story, *place.story("hidden")])
    await leg.hang_up()
    await hidden.hang_up()


async def test_who_types_nothing_useful_waits_in_the_queue(place: Centre, busy_floor: dict[str, Phone]) -> None:
    leg = await (await place.caller("5100022")).dial("5550206", **TRUNK)  # no route carries this number
    await leg.established()

    async def is_back_in_line() -> bool:
        await leg.press("123#")
        return "QUEUE_JOIN returns" in place.story("5100022")

    await eventually(is_back_in_line, 20)


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    """The telephone company, by whom customers are called."""
    end = FarEnd("127.0.0.9")
    await end.listen()
    yield end
    end.close()


async def sits_down(house: House, runtime: Runtime) -> Phone:
    """Ana at her phone, logged in and paused."""
    phone = await Phone.create(runtime, house.sip, "1001", password="secret-1001", frequency=ANA)
    async with house.appliance.database.transaction() as tx:
        await log_in(tx, "ana", Place("local"), Act("test"))
        await pause(tx, "ana", "lunch", Act("test"))
    house.appliance.agents.membership.poke()
    return phone


async def comes_back(house: House) -> None:
    async with house.appliance.database.transaction() as tx:
        await unpause(tx, "ana", Act("test"))
    house.appliance.agents.membership.poke()


async def the_callback(house: House) -> Callback:
    async with house.appliance.database.reading() as tx:
        found = await list_callbacks(tx)
    return found[0] if found else None  # type: ignore[return-value]


async def be_due(house: House) -> None:
    """Half a minute later."""
    async with house.appliance.database.transaction() as tx:
        await tx.execute(update(CallbackRow).values(next_try_at=dt.datetime.now(dt.UTC)))


async def ask(house: House, runtime: Runtime) -> None:
    """Wait, take the offer, confirm the number, hang up."""
    caller = await Phone.create(runtime, house.sip, "7300001", frequency=CALLER)
    leg = await caller.dial("5550206", **TRUNK)
    await leg.established()

    async def is_over() -> bool:
        with suppress(StaleHandleError):  # it ends while the key is pressed
            await leg.press("1")
        return leg.is_over

    await eventually(is_over, 30)


async def test_an_agent_who_misses_calls_in_a_row_is_paused(
    tmp_path_factory: pytest.TempPathFactory, runtime: Runtime
) -> None:
    settings = house_settings(tmp_path_factory.mktemp("house"))
    await furnish(settings, skill_site())
    async with a_house(settings) as house:
        phone = await sits_down(house, runtime)
        await comes_back(house)
        await eventually(lambda: house.appliance.live.state.agents.get("ana"))
        caller = await Phone.create(runtime, house.sip, "7300002", frequency=CALLER)
        leg = await caller.dial("5550208", **TRUNK)
        for _ in range(2):
            await (await phone.rings(timeout_s=15)).over()

        def state() -> tuple[str, str]:
            agents = house.appliance.live.state.agents
            return (agents["ana"].state, agents["ana"].reason)

        await eventually(lambda: state() == ("missed", "missed"))
        await leg.hang_up()
        await phone.unregister()


async def test_a_callback_is_kept_over_a_restart_and_tried_again_after_busy(
    tmp_path_factory: pytest.TempPathFactory, runtime: Runtime, far: FarEnd
) -> None:
    settings = house_settings(tmp_path_factory.mktemp("house"))
    await furnish(settings, skill_site(far.host, far.port))
    async with a_house(settings) as house:
        phone = await sits_down(house, runtime)
        await eventually(lambda: house.appliance.live.state.agents.get("ana"))
        await ask(house, runtime)
        noted = await eventually(lambda: the_callback(house))
        assert (noted.queue, noted.number, noted.caller, noted.tries) == ("returns", "7300001", "7300001", 0)
        await ask(house, runtime)  # a second one is not noted
        await phone.unregister()
    far.answer = 486
    async with a_house(settings) as house:
        phone = await Phone.create(runtime, house.sip, "1001", password="secret-1001", frequency=ANA)
        await comes_back(house)
        first = await phone.rings(timeout_s=20)
        await first.answer()
        await eventually(lambda: far.numbers == ["7300001"])
        await first.over(timeout_s=15)

        async def is_busy() -> bool:
            return (await the_callback(house)).result == "busy"

        await eventually(is_busy)
        far.answer = 200
        await be_due(house)
        second = await phone.rings(timeout_s=20)
        await second.answer()
        await eventually(lambda: far.numbers == ["7300001"] * 2)

        async def is_reached() -> Callback | None:
            found = await the_callback(house)
            return found if found.ended_at else None

        done = await eventually(is_reached)
        assert (done.result, done.tries) == ("reached", 2)
        await second.hang_up()
        await check_interactions(house, done)
        far.answer = RING
        await cancelled_while_it_rings(house, phone, far)
        await phone.unregister()


async def cancelled_while_it_rings(house: House, phone: Phone, far: FarEnd) -> None:
    at = dt.datetime.now(dt.UTC)
    async with house.appliance.database.transaction() as tx:
        row = CallbackRow(
            node="local", queue="returns", number="7300001", caller="", guid=str(uuid.uuid4()), language="en",
            asked_at=at, waited_s=0, next_try_at=at,
        )  # fmt: skip
        tx.add(row)
    third = await phone.rings(timeout_s=20)
    await third.answer()
    await eventually(lambda: far.is_ringing)
    async with house.appliance.database.transaction() as tx:
        await cancel_callback(tx, row.callback_id, by="test")
    await eventually(lambda: not far.is_ringing)
    await third.over(timeout_s=10)


async def check_interactions(house: House, done: Callback) -> None:
    """The one in which it was asked, and the two calls, of which the second was answered."""

    async def stored() -> list[Interaction]:
        async with house.appliance.database.reading() as tx:
            found = await list_interactions(tx, InteractionFilter(queue="returns"))
        return found.interactions if found.interactions and found.interactions[0].guid == done.last_guid else []

    answered, busy, *_ = await eventually(stored)
    assert (answered.direction, answered.did, answered.agent) == ("outbound", "7300001", "ana")
    assert (answered.outcome, busy.outcome) == ("answered", "busy")
    async with house.appliance.database.reading() as tx:
        story = await load_interaction(tx, answered.guid)
    assert story is not None
    assert [part.kind for part in story.segments] == ["waiting", "ringing", "ringing", "talking"]
    assert any(step.kind == "callback_turn" and step.detail.startswith(done.guid) for step in story.steps)
