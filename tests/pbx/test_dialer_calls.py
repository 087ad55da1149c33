"""Dialers call real telephones: each number does what it does, and its attempt, its contact and its story say so."""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from baresip import Runtime
from sqlalchemy import func, select

from appliance.core.dialing.originate import Dial, originate_fields
from appliance.core.site import Site
from appliance.services.agents.pauses import unpause
from appliance.services.calls.dialling import Wish
from appliance.services.calls.own_call import Seat
from appliance.services.clock import now
from appliance.services.dialer.status import Status
from appliance.services.errors import Refused
from appliance.services.previews import accept, offer
from appliance.store.dialing.attempt_rows import load_attempts
from appliance.store.interactions import InteractionStory, load_interaction
from appliance.store.tables.dialing import AttemptRow, DoNotCallRow
from appliance.store.work import load_work_of
from tests.house import a_house, furnish, house_settings
from tests.pbx.calling import Calling, trunks_answer
from tests.pbx.dialer_site import SHOWN, add_contacts, behind, dialer_site, number_of, set_state
from tests.pbx.floor import OWN, Floor
from tests.pbx.phones import Phone, refusal
from tests.pbx.pstn import RINGS, Behaviour, Line, Pstn, spoken
from tests.waiting import eventually

HELLO = spoken((0, 0.3), (300, 0.5), (0, 4))
MACHINE = spoken((0, 0.3), *[(300, 0.5), (0, 0.1)] * 5, (1000, 0.4), (0, 4))
TALKS, BUSY, RINGS_OUT, REFUSES, IS_NONE, NO_LINE, INCOMPLETE, GONE = range(8)
PERSON, ANSWERS_BY_MACHINE, OPTS_OUT, LISTENS, AT_ONCE, HEARS, SHOWN_FIRST, IS_BUSY = range(10, 18)
NEVER = 20
LEFT = (21, 22, 23)
DROPPED, DROPPED_BY_KEY, FAX, FAX_LATER, IN_MENU, IN_SURVEY, SURVEYED, WANTS_AGENT = range(30, 38)
RINGS_FIRST, BY_HAND, WAITS = range(40, 43)
CNG = spoken((0, 0.5), *[(1100, 0.5), (0, 3.0)] * 3)
LONG_GREETING = spoken((0, 0.3), *[(300, 0.5), (0, 0.1)] * 6, (1000, 0.4), (0, 9))
MESSAGE_HZ = 650
WORLD = {
    TALKS: Behaviour(talk_s=6),
    BUSY: Behaviour(486),
    RINGS_OUT: Behaviour(RINGS),
    REFUSES: Behaviour(603),
    IS_NONE: Behaviour(404),
    NO_LINE: Behaviour(503),
    INCOMPLETE: Behaviour(484),
    GONE: Behaviour(410),
    PERSON: Behaviour(voice=HELLO, talk_s=8),
    ANSWERS_BY_MACHINE: Behaviour(voice=MACHINE),
    OPTS_OUT: Behaviour(voice=spoken((0, 3.2)), keys="9"),
    LISTENS: Behaviour(),
    AT_ONCE: Behaviour(talk_s=0.0),
    HEARS: Behaviour(),
    SHOWN_FIRST: Behaviour(talk_s=6, voice=spoken((0, 1)), keys="*1"),
    IS_BUSY: Behaviour(486),
    **{each: Behaviour(talk_s=2) for each in LEFT},
    DROPPED: Behaviour(voice=LONG_GREETING, listens=True),
    DROPPED_BY_KEY: Behaviour(voice=LONG_GREETING, listens=True),
    FAX: Behaviour(voice=CNG),
    FAX_LATER: Behaviour(voice=CNG),
    IN_MENU: Behaviour(voice=spoken((0, 0.7)), keys="9"),
    IN_SURVEY: Behaviour(voice=spoken((0, 0.7)), keys="2  9"),
    SURVEYED: Behaviour(voice=spoken((0, 0.7)), keys="2  4"),
    RINGS_FIRST: Behaviour(486, ring_s=5),
    BY_HAND: Behaviour(),
    WANTS_AGENT: Behaviour(voice=spoken((0, 0.7)), keys="1", talk_s=8),
}
DIALERS = {
    "calls": {"mode": "progressive"},
    "hears": {
        "mode": "power",
        "ratio_pct": 200,
        "abandoned_limit_tenths": 1000,
        "machines": "message",
        "machine_prompt": "machine",
    },
    "alone": {
        "mode": "power",
        "ratio_pct": 400,
        "abandoned_limit_tenths": 1000,
        "abandoned_prompt": "sorry",
        "connect_s": 2,
    },
    "shown": {"mode": "preview"},
    "tells": {"mode": "agentless", "agentless_destination": "prompt:sorry"},
    "drops": {"mode": "progressive", "machine_prompt": "machine"},
    "asks": {"mode": "agentless", "agentless_destination": "menu:offer"},
}
OFFER = [
    {"digit": "1", "label": "Somebody", "destination": "queue:asks"},
    {"digit": "2", "label": "A question", "destination": "survey:happy"},
]
MORE: dict[str, dict[str, dict[str, Any]]] = {
    "dispositions": {"sold": {}, "voicemail": {"machine": True}},
    "queues": {"drops": {"wrapup_s": 60}},
    "campaigns": {"drops": {"disposition_required": True}, "shown": {"recording": "on_demand"}},
    "inbound_routes": {"5550100": {"destination": "queue:calls"}},
    "menus": {"offer": {"prompt": "sorry", "options": OFFER, "timeout_destination": "hangup"}},
    "surveys": {"happy": {"questions": [{"prompt": "sorry", "lowest": 1, "highest": 5}], "destination": "hangup"}},
}


