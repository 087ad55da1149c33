"""Real calls into queues: what caller and agent hear, what is recorded, and what the journal says."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.core.live.events import CallerJoined, Event
from appliance.core.live.parser import parse_event
from tests.pbx.call_site import ANA, CALLER, LUIS, PROMPTS, TRUNK
from tests.pbx.centre import Centre
from tests.pbx.phones import Leg, Phone
from tests.pbx.tones import Ear, listen
from tests.waiting import eventually


@pytest.fixture
async def sales(centre: Centre, ana: Phone) -> AsyncIterator[Phone]:
    """Ana's phone; she is logged in to every queue that tests talk to."""
    queues = ("sales", "support", "short", "tiny")
    for queue in queues:
        await centre.log_in(queue, "1001", "ana")
    yield ana
    for queue in queues:
        await centre.log_out(queue, "1001")


async def recording(centre: Centre, story: list[str], *voices: int) -> Ear:
    """The finished file, in which each of the voices speaks."""
    name = next(event.removeprefix("RECORDING ") for event in story if event.startswith("RECORDING"))
    path = Path(centre.node.facts.recordings, name)

    def complete() -> Ear | None:
        ear = listen(path) if path.exists() else Ear()
        return ear if all(ear.seconds_of(voice) >= 0.5 for voice in voices) else None

    found: Ear = await eventually(complete)
    return found


async def talk(leg: Leg, phone: Phone) -> None:
    """The agent answers, both hear each other, the agent hangs up."""
    answered = await phone.rings()
    await answered.answer()
    await leg.hears(ANA, 0.6)
    await answered.hears(CALLER, 0.6)
    await answered.hang_up()
    await leg.over()


async def test_a_call_goes_through_the_whole_house(centre: Centre, sales: Phone) -> None:
    caller = await centre.caller("7000001")
    leg = await caller.dial("5550100", **TRUNK)
    await leg.hears(PROMPTS["welcome"])
    await leg.hears(PROMPTS["menu"])
    await leg.press("1")
    await talk(leg, sales)
    story = centre.story("7000001")
    guid = story[0].removeprefix("INTERACTION ").split("|")[0]
    path = next(event for event in story if event.startswith("RECORDING")).removeprefix("RECORDING ")
    assert path.endswith(f"/{guid}.wav")
    assert story == [
        f"INTERACTION {guid}|inbound|5550100|en",
        "SCHEDULE always|open",
        "PROMPT welcome",
        "MENU main|1",
        "KEY main|1|queue:sales",
        "PROMPT welcome",
        f"RECORDING {path}",
        "QUEUE_JOIN sales",
        "AGENT_RING ana|sales",
    ]
    ear = await recording(centre, story, ANA, CALLER)
    assert ear.seconds_of(PROMPTS["menu"]) == 0  # recorded from the moment an agent answers


async def test_queue_log_knows_the_agent_by_key(centre: Centre, sales: Phone) -> None:
    leg = await (await centre.caller("7000002")).dial("5550109", **TRUNK)
    await talk(leg, sales)
    log = Path(centre.node.facts.log, "queue_log")
    await eventually(lambda: any("|support|ana|COMPLETEAGENT|" in line for line in log.read_text().splitlines()))


async def pass_on(centre: Centre, leg: Leg, by: Leg, to: tuple[str, Phone, int]) -> Leg:
    """A blind transfer to an extension, whose phone answers and whose voice is heard."""
    extension, phone, voice = to
    before = leg.ear.seconds_of(voice)
    await by.call.transfer(f"sip:{extension}@{centre.server}")
    answered = await phone.rings()
    await answered.answer()
    await leg.hears(voice, before + 3.0, timeout_s=20)
    return answered


