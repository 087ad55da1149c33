"""The door to Asterisk's manager interface: sends actions, collects events, never asks what they mean.

With ami_wire it is the only importer of panoramisk, and uses its wire protocol without its Manager, which would send
unanswered actions again after a reconnect and run callbacks out of order.
"""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from panoramisk.actions import Action

from appliance.adapters.ami_wire import Event, Wire, plain

log = structlog.get_logger(__name__)

Field = str | int | Sequence[str]
Replies = list[Event]

LOST: Event = {"Event": "AmiLost"}  # our own mark in the stream: events after it belong to another connection

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_BREAKS = re.compile(r"[\r\n\0]")
_LINE_BYTES = 1000  # Asterisk refuses a line of 1,024 and forgets which action it belonged to


class AmiError(Exception):
    """Asterisk refused, or the action could not be sent; the message is Asterisk's own where there is one."""


class AmiTimeout(AmiError):
    """No answer in time; whether Asterisk acted is unknown."""


class AmiLost(AmiError):
    """There is no connection, or it ended before the answer; whether Asterisk acted is unknown."""


@dataclass(frozen=True)
class Timing:
    answer_s: float = 10  # one answer or a whole list
    connect_s: float = 5
    boot_s: float = 60  # from log-in to FullyBooted
    ping_s: float = 10
    retry_first_s: float = 0.2
    retry_most_s: float = 5


class Ami:
    """`run()` keeps the connection; the rest may be called at any time and fails at once while there is none.

    `events` has one reader, in order. When `connections` or `dropped` changes, that reader has missed something
    and must read the lists again.
    """

    def __init__(self, host: str, port: int, username: str, secret: str, *, queue_size: int = 20_000) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue(queue_size)
        self.dropped = 0
        self.connections = 0
        self.timing = Timing()
        self._address = (host, port)
        self._login: dict[str, Field] = {"Username": username, "Secret": secret, "Events": "on"}
        self._session: _Session | None = None
        self._connected = asyncio.Event()
        self._closing = asyncio.Event()
        self._retry_s = 0.0

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    async def wait_connected(self) -> None:
        await self._connected.wait()

    async def run(self) -> None:
        """Stay connected until close(), with growing pauses between attempts."""
        self._retry_s = self.timing.retry_first_s
        while not self._closing.is_set():
            try:
                await self._connection()
            except (AmiError, OSError, TimeoutError) as error:
                if not self._closing.is_set():
                    log.warning("ami.no_connection", reason=str(error) or type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._retry_s):
                    await self._closing.wait()
            self._retry_s = min(self._retry_s * 2, self.timing.retry_most_s)

    async def close(self) -> None:
        """End run() and fail whatever waits for an answer."""
        self._closing.set()
        if self._session:
            self._session.close()

    async def action(self, name: str, *, timeout_s: float | None = None, **fields: Field) -> Event:
        """Send one action and return its answer. An ActionID among the fields is kept: later events carry it."""
        return (await self._ask(_make_action(name, fields), timeout_s, as_list=False))[0]

    async def list(self, name: str, *, timeout_s: float | None = None, **fields: Field) -> Replies:
        """Send one action that answers with a list, and return the items without its start and end."""
        return (await self._ask(_make_action(name, fields), timeout_s, as_list=None))[1:-1]

    async def command(self, cli: str, *, timeout_s: float | None = None) -> str:
        """Run one command of Asterisk's console and return what it prints."""
        return (await self.action("Command", Command=cli, timeout_s=timeout_s)).get("Output", "")

    async def _ask(self, action: Any, timeout_s: float | None, *, as_list: bool | None) -> Replies:
        if self._session is None or not self.is_connected:
            raise AmiLost("Asterisk is not connected.")
        return await self._session.ask(action, timeout_s or self.timing.answer_s, as_list=as_list)

    async def _connection(self) -> None:
        """Connect, log in, wait for Asterisk to be ready, and hold on until the end; always ends with an exception."""
        session = self._session = _Session(self._on_event)
        try:
            async with asyncio.timeout(self.timing.connect_s):
                await asyncio.get_running_loop().create_connection(lambda: session.wire, *self._address)
            await session.ask(_make_action("Login", self._login), self.timing.answer_s, as_list=False)
            await session.await_first(session.booted, self.timing.boot_s)
            self.connections += 1
            self._retry_s = self.timing.retry_first_s
            self._connected.set()
            log.info("ami.connected", port=self._address[1])
            await session.stay(self.timing.ping_s, self.timing.answer_s)
        finally:
            self._session = None
            session.close()
            if self.is_connected:
                self._connected.clear()
                self._on_event(LOST)

    def _on_event(self, event: Event) -> None:
        # Sync and unable to raise: an exception here would close the connection. Asterisk drops a client that
        # reads slowly, so the stream is always read and an event without room is counted instead.
        try:
            self.events.put_nowait(event)
        except asyncio.QueueFull:
            self.dropped += 1


