"""panoramisk's side of the door to Asterisk: its wire protocol, and its messages as plain dicts."""

import asyncio
import codecs
import logging
from typing import Any

import structlog
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

log = structlog.get_logger(__name__)

Event = dict[str, str]

GATHER_S = 0.02  # Asterisk sends each event by itself; what comes within is read at once

_END = "\r\n\r\n"
_ODD = ("\r\nActionID: ", "\r\nEvent: ", "Event: Shutdown")

_silent = logging.getLogger("appliance.panoramisk")  # panoramisk logs whole actions, the secret among them
_silent.disabled = True


class Wire(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """panoramisk's protocol, for characters that arrive in two pieces and for messages it cannot digest."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.closed, self.factory, self.responses = True, session, dict[str, Any]()
        self._begun = ""  # a message of which the end has not come yet
        self._resting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.factory, self.encoding, self.log = self._session, "utf-8", _silent

    def data_received(self, data: bytes) -> None:
        *blocks, self._begun = (self._begun + self._decoder.decode(data)).split(_END)
        for block in blocks:
            self._take(block.strip())
        if not self.responses and not self.transport.is_closing():
            self.transport.pause_reading()
            self._resting = asyncio.get_running_loop().call_later(GATHER_S, self._read_on)

    def _take(self, block: str) -> None:
        """Nearly all are events that no action asked for: panoramisk would take four times as long for each."""
        is_plain = block.startswith("Event: ") and not any(each in block for each in _ODD)
        if is_plain:
            self._session.hear(_fields(block))
        elif (message := Message.from_line(block)) is not None:
            self.handle_message(message)

    def send(self, action: Any, as_list: Any = None) -> Any:
        self._read_on()  # somebody waits for the answer
        return super().send(action, as_list=as_list)

    def _read_on(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
            self.transport.resume_reading()

    def handle_message(self, message: Any) -> None:
        try:
            super().handle_message(message)
        except Exception:  # one odd message must not end the connection
            log.exception("ami.unreadable_message")


def _fields(block: str) -> Event:
    event: Event = {}
    for line in block.split("\r\n"):
        name, colon, value = line.partition(": ")
        if colon:
            event[name] = f"{event[name]}\n{value}" if name in event else value
    return event


def plain(message: Any) -> Event:
    """A plain dict; lines of one name become one text. The mapping's own methods cost ten times what `_store` does."""
    pairs: dict[str, Any] = dict(message._store.values())
    del pairs["content"]  # panoramisk's own
    return {name: value if isinstance(value, str) else "\n".join(value) for name, value in pairs.items()}
