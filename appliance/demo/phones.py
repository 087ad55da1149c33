"""Real SIP phones in memory: they register, call, press keys, speak and hear. One runtime for each process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from baresip import (
    Account,
    AudioNotActive,
    AudioRestarted,
    Call,
    CallState,
    Config,
    Runtime,
    StackEvent,
    UserAgent,
)

SAMPLE_RATE = 8000
TICK_S = 0.02
QUEUED_BYTES = 3200  # 200 ms of sound ahead of the line


async def dial(runtime: Runtime, agent: UserAgent, uri: str, headers: dict[str, str] | None = None) -> Call:
    """Call `uri`. The library tells a new call nothing of what happened before dial() returned: tell it here."""
    missed: list[StackEvent] = []
    runtime.subscribe(missed.append)
    try:
        call = await agent.dial(uri, headers=headers)
    finally:
        runtime.unsubscribe(missed.append)
    for event in missed:
        call._on_stack_event(event)  # takes its own and leaves the rest
    return call


class Leg:
    """One call of a phone: speaks `voice` over and over and keeps what it hears (16 bit, 8 kHz, mono)."""

    def __init__(self, call: Call, voice: bytes) -> None:
        self.call = call
        self.heard = bytearray()
        self._voice = voice
        self._position = 0
        self._pump = asyncio.create_task(self._run())

    @property
    def is_over(self) -> bool:
        return bool(self.call.state is CallState.CLOSED)

    async def answer(self) -> None:
        await self.call.answer()

    async def hang_up(self) -> None:
        if not self.is_over:
            await self.call.hangup()

    async def press(self, keys: str) -> None:
        await self.call.send_dtmf(keys, interdigit_ms=80)

    def heard_s(self) -> float:
        return len(self.heard) / 2 / SAMPLE_RATE

    async def _run(self) -> None:
        while not self.is_over:
            with suppress(AudioNotActive, AudioRestarted):
                self.heard += self.call.audio.read(65536)
                self._speak(QUEUED_BYTES - self.call.audio.info().tx_buffered)
            await asyncio.sleep(TICK_S)

    def _speak(self, wanted: int) -> None:
        if wanted <= 0 or not self._voice:
            return
        piece = (self._voice[self._position :] + self._voice)[:wanted]
        written = self.call.audio.write(piece)
        self._position = (self._position + written) % len(self._voice)


class Phone:
    """A SIP account. Calls that come in wait in `incoming`, or are answered at once."""

    def __init__(self, runtime: Runtime, agent: UserAgent, server: str, voice: bytes) -> None:
        self._runtime = runtime
        self.incoming: asyncio.Queue[Leg] = asyncio.Queue()
        self.legs: list[Leg] = []
        self._agent = agent
        self._server = server
        self._voice = voice
        agent.on_incoming(self._on_incoming)

    async def register(self) -> None:
        await self._agent.register()

    async def dial(self, number: str, headers: dict[str, str] | None = None) -> Leg:
        return self._keep(await dial(self._runtime, self._agent, f"sip:{number}@{self._server}", headers))

    async def close(self) -> None:
        for leg in self.legs:
            await leg.hang_up()

    def _on_incoming(self, call: Call) -> None:
        self.incoming.put_nowait(self._keep(call))

    def _keep(self, call: Call) -> Leg:
        leg = Leg(call, self._voice)
        self.legs.append(leg)
        return leg


class PhoneShop:
    """Makes phones for one SIP server, given as host:port."""

    def __init__(self, runtime: Runtime, server: str) -> None:
        self._runtime = runtime
        self._server = server

    async def phone(self, user: str, password: str = "", *, voice: bytes = b"") -> Phone:
        """Without a password it is a line of the outside world and does not register."""
        more: dict[str, Any] = {} if password else {"reg_interval": 0}
        account = Account(user=user, domain=self._server, password=password or "none", **more)
        agent = await UserAgent.create(self._runtime, account)
        return Phone(self._runtime, agent, self._server, voice)


@asynccontextmanager
async def phone_shop(server: str, *, rtp_ports: str = "32000-32400") -> AsyncIterator[PhoneShop]:
    runtime = Runtime()
    more = f"rtp_ports {rtp_ports}\n"
    await runtime.start(Config(net_interface="127.0.0.1", max_concurrent_calls=None, extra_config_text=more))
    try:
        yield PhoneShop(runtime, server)
    finally:
        await runtime.close()