class _Session:
    """One connection from its start to its loss, never used again. Stands where panoramisk expects its Manager."""

    forgetable_actions = ()

    def __init__(self, on_event: Callable[[Event], None]) -> None:
        loop = asyncio.get_running_loop()
        self.booted: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()
        self.awaiting_actions: deque[object] = deque(maxlen=0)  # what panoramisk would send again goes nowhere
        self._on_event = on_event
        self.wire = Wire(self)

    async def ask(self, action: Any, timeout_s: float, *, as_list: bool | None) -> Replies:
        """Send, and return all messages of the answer."""
        try:
            answer = await self.await_first(self.wire.send(action, as_list=as_list), timeout_s, action["Action"])
        finally:
            self.wire.responses.pop(action.id, None)  # an answer that comes too late finds nobody
        replies = [plain(message) for message in (answer if isinstance(answer, list) else [answer])]
        if replies[0].get("Response") not in ("Success", "Goodbye"):
            reason = replies[0].get("Output") or replies[0].get("Message")  # a console command has both
            raise AmiError((reason or "Asterisk refused without a reason.").strip())
        return replies

    async def await_first(self, future: Awaitable[Any], timeout_s: float, name: str = "FullyBooted") -> Any:
        """The future's result, or an error as soon as the connection is lost or the time is over."""
        awaited = asyncio.ensure_future(future)
        await asyncio.wait({awaited, self.lost}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if awaited.done():
            return awaited.result()
        if self.lost.done():
            raise AmiLost(f"The connection to Asterisk was lost before the answer to {name}.")
        raise AmiTimeout(f"Asterisk did not answer {name} within {timeout_s:g} s.")

    async def stay(self, ping_s: float, answer_s: float) -> None:
        """Return only by AmiLost or AmiTimeout."""
        while True:
            if (await asyncio.wait({self.lost}, timeout=ping_s))[0]:
                raise AmiLost("The connection to Asterisk was lost.")
            if not self.wire.responses:  # a long action holds up the ping behind it, and has its own time limit
                await self.ask(_make_action("Ping", {}), answer_s, as_list=False)

    def dispatch(self, message: Any) -> None:
        """Called by panoramisk for each event that it has read."""
        self.hear(plain(message))

    def hear(self, event: Event) -> None:
        if event["Event"] == "FullyBooted" and not self.booted.done():
            self.booted.set_result(None)
        self._on_event(event)

    def connection_lost(self, _exc: object) -> None:
        """Called by panoramisk."""
        if not self.lost.done():
            self.lost.set_result(None)

    def close(self) -> None:
        self.wire.close()
        self.connection_lost(None)


def _make_action(name: str, fields: Mapping[str, Field]) -> Any:
    """Refuse what could become a second header or action; never tell the value, it may be secret."""
    lines: dict[str, str | list[str]] = {}
    for field, value in {"Action": name, **fields}.items():
        values = [str(value)] if isinstance(value, str | int) else [str(each) for each in value]
        if not _NAME.fullmatch(field) or any(map(_BREAKS.search, values)):
            raise AmiError(f"The field {field!r} of {name!r} has a character that cannot be sent to Asterisk.")
        if any(len(f"{field}: {each}".encode(errors="replace")) > _LINE_BYTES for each in values):
            raise AmiError(f"The field {field!r} of {name!r} is longer than Asterisk takes.")
        lines[field] = values[0] if isinstance(value, str | int) else values
    return Action(lines)