@dataclass
class Centre(Calling):
    site: Site
    floor: Floor
    pstn: Pstn
    phone: Phone
    is_deaf: bool = False
    jobs: list["asyncio.Task[None]"] = field(default_factory=list)

    async def works_on(self, dialer: str, number: int) -> bool:
        """The desk has opened the agent's work on this call."""
        async with self.house.appliance.database.reading() as tx:
            query = select(AttemptRow.guid).where(AttemptRow.dialer == dialer, AttemptRow.number == number_of(number))
            return bool(await load_work_of(tx, list((await tx.execute(query)).scalars())))

    def lines(self, number: int) -> list[Line]:
        return [line for line in self.pstn.lines.values() if behind(line.number) == number]

    async def story(self, guid: str) -> InteractionStory:
        async def told() -> InteractionStory | None:
            async with self.house.appliance.database.reading() as tx:
                return await load_interaction(tx, guid)

        story: InteractionStory = await eventually(told)
        return story

    async def answer(self) -> None:
        """The agent's phone answers by itself, unless it is to ring on."""
        while True:
            leg = await self.phone.ringing.get()
            if not self.is_deaf:
                await leg.answer()


@pytest.fixture(scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> AsyncIterator[Centre]:
    pstn = Pstn("127.0.3.1", lambda dialled: WORLD[behind(dialled)])
    await pstn.listen()
    settings = house_settings(tmp_path_factory.mktemp("dialer"))
    site = dialer_site(pstn, DIALERS, more=MORE)
    await furnish(settings, site)
    async with a_house(settings) as house:
        house.appliance.outbound.dialers.tick_s = 0.1
        Path(house.appliance.node.facts.prompts, "en", "machine.ulaw").write_bytes(spoken((MESSAGE_HZ, 1.5)))
        floor = Floor(house, runtime)
        centre = Centre(house, site, floor, pstn, await floor.phone("1001"))
        job = asyncio.create_task(centre.answer())
        await floor.log_in("a1001")
        await eventually(lambda: trunks_answer(house, "main"))
        yield centre
        job.cancel()
        with suppress(asyncio.CancelledError):
            await job
        await floor.close()
    pstn.close()


async def test_each_number_is_called_once_and_its_outcome_is_what_it_did(centre: Centre) -> None:
    """By the answer of the far end: Asterisk calls a 404 `no answer`, and a 603 `unavailable`."""
    async with centre.house.appliance.database.transaction() as tx:
        number = {"number": number_of(NEVER), "reason": "", "source": "console", "created_at": now()}
        tx.add(DoNotCallRow(**number))
        await add_contacts(tx, "calls", [NEVER])
    rows = await centre.run("calls", TALKS, BUSY, REFUSES, IS_NONE, NO_LINE, INCOMPLETE, GONE)
    assert {number: row.outcome for number, row in rows.items()} == {
        TALKS: "answered",
        BUSY: "busy",
        REFUSES: "rejected",
        IS_NONE: "bad_number",
        NO_LINE: "congestion",
        INCOMPLETE: "bad_number",
        GONE: "bad_number",
    }
    assert sorted(behind(line.number) for line in centre.pstn.lines.values()) == sorted(rows)
    assert {line.shown for line in centre.pstn.lines.values()} == {SHOWN}
    assert (rows[BUSY].cause, rows[BUSY].tech_cause) == (17, "SIP 486 Busy Here")
    assert centre.pstn.peak == 1  # one agent, one call

    talked = rows[TALKS]
    assert talked.agent == "a1001"
    assert 0 < talked.wait_s < 1
    assert 4 < talked.talk_s < 6.5
    story = await centre.story(talked.guid)
    call = story.interaction
    assert (call.direction, call.outcome, call.campaign, call.queue, call.agent) == (
        "outbound",
        "answered",
        "calls",
        "calls",
        "a1001",
    )
    assert (call.caller, call.did) == (number_of(TALKS), number_of(TALKS))
    assert [part.kind for part in story.segments] == ["waiting", "ringing", "talking"]
    refused = await centre.story(rows[REFUSES].guid)
    assert refused.interaction.outcome == "rejected"
    status = centre.house.appliance.outbound.dialers.status("calls")
    assert status.calls == 7


async def test_a_machine_gets_the_message_and_a_person_the_agent(centre: Centre) -> None:
    rows = await centre.run("hears", PERSON, ANSWERS_BY_MACHINE)
    assert {number: (row.outcome, row.amd) for number, row in rows.items()} == {
        PERSON: ("answered", "human"),
        ANSWERS_BY_MACHINE: ("delivered", "machine"),
    }
    story = await centre.story(rows[ANSWERS_BY_MACHINE].guid)
    assert [step.kind for step in story.steps][-4:] == ["attempt_amd", "prompt", "attempt_told", "hangup"]


async def test_without_an_agent_in_two_seconds_the_message_plays_and_a_key_ends_it_for_ever(centre: Centre) -> None:
    centre.is_deaf = True
    rows = await centre.run("alone", OPTS_OUT, LISTENS, RINGS_OUT)
    centre.is_deaf = False
    await centre.phone.put_down()
    assert {number: row.outcome for number, row in rows.items()} == {
        OPTS_OUT: "opted_out",
        LISTENS: "abandoned",
        RINGS_OUT: "no_answer",
    }
    for row in (rows[OPTS_OUT], rows[LISTENS]):
        story = await centre.story(row.guid)
        left = next(step.at for step in story.steps if step.kind == "attempt_abandoned")
        assert row.answered_at is not None
        assert 1.5 < (left - row.answered_at).total_seconds() < 2.4
    async with centre.house.appliance.database.reading() as tx:
        never = set((await tx.execute(select(DoNotCallRow.number))).scalars())
    assert number_of(OPTS_OUT) in never


async def test_an_agent_leaves_a_machine_to_the_message_and_goes_on(centre: Centre) -> None:
    """By the button of the desk, then by the key of the phone; nothing is asked, and there is no wrap-up."""
    appliance, pstn = centre.house.appliance, centre.pstn
    run = asyncio.create_task(centre.run("drops", DROPPED, DROPPED_BY_KEY))
    for number in (DROPPED, DROPPED_BY_KEY):
        await eventually(lambda number=number: any(behind(line.number) == number for line in pstn.lines.values()))
        line = next(line for line in pstn.lines.values() if behind(line.number) == number)
        await centre.floor.is_("oncall", "a1001")
        await eventually(lambda number=number: centre.works_on("drops", number))
        seat = Seat("a1001", "1001")
        if number == DROPPED:
            assert (await appliance.calls.control.own.view(seat)).message == "machine"
            await appliance.calls.control.in_call.leave_message(seat)
        else:
            await centre.phone.legs[-1].press("*5")
        await centre.phone.legs[-1].over(2)
        assert line.ended_at is None  # who was called is still there
        assert line.ear is not None
        assert line.ear.seconds_of(MESSAGE_HZ) == 0  # and speaks
    rows = await run
    for number, row in rows.items():
        assert (row.outcome, row.agent) == ("delivered", "a1001")
        line = next(line for line in pstn.lines.values() if behind(line.number) == number)
        assert line.ear is not None
        assert 1.4 <= line.ear.seconds_of(MESSAGE_HZ) <= 1.6
        assert line.ended_by == "caller"
    async with appliance.database.reading() as tx:
        works = await load_work_of(tx, [row.guid for row in rows.values()])
    assert [(work.disposition, work.chosen_by) for work in works] == [("voicemail", "agent")] * 2
    first, second = sorted(rows.values(), key=lambda row: row.begun_at)
    assert first.ended_at is not None
    await centre.floor.is_("ready", "a1001")
    assert second.begun_at < first.ended_at  # he had the next contact before the message was over


async def test_a_fax_is_known_by_its_tone_and_no_agent_stays_with_it(centre: Centre) -> None:
    looked_for = await centre.run("hears", FAX)
    assert (looked_for[FAX].outcome, looked_for[FAX].connected_at) == ("fax", None)
    rows = await centre.run("calls", FAX_LATER)
    assert rows[FAX_LATER].outcome == "fax"
    assert rows[FAX_LATER].talk_s < 2
    await centre.floor.is_("ready", "a1001")


async def test_keys_in_a_menu_of_an_agentless_dialer(centre: Centre) -> None:
    rows = await centre.run("asks", IN_MENU, IN_SURVEY, SURVEYED, WANTS_AGENT)
    assert {number: (row.outcome, row.agent) for number, row in rows.items()} == {
        IN_MENU: ("opted_out", ""),
        IN_SURVEY: ("opted_out", ""),
        SURVEYED: ("delivered", ""),
        WANTS_AGENT: ("answered", "a1001"),
    }
    surveyed = await centre.story(rows[SURVEYED].guid)
    assert ("survey", "happy|1|4") in [(step.kind, step.detail) for step in surveyed.steps]
    async with centre.house.appliance.database.reading() as tx:
        never = set((await tx.execute(select(DoNotCallRow.number))).scalars())
        told = {behind(each.number): each.pressed for each in await load_attempts(tx, "asks", after=None, size=9)}
    assert {number_of(IN_MENU), number_of(IN_SURVEY)} <= never
    assert told[SURVEYED] == ("offer 2: survey:happy", "happy 1: 4")
    assert told[WANTS_AGENT] == ("offer 1: queue:asks",)


async def test_without_agents_a_message_is_told_to_whoever_answers(centre: Centre) -> None:
    rows = await centre.run("tells", HEARS, AT_ONCE, BUSY)
    assert {number: row.outcome for number, row in rows.items()} == {
        HEARS: "delivered",
        AT_ONCE: "short",
        BUSY: "busy",
    }


async def test_in_preview_the_agents_phone_is_first(centre: Centre) -> None:
    appliance = centre.house.appliance
    async with appliance.database.transaction() as tx:
        await add_contacts(tx, "shown", [SHOWN_FIRST, IS_BUSY])
        await set_state(tx, "shown", "running")
    for many in (1, 2):
        async with appliance.database.transaction() as tx:
            found = await offer(tx, "local", "a1001")
            assert found is not None
            attempt = await accept(tx, "local", "a1001", found.shown)
        await eventually(lambda: appliance.outbound.dialers.status("shown").is_running)
        await appliance.outbound.dialers.call_with_agent(attempt, "1001")
        if many == 1:
            await eventually(lambda: any(line.answered_at for line in centre.lines(SHOWN_FIRST)))
            await centre.floor.is_("oncall", "a1001")
            await centre.phone.legs[-1].press("*1")
        rows = await eventually(lambda many=many: centre.ended("shown", *(SHOWN_FIRST, IS_BUSY)[:many]), 20)
    talked, busy = rows[SHOWN_FIRST], rows[IS_BUSY]
    assert (talked.outcome, talked.agent, talked.kind) == ("answered", "a1001", "preview")
    assert 5 < talked.talk_s < 7
    assert talked.wait_s < 0.2  # who is called is never without the agent
    assert (busy.outcome, busy.tech_cause) == ("busy", "SIP 486 Busy Here")
    story = await centre.story(talked.guid)
    assert (story.interaction.agent, story.interaction.did) == ("a1001", number_of(SHOWN_FIRST))
    assert [step.kind for step in story.steps].count("recording") == 1, "who was called pressed the key too"


async def test_nobody_is_called_twice_at_once(centre: Centre) -> None:
    appliance, phone = centre.house.appliance, centre.phone
    run = asyncio.create_task(centre.run("tells", RINGS_FIRST))
    await eventually(lambda: centre.lines(RINGS_FIRST))
    by_hand = number_of(RINGS_FIRST).replace("+", "00")
    with pytest.raises(Refused, match="A dialer is calling"):
        await appliance.calls.control.dialling.dial(Seat("a1001", "1001"), Wish(by_hand, by="a1001"))
    refused = await phone.dial(by_hand)
    assert "486" in await refusal(refused)
    assert refused.ear.loud_s > 1
    assert (await run)[RINGS_FIRST].outcome == "busy"
    assert len(centre.lines(RINGS_FIRST)) == 1

    talking = await phone.dial(number_of(BY_HAND).replace("+", "00"))
    await talking.established()
    waiting = await centre.floor.call("5550100", number_of(WAITS)[1:])
    await eventually(lambda: any(call.where == "queue" for call in appliance.live.state.calls.values()))
    rows = await centre.run("tells", BY_HAND, WAITS, cancelled=True)
    assert [row.outcome for row in rows.values()] == ["cancelled"] * 2
    for number in (BY_HAND, WAITS):  # an order that was on its way when the call began
        dialled, at = number_of(number).replace("+", "00"), now()
        order = Dial(str(uuid.uuid4()), "tells", number_of(number), dialled, "", at, at + dt.timedelta(minutes=1))
        fields = originate_fields(centre.site.dialers["tells"], "tells", order, "main")
        await appliance.node.ami.action("Originate", **fields)
        story = await centre.story(order.guid)
        assert ("on_a_line", dialled) in [(step.kind, step.detail) for step in story.steps]
    assert (len(centre.lines(BY_HAND)), centre.lines(WAITS)) == (1, [])
    await waiting.hang_up()
    await talking.hang_up()


async def test_when_the_last_agent_leaves_nobody_is_called(centre: Centre) -> None:
    """In the middle of a list: the call goes on to its end, and is the last one until somebody comes back."""
    floor, appliance, lines = centre.floor, centre.house.appliance, len(centre.pstn.lines)
    async with appliance.database.transaction() as tx:
        await add_contacts(tx, "calls", LEFT)
        await set_state(tx, "calls", "running")
    await eventually(lambda: appliance.outbound.dialers.status("calls").talking)
    await floor.pause("a1001", "lunch")
    await eventually(lambda: nobody_is_there(appliance.outbound.dialers.status("calls")))
    await floor.is_("paused", "a1001")
    assert len(centre.pstn.lines) == lines + 1
    async with appliance.database.transaction() as tx:
        await unpause(tx, "a1001", OWN)
    appliance.agents.membership.poke()
    await eventually(lambda: appliance.outbound.dialers.status("calls").talking)
    await floor.log_out("a1001")
    await eventually(lambda: nobody_is_there(appliance.outbound.dialers.status("calls")))
    await eventually(lambda: both_are_over(centre))
    assert len(centre.pstn.lines) == lines + 2


def nobody_is_there(status: Status) -> bool:
    return status.agents == status.talking == 0 and status.why.startswith("No agent")


async def both_are_over(centre: Centre) -> bool:
    async with centre.house.appliance.database.reading() as tx:
        ours = AttemptRow.number.in_([number_of(each) for each in LEFT]), AttemptRow.ended_at.is_not(None)
        return (await tx.execute(select(func.count()).where(*ours))).scalar_one() == 2
