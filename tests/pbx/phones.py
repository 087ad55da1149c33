"""Real SIP phones in this process: they speak a tone, listen, press keys, answer."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress

from baresip import (
    Account,
    AudioNotActive,
    AudioRestarted,
    Call,
    CallFailed,
    CallState,
    Runtime,
    StaleHandleError,
    UserAgent,
)

from appliance.adapters.ami import Ami
from appliance.demo.phones import dial
from tests.pbx.tones import Ear, tone
from tests.waiting import BUSY, eventually

PUMP_S = 0.02
AHEAD_BYTES = 3200  # 200 ms of sound wait in the phone's buffer


class Leg:
    """One call of one phone, with its microphone and its ear."""

    def __init__(self, call: Call, voice: bytes) -> None:
        self.call = call
        self.ear = Ear()
        self.answered = False
        self._voice = voice
        self._spoken = 0
        self._loop = asyncio.get_running_loop()
        self._pump()

    @property
    def is_over(self) -> bool:
        return bool(self.call.state is CallState.CLOSED)

    async def answer(self) -> None:
        await self.call.answer()
        await self.established()

    async def established(self) -> None:
        await eventually(lambda: self.call.state is CallState.ESTABLISHED)

    async def hears(self, frequency: int, seconds: float = 0.2, timeout_s: float = 8) -> None:
        await eventually(lambda: self.ear.seconds_of(frequency) >= seconds, timeout_s)

    async def press(self, digits: str) -> None:
        await self.call.send_dtmf(digits, interdigit_ms=80)

    async def hang_up(self) -> None:
        if not self.is_over:
            with suppress(StaleHandleError):  # the other side was faster
                await self.call.hangup()
        await self.over()

    async def over(self, timeout_s: float = 8) -> None:
        await eventually(lambda: self.is_over, timeout_s)

    def _pump(self) -> None:
        """Sound in both directions, every 20 ms until the call is over."""
        if self.is_over:
            return
        try:
            self.ear.hear(self.call.audio.read(65536))
            room = AHEAD_BYTES - self.call.audio.info().tx_buffered
            if room > 0:
                looped = self._voice * 2
                self._spoken += self.call.audio.write(looped[self._spoken : self._spoken + room])
                self._spoken %= len(self._voice)
        except (AudioNotActive, AudioRestarted):
            pass
        self._loop.call_later(PUMP_S, self._pump)


class Phone:
    """A SIP account. Its voice is a tone; who calls it waits in `ringing` until the test answers."""

    def __init__(self, runtime: Runtime, agent: UserAgent, server: str, frequency: int) -> None:
        self._runtime = runtime
        self.ringing: asyncio.Queue[Leg] = asyncio.Queue()
        self.legs: list[Leg] = []
        self._agent = agent
        self._server = server
        self._voice = tone(frequency)
        self._registered = False
        agent.on_incoming(self._on_incoming)

    @classmethod
    async def create(cls, runtime: Runtime, server: str, user: str, *, password: str = "", frequency: int) -> "Phone":
        """With a password it signs in at the server; without one it is someone out there, calling through a trunk."""
        extra = {} if password else {"reg_interval": 0}
        agent = await UserAgent.create(runtime, Account(user=user, domain=server, password=password, **extra))
        phone = cls(runtime, agent, server, frequency)
        if password:
            await phone.register()
        return phone

    async def register(self) -> None:
        """Anew: baresip leaves and comes in the same moment, and a server may take these two in any order."""
        await self.unregister()
        await self._agent.register()
        self._registered = True

    async def unregister(self) -> None:
        if self._registered:
            self._registered = False
            await self._agent.unregister()

    async def dial(self, number: str, **headers: str) -> Leg:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        leg = Leg(await dial(self._runtime, self._agent, f"sip:{number}@{self._server}", named or None), self._voice)
        self.legs.append(leg)
        return leg

    async def rings(self, timeout_s: float = 8) -> Leg:
        async with asyncio.timeout(timeout_s * BUSY):
            return await self.ringing.get()

    async def put_down(self) -> None:
        """End everything, so that the next test finds the phone as new."""
        for leg in self.legs:
            await leg.hang_up()
        self.legs.clear()
        while not self.ringing.empty():
            self.ringing.get_nowait()

    def _on_incoming(self, call: Call) -> None:
        leg = Leg(call, self._voice)
        self.legs.append(leg)
        self.ringing.put_nowait(leg)


async def signed_in(ami: Ami, runtime: Runtime, server: str, voices: Mapping[str, int]) -> dict[str, Phone]:
    """Phones of this house, by user. Asterisk reaches them: it asks each one first whether it is there."""
    phones = {
        user: await Phone.create(runtime, server, user, password=f"secret-{user}", frequency=voice)
        for user, voice in voices.items()
    }
    await eventually(lambda: are_reached(ami, phones))
    return phones


async def are_reached(ami: Ami, users: Iterable[str]) -> bool:
    """Each answers, and whoever asks for its state hears so, which is told a moment later."""
    contacts, endpoints = await ami.command("pjsip show contacts"), await ami.command("pjsip show endpoints")
    return all(
        re.search(rf" {user}/.* Avail ", contacts) and not re.search(rf" {user}(/\S+)? +(Unavail|Invalid)", endpoints)
        for user in users
    )


async def refusal(leg: Leg) -> str:
    """Why a call was not put through, such as `404 Not Found`."""
    try:
        await leg.call.wait_established()
    except CallFailed as error:
        return str(error)
    raise AssertionError("the call was put through")