async def test_a_call_that_is_passed_on_stays_in_one_recording(centre: Centre, sales: Phone, luis: Phone) -> None:
    """Twice: the packets of one of the two count from further back than those of the agent before."""
    leg = await (await centre.caller("7000015")).dial("5550106", **TRUNK)
    answered = await sales.rings()
    await answered.answer()
    await leg.hears(ANA, 3.0, timeout_s=20)
    there = await pass_on(centre, leg, answered, ("1002", luis, LUIS))
    back = await pass_on(centre, leg, there, ("1001", sales, ANA))
    await leg.hang_up()
    await back.over()
    passed = "AGENT_RING ana|sales", "EXTENSION 1002", "AGENT_RING luis|", "EXTENSION 1001", "AGENT_RING ana|"
    ear = await recording(centre, await centre.tells("7000015", *passed), ANA, LUIS, CALLER)
    assert ear.turns(ANA, LUIS) == [ANA, LUIS, ANA]


async def test_a_call_that_is_announced_to_the_next_agent_stays_in_one_recording(
    centre: Centre, sales: Phone, luis: Phone
) -> None:
    leg = await (await centre.caller("7000019")).dial("5550106", **TRUNK)
    answered = await sales.rings()
    await answered.answer()
    await leg.hears(ANA, 3.0, timeout_s=20)
    await answered.call.hold()
    asking = await sales.dial("1002")
    asked = await luis.rings()
    await asked.answer()
    await asking.hears(LUIS, 1.0)
    await answered.call.attended_transfer(asking.call)
    await leg.hears(LUIS, 3.0, timeout_s=20)
    await leg.hang_up()
    await asked.over()
    ear = await recording(centre, await centre.tells("7000019", "RECORDING"), ANA, LUIS, CALLER)
    assert ear.turns(ANA, LUIS) == [ANA, LUIS]  # and nothing of what the two said to each other


async def test_a_queue_without_recording_records_nothing(centre: Centre, sales: Phone) -> None:
    leg = await (await centre.caller("7000003")).dial("5550109", **TRUNK)
    await talk(leg, sales)
    assert not any(event.startswith("RECORDING") for event in centre.story("7000003"))


async def test_a_campaign_greets_and_records_though_its_queue_does_not(centre: Centre, sales: Phone) -> None:
    leg = await (await centre.caller("7000004")).dial("5550107", **TRUNK)
    await leg.hears(PROMPTS["welcome"])
    await talk(leg, sales)
    story = await centre.tells("7000004", "CAMPAIGN offers", "PROMPT welcome", "RECORDING", "QUEUE_JOIN support")
    await recording(centre, story, ANA, CALLER)


def live_events(centre: Centre) -> list[Event]:
    """All that Asterisk told since this was asked last."""
    raw = [centre.ami.events.get_nowait() for _ in range(centre.ami.events.qsize())]
    return [event for each in raw if (event := parse_event(each, datetime.now(UTC)))]


async def test_a_campaign_may_forbid_recording_and_is_known_while_its_caller_waits(
    centre: Centre, sales: Phone
) -> None:
    live_events(centre)
    leg = await (await centre.caller("7000005")).dial("5550111", **TRUNK)
    await talk(leg, sales)
    story = await centre.tells("7000005", "CAMPAIGN private", "SCHEDULE always|open", "QUEUE_JOIN sales", "AGENT_RING")
    assert not any(event.startswith("RECORDING") for event in story)
    joined = [event.facts for event in live_events(centre) if isinstance(event, CallerJoined)]
    assert [(facts.caller, facts.campaign) for facts in joined] == [("7000005", "private")]


async def test_with_nobody_logged_in_the_queue_is_empty(centre: Centre) -> None:
    leg = await (await centre.caller("7000006")).dial("5550106", **TRUNK)
    await leg.hears(PROMPTS["closed"])
    await leg.over()
    assert (await centre.tells("7000006", "QUEUE_JOIN sales", "QUEUE_LEAVE sales|JOINEMPTY"))[-1] == "PROMPT closed"


