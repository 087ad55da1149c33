"""A centre on a busy day, for pictures and journeys: its site, its interactions, its live state."""

import datetime as dt
import math
import random
import struct
import wave
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.callers import BlockedNumber
from appliance.core.entities.inbound import Campaign, InboundRoute
from appliance.core.entities.menus import Menu, MenuOption
from appliance.core.entities.people import Agent, Extension
from appliance.core.entities.prompts import Audio, Prompt
from appliance.core.entities.queues import Queue
from appliance.core.entities.schedules import Holiday, Hours, Schedule
from appliance.core.entities.trunks import Trunk
from appliance.core.entities.waiting import Member
from appliance.core.journal.cel import CelReading
from appliance.core.journal.facts import CallFacts, Interaction, Recording, Segment, Step
from appliance.core.live import State
from appliance.core.live.state import Agent as LiveAgent
from appliance.core.live.state import Call, Phone
from appliance.core.live.state import Queue as LiveQueue
from appliance.core.site import Site
from appliance.services.entities import replace_site
from appliance.store.calls import save_calls
from appliance.store.recordings import save_recordings
from tests.demo_dialing import DIALERS, FILTERS, LISTS, add_calling_out

PEOPLE = {
    "ana-lopez": "Ana López",
    "luis-perez": "Luis Pérez",
    "marta-diaz": "Marta Díaz",
    "john-smith": "John Smith",
    "rosa-quispe": "Rosa Quispe",
    "ivan-torres": "Iván Torres",
    "elena-ruiz": "Elena Ruiz",
    "pablo-vega": "Pablo Vega",
    "carmen-soto": "Carmen Soto",
}
CALLERS = [
    "+51987654321",
    "+34611222333",
    "+51912345678",
    "016124455",
    "+5491144556677",
    "+12025550143",
    "+51999888777",
]


