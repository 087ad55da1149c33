"""A house whose calls are steered from a page: its site, its phones, and what each of them hears at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baresip import Runtime

from appliance.core.site import Site
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.calls.call_control import CallControl
from appliance.services.calls.own_call import Seat
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.store.db import Database
from appliance.store.interactions import InteractionFilter, InteractionStory, list_interactions, load_interaction
from appliance.store.uploads import Upload, save_upload
from tests.house import House, a_house, furnish, house_settings
from tests.pbx.far_end import FarEnd
from tests.pbx.phones import Leg, Phone
from tests.pbx.tones import write_tone
from tests.waiting import eventually

CALLER, ANA, LUIS, SARA, MUSIC = 1000, 440, 550, 700, 1300  # the voices, and the music on hold
SEATS = {"ana": Seat("ana", "1001"), "luis": Seat("luis", "1002"), "sara": Seat("sara", "1003")}
VOICES = {"ana": ANA, "luis": LUIS, "sara": SARA}
MUSIC_UPLOAD = "1" * 64


def steered_site(end: FarEnd) -> Site:
    """Ana takes the calls of sales, Luis those of support; Sara supervises."""
    people = {"1001": "Ana", "1002": "Luis", "1003": "Sara"}
    quiet = {"announce_position": False, "wrapup_s": 0, "retry_s": 1, "music": "tone"}
    sections: dict[str, dict[str, dict[str, Any]]] = {
        "trunks": {
            "main": {"name": "Main", "match_header": "X-Trunk: main", "codecs": ["ulaw"]},
            "out": {"name": "Out", "host": end.host, "port": end.port, "codecs": ["ulaw"]},
        },
        "outbound_routes": {"world": {"name": "World", "patterns": [{"pattern": "00*"}], "trunks": [{"trunk": "out"}]}},
        "extensions": {key: {"name": name, "secret": f"secret-{key}", "ring_s": 8} for key, name in people.items()},
        "agents": {seat.agent: {"name": seat.agent.title(), "extension": seat.extension} for seat in SEATS.values()},
        "music": {"tone": {"name": "Tone", "tracks": [{"title": "Tone", "upload": MUSIC_UPLOAD}]}},
        "queues": {
            "sales": {"name": "Sales", "members": [{"agent": "ana"}], **quiet},
            "support": {"name": "Support", "members": [{"agent": "luis"}], "recording": False, **quiet},
        },
        "inbound_routes": {"5550100": {"name": "Sales", "destination": "queue:sales"}},
    }
    return Site.model_validate(
        {section: {key: {"key": key, **fields} for key, fields in found.items()} for section, found in sections.items()}
    )


@dataclass
class Floor:
    house: House
    runtime: Runtime
    phones: dict[str, Phone]
    far_end: FarEnd
    callers: int = 0

    async def put_down(self) -> None:
        """Every phone, until the live picture has seen it."""
        for phone in self.phones.values():
            await phone.put_down()
        await eventually(lambda: not self.house.appliance.live.state.calls)

    @property
    def calls(self) -> CallControl:
        return self.house.appliance.calls.control

    async def call(self, queue_agent: str = "ana") -> tuple[Leg, Leg, str]:
        """A customer talks to the agent: both ends, and the customer's number."""
        customer, number = await self.dials_in()
        agent = await self.phones[queue_agent].rings()
        await agent.answer()
        await both_hear((customer, VOICES[queue_agent]), (agent, CALLER))
        await self.knows(queue_agent, "talking")
        return customer, agent, number

    async def dials_in(self) -> tuple[Leg, str]:
        self.callers += 1
        number = f"70002{self.callers:02}"
        phone = await Phone.create(self.runtime, self.house.sip, number, frequency=CALLER)
        self.phones[number] = phone  # one that nobody holds hears of nothing any more
        return await phone.dial("5550100", X_Trunk="main"), number

    async def knows(self, agent: str, state: str) -> None:
        """Until the page would show this state of the agent's call."""

        async def shown() -> str:
            return (await self.calls.own.view(SEATS[agent])).state

        found = ""
        try:
            await eventually(lambda: _is(shown, state))
        except AssertionError:
            found = await shown()
        assert found in ("", state)

    async def story(self, number: str) -> InteractionStory:
        """Of this caller's call, once it is over and its recording settled."""

        async def told() -> InteractionStory | None:
            async with self.house.appliance.database.reading() as tx:
                calls = (await list_interactions(tx, InteractionFilter(caller=number))).interactions
                found = await load_interaction(tx, calls[0].guid) if calls else None
            return found if found and (not found.recording or found.recording.state == "complete") else None

        story: InteractionStory = await eventually(told)
        return story

    def recording(self, story: InteractionStory) -> Path:
        assert story.recording is not None
        return Path(self.house.appliance.node.facts.recordings, story.recording.path)


async def _is(ask: Any, wanted: str) -> bool:
    return bool(await ask() == wanted)


async def both_hear(*heard: tuple[Leg, int], seconds: float = 0.4) -> None:
    """Each of these legs hears this voice from now on for some time."""
    wanted = [(leg, voice, leg.ear.seconds_of(voice) + seconds) for leg, voice in heard]
    for leg, voice, until in wanted:
        await eventually(lambda leg=leg, voice=voice, until=until: leg.ear.seconds_of(voice) >= until)


async def only(*heard: tuple[Leg, int], deaf: tuple[tuple[Leg, int], ...], seconds: float = 0.6) -> None:
    """Those hear; meanwhile these do not hear those voices, but for what was on its way."""
    await both_hear(*heard, seconds=0.3)
    before = [leg.ear.seconds_of(voice) for leg, voice in deaf]
    await both_hear(*heard, seconds=seconds)
    after = [leg.ear.seconds_of(voice) for leg, voice in deaf]
    assert after == before, f"{deaf} heard {before} before and {after} after"


@asynccontextmanager
async def a_floor(folder: Path, runtime: Runtime) -> AsyncIterator[Floor]:
    end = FarEnd("127.0.1.9")
    await end.listen()
    settings = house_settings(folder)
    tone = folder / "tone.wav"
    write_tone(tone, MUSIC, 5.0)
    await furnish(settings, Site())
    database = Database(settings.database)
    async with database.transaction() as tx:
        await save_upload(tx, Upload(MUSIC_UPLOAD, tone.name, tone.read_bytes()), now())
        await replace_site(tx, steered_site(end), by="test", summary="test site")
        for agent in ("ana", "luis", "sara"):
            await log_in(tx, agent, Place("local"), Act("test"))
    await database.close()
    async with a_house(settings) as house:
        phones = {
            seat.agent: await Phone.create(
                runtime,
                house.sip,
                seat.extension,
                password=f"secret-{seat.extension}",
                frequency=VOICES[seat.agent],
            )
            for seat in SEATS.values()
        }
        floor = Floor(house, runtime, phones, end)
        await eventually(lambda: {"ana", "luis"} <= house.appliance.live.state.agents.keys())
        await eventually(lambda: all(_is_in(house, seat.extension) for seat in SEATS.values()))
        yield floor
        for phone in list(floor.phones.values()):
            await phone.put_down()
            await phone.unregister()
    end.close()


def _is_in(house: House, extension: str) -> bool:
    phones = house.appliance.live.state.phones
    return extension in phones and phones[extension].status == "registered"
