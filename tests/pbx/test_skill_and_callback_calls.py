"""Real calls for skills, pauses, keys while waiting, whispers and callbacks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from baresip import Runtime

from appliance.core.membership import members_of
from tests.pbx.centre import Centre, running
from tests.pbx.nodes import TestNode, asterisk_program, make_facts
from tests.pbx.phones import Phone
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
async def signed_in(place: Centre) -> AsyncIterator[dict[str, Phone]]:
    voices = {"1001": ANA, "1002": LUIS}
    phones = {
        user: await Phone.create(place.runtime, place.server, user, password=f"secret-{user}", frequency=frequency)
        for user, frequency in voices.items()
    }
    yield phones
    for phone in phones.values():
        await phone.unregister()


@pytest.fixture
async def floor(place: Centre, signed_in: dict[str, Phone]) -> AsyncIterator[dict[str, Phone]]:
    """Both phones; who is logged in where is up to the test, and undone after it."""
    yield {"ana": signed_in["1001"], "luis": signed_in["1002"]}
    for phone in signed_in.values():
        await phone.put_down()
    for member in await place.ami.list("QueueStatus"):
        if member.get("Event") == "QueueMember":
            await place.ami.action("QueueRemove", Queue=member["Queue"], Interface=member["Location"])


async def log_in(place: Centre, queue: str, *agents: str) -> None:
    """With the penalties that the site gives them."""
    penalties = members_of(SITE, SITE.queues[queue])
    for agent in agents:
        phone = f"PJSIP/{SITE.agents[agent].extension}"
        fields = {"MemberName": agent, "StateInterface": phone, "Penalty": penalties.get(agent, 0)}
        await place.ami.action("QueueAdd", Queue=queue, Interface=phone, **fields)


async def test_the_best_agent_is_asked_first_and_others_after_a_time(place: Centre, floor: dict[str, Phone]) -> None:
    await log_in(place, "skilled", "ana", "luis")
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
    await log_in(place, "patient", "ana")
    await place.ami.action("QueuePause", Interface="PJSIP/1001", Paused="true", Reason="lunch")
    paused = await (await place.caller("7100004")).dial("5550201", **TRUNK)
    await paused.hears(PROMPTS["paused"])
    await place.tells("7100004", "QUEUE_LEAVE patient|JOINEMPTY", "ALL_PAUSED patient")


@pytest.mark.parametrize(("number", "leaves", "hears"), [("7100005", "pause", "paused"), ("7100006", "go", "empty")])
async def test_who_waits_already_leaves_by_the_right_rule(
    place: Centre, floor: dict[str, Phone], number: str, leaves: str, hears: str
) -> None:
    await log_in(place, "patient", "ana")
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
    await log_in(place, "keys", "ana")
    leg = await (await place.caller("7100007")).dial("5550202", **TRUNK)
    await floor["ana"].rings()
    await leg.press("5")  # means nothing here
    await leg.press("9")
    await leg.hears(PROMPTS["left"])
    await place.tells("7100007", "QUEUE_LEAVE keys|KEY", "PROMPT left")


async def test_the_agent_alone_hears_the_whisper(place: Centre, floor: dict[str, Phone]) -> None:
    await log_in(place, "whispers", "ana")
    leg = await (await place.caller("7100008")).dial("5550203", **TRUNK)
    answered = await floor["ana"].rings()
    await answered.answer()
    await answered.hears(PROMPTS["whisper"])
    assert answered.ear.seconds_of(CALLER) == 0  # not put through yet
    await answered.hears(CALLER)
    await leg.hears(ANA)
    assert leg.ear.seconds_of(PROMPTS["whisper"]) == 0


async def test_a_phone_is_asked_to_answer_by_itself(place: Centre, floor: dict[str, Phone]) -> None:
    await log_in(place, "whispers", "ana")
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


@pytest.mark.parametrize(("number", "added"), [("5550204", 0), ("5550304", SPANISH)])
async def test_prompts_in_turn_are_heard_in_the_callers_language(
    place: Centre, floor: dict[str, Phone], number: str, added: int
) -> None:
    await log_in(place, "prompts", "ana")
    await place.ami.action("QueuePause", Interface="PJSIP/1001", Paused="true")
    leg = await (await place.caller(f"71{number[-5:]}")).dial(number, **TRUNK)
    await leg.hears(PROMPTS["waits"] + added, timeout_s=30)


async def test_an_agent_starts_the_recording_of_a_call(place: Centre, floor: dict[str, Phone]) -> None:
    await log_in(place, "keys", "ana")
    leg = await (await place.caller("7100010")).dial("5550207", **TRUNK)
    answered = await floor["ana"].rings()
    await answered.answer()
    await leg.hears(ANA)
    assert not any(event.startswith("RECORDING") for event in place.story("7100010"))
    await answered.press("*1")
    await place.tells("7100010", "CAMPAIGN asks", "RECORDING")
    await leg.hang_up()
    await answered.over()