def a_centre() -> Site:
    numbers = {key: str(1001 + index) for index, key in enumerate(PEOPLE)}
    names = list(PEOPLE)
    return Site(
        trunks={
            "main-line": Trunk(key="main-line", name="Main line", host="sip.example.net", username="51016124400"),
        },
        extensions={
            number: Extension(key=number, name=PEOPLE[key], secret=f"secret-{number}", voicemail=True)
            for key, number in numbers.items()
        },
        agents={key: Agent(key=key, name=name, extension=numbers[key]) for key, name in PEOPLE.items()},
        schedules={
            "office": Schedule(
                key="office",
                name="Office hours",
                time_zone="America/Lima",
                hours=[
                    Hours(days=["mon", "tue", "wed", "thu", "fri"], start="08:00", end="20:00"),
                    Hours(days=["sat"], start="09:00", end="13:00"),
                ],
                holidays=[Holiday(date=dt.date(2030, 7, 28), name="Independence Day")],
            ),
            "always": Schedule(
                key="always",
                name="Around the clock",
                hours=[Hours(days=["mon", "tue", "wed", "thu", "fri", "sat", "sun"], start="00:00", end="24:00")],
            ),
        },
        prompts={
            key: Prompt(key=key, name=name, audio={"en": Audio(text=f"{name}."), "es": Audio(text=f"{name}.")})
            for key, name in {
                "welcome": "Welcome",
                "closed": "We are closed",
                "main-menu": "Main menu",
                "support-menu": "Support menu",
                "internet-menu": "Internet at home",
                "speed-menu": "Slow or no connection",
            }.items()
        },
        menus=_menus(),
        queues={
            "sales": Queue(
                key="sales",
                name="Sales",
                members=[Member(agent=key) for key in names[:5]],
                max_wait_s=240,
                timeout_destination="voicemail:1001",
                empty_destination="prompt:closed",
            ),
            "support": Queue(
                key="support",
                name="Technical support",
                strategy="rrmemory",
                members=[Member(agent=key, penalty=index // 3) for index, key in enumerate(names[3:])],
                wrapup_s=30,
            ),
            "billing": Queue(
                key="billing",
                name="Billing",
                strategy="fewestcalls",
                members=[Member(agent="ana-lopez"), Member(agent="pablo-vega")],
            ),
            "retention": Queue(
                key="retention", name="Retention", strategy="ringall", members=[Member(agent="carmen-soto")]
            ),
        },
        campaigns={
            "fibre": Campaign(key="fibre", name="Fibre at home", queue="sales", schedule="office", recording="always"),
            "renewals": Campaign(key="renewals", name="Renewals", queue="retention"),
        },
        lists=LISTS,
        contact_filters=FILTERS,
        dialers=DIALERS,
        inbound_routes={
            "+5116124400": InboundRoute(
                key="+5116124400",
                name="Main number",
                language="es",
                open_prompt="welcome",
                destination="menu:main",
                schedule="office",
                closed_prompt="closed",
                closed_destination="voicemail:1001",
            ),
            "+5116124477": InboundRoute(
                key="+5116124477", name="Fibre campaign", destination="campaign:fibre", schedule="always"
            ),
            "+5116124499": InboundRoute(key="+5116124499", name="Technicians", destination="queue:support"),
        },
        blacklist={"+51900000001": BlockedNumber(key="+51900000001", reason="Threats")},
    )


def _menus() -> dict[str, Menu]:
    def menu(key: str, name: str, prompt: str, *options: tuple[str, str, str]) -> Menu:
        keys = [MenuOption(digit=digit, label=label, destination=to) for digit, label, to in options]
        return Menu.model_validate(
            {"key": key, "name": name, "prompt": prompt, "options": keys, "operator": "queue:sales"}
            | {"timeout_destination": "queue:sales"}
        )

    return {
        "internet": menu(
            "internet",
            "Internet at home",
            "internet-menu",
            ("1", "Slow or no connection", "menu:speed"),
            ("2", "Moving house", "queue:support"),
            ("*", "Back", "back"),
        ),
        "main": menu(
            "main",
            "Main menu",
            "main-menu",
            ("1", "Sales", "queue:sales"),
            ("2", "Support", "menu:support"),
            ("3", "Bills", "queue:billing"),
            ("0", "A person", "operator"),
        ),
        "speed": menu(
            "speed",
            "Slow or no connection",
            "speed-menu",
            ("1", "The light is red", "queue:support"),
            ("2", "The light is green", "extension:1004"),
            ("9", "Hear this again", "repeat"),
        ),
        "support": menu(
            "support",
            "Support",
            "support-menu",
            ("1", "Internet", "menu:internet"),
            ("2", "Telephone", "queue:support"),
            ("*", "Back", "back"),
        ),
    }


def a_call(number: int, at: dt.datetime, chance: random.Random, *, path: str = "") -> CallFacts:
    """An inbound call through the main menu, answered or abandoned."""
    guid = f"{number:08x}-0000-4000-8000-{number:012x}"
    queue = chance.choice(["sales", "sales", "support", "billing"])
    agent = chance.choice(list(PEOPLE))
    wait_s, talk_s = chance.uniform(4, 70), chance.uniform(40, 420)
    answered = bool(path) or chance.random() > 0.2
    marks = [at, at + dt.timedelta(seconds=12)]
    marks.append(marks[1] + dt.timedelta(seconds=wait_s))
    end = marks[2] + dt.timedelta(seconds=talk_s if answered else 0)
    caller = chance.choice(CALLERS)
    interaction = Interaction(
        guid=guid,
        node="local",
        linked_id=f"linked-{number}",
        direction="inbound",
        caller=caller,
        caller_name="",
        did="+5116124400",
        language="es",
        queue=queue,
        campaign="",
        agent=agent if answered else "",
        outcome="answered" if answered else chance.choice(["abandoned", "abandoned", "timeout", "voicemail"]),
        detail="",
        entered_at=at,
        answered_at=marks[2] if answered else None,
        ended_at=end,
        wait_s=wait_s,
        talk_s=talk_s if answered else 0.0,
        hangup_cause=16,
        hangup_by="caller",
        recording=path,
    )
    ring = marks[2] - dt.timedelta(seconds=min(3.5, wait_s / 2))
    segments = [
        Segment(guid, 0, "ivr", "", "", "main", marks[0], marks[1], "answered"),
        Segment(guid, 1, "waiting", queue, "", "", marks[1], marks[2], "answered" if answered else "abandoned"),
    ]
    steps = [
        ("interaction", marks[0], f"{guid}|inbound|+5116124400|es"),
        ("schedule", marks[0], "office|open"),
        ("prompt", marks[0], "welcome"),
        ("menu", marks[0] + dt.timedelta(seconds=4), "main|1"),
        ("key", marks[1], f"main|1|queue:{queue}"),
        ("queue_join", marks[1], queue),
    ]
    if answered:
        segments += [
            Segment(guid, 2, "ringing", queue, agent, "", ring, marks[2], "answered"),
            Segment(guid, 3, "talking", queue, agent, "", marks[2], end, "answered"),
        ]
        steps += [("agent_ring", ring, f"{agent}|{queue}"), ("answer", marks[2], f"{agent}|1001")]
    steps.append(("hangup", end, "caller"))
    return CallFacts(
        interaction, segments, [Step(guid, index, when, kind, text) for index, (kind, when, text) in enumerate(steps)]
    )


def write_tone(path: Path, seconds: float) -> int:
    """A WAV file of a soft tone; returns its size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        samples = (int(6000 * math.sin(2 * math.pi * 440 * n / 8000)) for n in range(int(8000 * seconds)))
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return path.stat().st_size


async def fill(tx: AsyncSession, recordings: Path, *, until: dt.datetime, calls: int = 120) -> str:
    """The site and a day of calls; returns the GUID of the one with a recording."""
    await replace_site(tx, a_centre(), by="admin", summary="demo")
    chance = random.Random(7)
    recorded = a_call(1, until - dt.timedelta(minutes=9), chance, path="2030/01/02/demo.wav")
    facts = [recorded]
    facts += [a_call(n, until - dt.timedelta(minutes=10 + 5 * n), chance) for n in range(2, calls + 1)]
    await save_calls(tx, "local", CelReading(finished=facts))
    size = write_tone(recordings / recorded.interaction.recording, 6)
    guid = recorded.interaction.guid
    done = Recording(guid, "local", recorded.interaction.recording, "complete", size, 6.0, "0" * 64, until)
    await save_recordings(tx, [done])
    await add_calling_out(tx, until)
    return guid


def a_live_state(at: dt.datetime) -> State:
    def ago(seconds: float) -> dt.datetime:
        return at - dt.timedelta(seconds=seconds)

    states = [
        ("oncall", 143, "sales"),
        ("ready", 37, ""),
        ("oncall", 412, "sales"),
        ("ringing", 4, "support"),
        ("wrapup", 12, "support"),
        ("paused", 640, ""),
        ("ready", 95, ""),
        ("oncall", 61, "billing"),
    ]
    agents = {
        key: LiveAgent(
            device=f"PJSIP/{1001 + index}",
            since=ago(seconds),
            state=state,
            reason="lunch" if state == "paused" else "",
            queue=queue,
        )
        for index, (key, (state, seconds, queue)) in enumerate(zip(PEOPLE, states, strict=False))
    }
    calls = {
        f"call-{index}": Call(
            started_at=ago(seconds + 20),
            since=ago(seconds),
            where=where,
            caller=CALLERS[index % len(CALLERS)],
            did="+5116124400",
            queue=queue,
            agent=agent,
        )
        for index, (where, seconds, queue, agent) in enumerate(
            [
                ("talking", 143, "sales", "ana-lopez"),
                ("talking", 412, "sales", "marta-diaz"),
                ("talking", 61, "billing", "pablo-vega"),
                ("queue", 48, "support", ""),
                ("queue", 9, "support", ""),
                ("ivr", 6, "", ""),
            ]
        )
    }
    return State(
        queues={
            "sales": LiveQueue(tally={"ready": 1, "oncall": 2}),
            "support": LiveQueue(
                waiting={"c1": ago(48), "c2": ago(9)}, tally={"ringing": 1, "wrapup": 1, "paused": 1, "ready": 1}
            ),
            "billing": LiveQueue(tally={"oncall": 1}),
            "retention": LiveQueue(),
        },
        agents=agents,
        calls=calls,
        phones={str(1001 + index): Phone(contacts={f"sip:{index}": index != 5}) for index in range(8)},
    )


def a_large_centre() -> Site:
    """As large as the figures ask for: 1,000 agents, 100 queues, 200 menus, 100 schedules."""
    agents = {
        f"agent-{n}": Agent(key=f"agent-{n}", name=f"Agent number {n}", extension=str(2000 + n)) for n in range(1000)
    }
    keys = list(agents)
    options = [
        MenuOption(digit=digit, label=f"Key {digit}", destination=f"queue:queue-{number}")
        for number, digit in enumerate("12345678")
    ]
    menus = {}
    for n in range(200):
        down = [MenuOption(digit="9", label="More", destination=f"menu:menu-{n + 1}")] if n % 4 < 3 else []
        menus[f"menu-{n}"] = Menu(key=f"menu-{n}", name=f"Menu {n}", prompt="menu", options=[*options, *down])
    hours = [Hours(days=["mon", "tue", "wed", "thu", "fri"], start="08:00", end="20:00")]
    return Site(
        extensions={str(2000 + n): Extension(key=str(2000 + n), name=f"Agent number {n}") for n in range(1000)},
        agents=agents,
        schedules={f"hours-{n}": Schedule(key=f"hours-{n}", name=f"Hours {n}", hours=hours) for n in range(100)},
        prompts={"menu": Prompt(key="menu", name="Menu", audio={"en": Audio(text="Press a key.")})},
        menus=menus,
        queues={
            f"queue-{n}": Queue(
                key=f"queue-{n}",
                name=f"Queue {n}",
                members=[Member(agent=keys[(30 * n + m) % 1000]) for m in range(30)],
            )
            for n in range(100)
        },
        campaigns={
            f"business-{n}": Campaign(key=f"business-{n}", name=f"Business {n}", queue=f"queue-{n}") for n in range(50)
        },
        inbound_routes={
            str(5550000 + n): InboundRoute(key=str(5550000 + n), name=f"Number {n}", destination=f"menu:menu-{n}")
            for n in range(200)
        },
        blacklist={str(7770000 + n): BlockedNumber(key=str(7770000 + n), reason="nuisance") for n in range(300)},
    )