async def test_callers_wait_with_music_for_a_paused_agent_and_leave_when_the_last_one_logs_out(
    centre: Centre, sales: Phone
) -> None:
    await centre.ami.action("QueuePause", Interface="PJSIP/1001", Paused="true")
    leg = await (await centre.caller("7000007")).dial("5550109", **TRUNK)
    await centre.tells("7000007", "QUEUE_JOIN support")
    await eventually(lambda: leg.ear.loud_s > 1)  # nothing else can be heard there
    await centre.log_out("support", "1001")
    await leg.hears(PROMPTS["closed"])
    await leg.over()
    await centre.tells("7000007", "QUEUE_LEAVE support|LEAVEEMPTY", "PROMPT closed")
    await centre.log_in("support", "1001", "ana")


async def test_after_the_longest_wait_a_message_is_recorded(centre: Centre, sales: Phone) -> None:
    leg = await (await centre.caller("7000008")).dial("5550105", **TRUNK)
    missed = await sales.rings()
    await missed.over()
    await centre.tells("7000008", "QUEUE_LEAVE short|TIMEOUT")
    await leg.press("#")  # no need to hear the whole greeting
    inbox = Path(centre.node.facts.spool, "voicemail/default/1001/INBOX")
    drafts = Path(centre.node.facts.spool, "voicemail/default/1001/tmp")
    await eventually(lambda: any(size(path) > 8000 * 2 * 2.5 for path in drafts.glob("*.wav")), 20)
    await leg.hang_up()
    assert (await centre.tells("7000008", "AGENT_RING ana|short", "VOICEMAIL"))[-1] == "VOICEMAIL 1001|SUCCESS"
    message = await eventually(lambda: next(inbox.glob("msg*.wav"), None))
    assert listen(message).seconds_of(CALLER) >= 2
    assert (await recording(centre, centre.story("7000008"))).loud_s == 0  # nobody answered


def size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


async def test_a_full_queue_takes_no_more(centre: Centre, sales: Phone) -> None:
    first = await (await centre.caller("7000009")).dial("5550112", **TRUNK)
    await sales.rings()
    second = await (await centre.caller("7000010")).dial("5550112", **TRUNK)
    await second.hears(PROMPTS["goodbye"])
    await centre.tells("7000010", "QUEUE_LEAVE tiny|FULL", "PROMPT goodbye")
    await first.hang_up()


async def test_the_second_in_line_is_told_the_position(centre: Centre, sales: Phone) -> None:
    await centre.asterisk.cli("logger add channel told verbose(3)")
    first = await (await centre.caller("7000011")).dial("5550106", **TRUNK)
    await sales.rings()
    second = await (await centre.caller("7000012")).dial("5550106", **TRUNK)
    told = Path(centre.node.facts.log, "told")
    await eventually(lambda: "their queue position (which was 2)" in told.read_text(errors="replace"), 15)
    await centre.asterisk.cli("logger remove channel told")
    await first.hang_up()
    await second.hang_up()


async def test_a_free_agent_is_offered_the_next_caller_soon(centre: Centre, sales: Phone) -> None:
    first = await (await centre.caller("7000016")).dial("5550109", **TRUNK)
    answered = await sales.rings()
    await answered.answer()
    second = await (await centre.caller("7000017")).dial("5550109", **TRUNK)
    await centre.tells("7000017", "QUEUE_JOIN support")
    third = await (await centre.caller("7000018")).dial("5550109", **TRUNK)
    await centre.tells("7000018", "QUEUE_JOIN support")
    await answered.hang_up()
    await sales.rings(timeout_s=4)  # app_queue looks once a second; with its own defaults it would take up to eight
    await centre.tells("7000017", "AGENT_RING ana|support")
    await second.hang_up()
    await sales.rings(timeout_s=4)
    await third.hang_up()
    await first.over()


async def test_a_circle_without_end_is_ended(centre: Centre) -> None:
    leg = await (await centre.caller("7000013")).dial("5550113", **TRUNK)
    await leg.over()
    rounds = [event for event in centre.story("7000013") if event == "QUEUE_LEAVE circle|JOINEMPTY"]
    assert len(rounds) == 30
