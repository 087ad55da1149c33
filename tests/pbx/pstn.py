"""A telephone network at the wire: each number has a behaviour of its own, and every call that came is counted."""

import asyncio
import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat

import numpy as np

from tests.pbx.tones import Ear, tone

_SOUND = (
    "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)
_WORDS = {100: "Trying", 180: "Ringing", 200: "OK", 486: "Busy Here", 487: "Request Terminated"}
_COPIED = ("via", "from", "to", "call-id", "cseq")
_SO_TIMESTAMPNS = 35  # of Linux; Python has no name for it
_PACKET_S, _PACKET_BYTES = 0.02, 160
_SILENCE = b"\xff" * _PACKET_BYTES
RINGS = 0  # as an answer: nobody picks up


@dataclass(frozen=True)
class Behaviour:
    """What a number does. `talk_s` None: it never hangs up by itself. `voice` is mu-law, `keys` come after it, a space
    among them is half a second. `listens`: what is said to it is kept.
    """

    answer: int = 200
    ring_s: float = 0.1
    talk_s: float | None = None
    voice: bytes = b""
    keys: str = ""
    listens: bool = False


@dataclass
class Line:
    """A call as the network has seen it."""

    number: str
    shown: str
    began_at: float
    how: Behaviour
    answer: int = 0
    answered_at: float | None = None
    heard_at: float | None = None  # the first sound from the other end
    ended_at: float | None = None
    ended_by: str = ""  # caller or called
    invite: str = field(default="", repr=False)
    last_reply: str = field(default="", repr=False)
    jobs: list[asyncio.Task[None]] = field(default_factory=list, repr=False)
    media: tuple[str, int] = ("", 0)
    ear: Ear | None = field(default=None, repr=False)


class Pstn:
    """`behaviour` says what each number does; `lines` has all calls, `peak` how many there were at once."""

    def __init__(self, host: str, behaviour: Callable[[str], Behaviour]) -> None:
        self.host, self.port = host, 0
        self.behaviour = behaviour
        self.lines: dict[str, Line] = {}
        self.peak = 0
        self.is_deaf = False  # as if the cable were pulled
        self._live: set[str] = set()
        self._listeners: dict[tuple[str, int], Ear] = {}
        self._deaf: dict[tuple[str, int], Line] = {}  # by where they are heard: who has heard nothing yet
        self._address: tuple[str, int] = ("", 0)
        self._sip: socket.socket | None = None
        self._sound: asyncio.DatagramTransport | None = None

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.setblocking(False)
        self._sip.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._sip.bind((self.host, self.port))
        loop.add_reader(self._sip, self._read_sip)
        self._sound, _ = await loop.create_datagram_endpoint(lambda: _Sound(self._hear), (self.host, 0))
        self.port = self._sip.getsockname()[1]

    def close(self) -> None:
        for line in self.lines.values():
            for job in line.jobs:
                job.cancel()
        if self._sound:
            self._sound.close()
        if self._sip:
            asyncio.get_running_loop().remove_reader(self._sip)
            self._sip.close()
            self._sip = None

    def of(self, number: str) -> list[Line]:
        return [line for line in self.lines.values() if line.number == number]

    @property
    def up(self) -> int:
        return len(self._live)

    def take(self, text: str, address: tuple[str, int], at_s: float) -> None:
        if self.is_deaf:
            return
        self._address = address
        method, call = text.partition(" ")[0], _header(text, "Call-ID")
        line = self.lines.get(call)
        if method == "INVITE":
            self._invited(text, call, line, at_s=at_s)
        elif method == "CANCEL":
            self._send(_reply(self, text, 200))
            if line and line.ended_at is None and line.answered_at is None:
                self._reply(line, 487)
                self._end(call, line, "caller", at_s=at_s)
        elif method == "BYE":
            self._send(_reply(self, text, 200))
            if line and line.ended_at is None:
                self._end(call, line, "caller", at_s=at_s)
        elif method not in ("ACK", "SIP/2.0"):
            self._send(_reply(self, text, 200))

    def _read_sip(self) -> None:
        """With the kernel's own time of each message: this process may have been busy when it came."""
        while self._sip:
            try:
                data, more, _, address = self._sip.recvmsg(65536, 64)
            except BlockingIOError:
                return
            seconds, nanoseconds = struct.unpack("qq", more[0][2])
            age_s = time.time() - seconds - nanoseconds / 1e9
            self.take(data.decode(errors="replace"), address, asyncio.get_running_loop().time() - age_s)

    def _hear(self, packet: bytes, address: tuple[str, int]) -> None:
        """Nothing is said to who waits: the first sound is that of an agent, or of a message."""
        deaf = self._deaf.pop(address, None)
        if deaf is not None:
            deaf.heard_at = asyncio.get_running_loop().time()
        ear = self._listeners.get(address)
        if ear is not None and packet[1] & 0x7F == 0:
            ear.hear(_LINEAR[np.frombuffer(packet[12:], dtype=np.uint8)].tobytes())

    def _invited(self, text: str, call: str, line: Line | None, *, at_s: float) -> None:
        if line is not None:  # sent again
            self._send(line.last_reply)
            return
        number = re.match(r"INVITE sips?:([^@]*)@", text)[1]  # type: ignore[index]
        line = Line(number, _caller(text), at_s, self.behaviour(number), invite=text, media=_media_of(text))
        self.lines[call] = line
        if line.how.listens:
            line.ear = Ear()
            self._listeners[line.media] = line.ear
        self._live.add(call)
        self.peak = max(self.peak, len(self._live))
        self._reply(line, 100)
        line.jobs.append(asyncio.create_task(self._behave(call, line, line.how)))

    async def _behave(self, call: str, line: Line, how: Behaviour) -> None:
        if how.answer in (RINGS, 200) or how.ring_s > 0:
            self._reply(line, 180)
        if how.answer == RINGS:
            return
        await asyncio.sleep(how.ring_s)
        if line.ended_at is not None:
            return
        if how.answer != 200:
            self._reply(line, how.answer)
            self._end(call, line, "called", answer=how.answer)
            return
        line.answered_at, line.answer = asyncio.get_running_loop().time(), 200
        self._reply(line, 200)
        self._deaf[line.media] = line
        if how.voice or how.keys:
            line.jobs.append(asyncio.create_task(self._speak(line, how)))
        if how.talk_s is not None:
            await asyncio.sleep(how.talk_s)
            self._hang_up(call, line)

    async def _speak(self, line: Line, how: Behaviour) -> None:
        loop, packets = asyncio.get_running_loop(), _packets(how)
        began = loop.time()
        for number, (kind, payload, mark) in enumerate(packets):
            if line.ended_at is not None or self._sound is None:
                return
            stamp = number * _PACKET_BYTES if kind == 0 else mark * _PACKET_BYTES
            head = struct.pack("!BBHII", 0x80, kind, number & 0xFFFF, stamp, 7)
            self._sound.sendto(head + payload, line.media)
            await asyncio.sleep(max(began + (number + 1) * _PACKET_S - loop.time(), 0))

    def _hang_up(self, call: str, line: Line) -> None:
        if line.ended_at is not None:
            return
        to = re.search(r"<(sips?:[^>]*)>", _header(line.invite, "Contact"))
        branch = f"Via: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{abs(hash(call))}bye"
        ends = [f"From: {_header(line.invite, 'To')};tag=far", f"To: {_header(line.invite, 'From')}"]
        rest = [f"Call-ID: {call}", "CSeq: 9 BYE", "Max-Forwards: 70", "Content-Length: 0", "", ""]
        self._send("\r\n".join([f"BYE {to[1] if to else 'sip:x'} SIP/2.0", branch, *ends, *rest]))
        self._end(call, line, "called")

    def _end(self, call: str, line: Line, by: str, *, answer: int = 0, at_s: float | None = None) -> None:
        line.ended_at = asyncio.get_running_loop().time() if at_s is None else at_s
        line.ended_by, line.answer = by, line.answer or answer
        self._live.discard(call)

    def _reply(self, line: Line, status: int) -> None:
        line.last_reply = _reply(self, line.invite, status)
        self._send(line.last_reply)

    def _send(self, text: str) -> None:
        if self._sip:
            self._sip.sendto(text.encode(), self._address)

    @property
    def sound_port(self) -> int:
        return int(self._sound.get_extra_info("sockname")[1]) if self._sound else 0


def spoken(*spans: tuple[int, float]) -> bytes:
    """Mu-law: each a tone of so many hertz for so many seconds; 0 is silence."""
    return b"".join(_mu_law(hertz, seconds) if hertz else b"\xff" * int(8000 * seconds) for hertz, seconds in spans)


def _mu_law(hertz: int, seconds: float) -> bytes:
    samples = np.frombuffer(tone(hertz, seconds), dtype=np.int16).astype(float) / 32768
    level = np.sign(samples) * np.log1p(255 * np.abs(samples)) / np.log(256)
    return bytes((~(np.where(level < 0, 0x80, 0) | (np.abs(level) * 127).astype(int)) & 0xFF).astype(np.uint8))


def _packets(how: Behaviour) -> Iterator[tuple[int, bytes, int]]:
    """Payload type, payload, and for a key the packet in which it began; then silence for a minute."""
    sound = [(0, how.voice[at : at + _PACKET_BYTES], 0) for at in range(0, len(how.voice), _PACKET_BYTES)]
    for key in how.keys:
        if key == " ":
            sound += [(0, _SILENCE, 0)] * 25
            continue
        sound += [(0, _SILENCE, 0)] * 10
        began, code = len(sound), "0123456789*#".index(key)
        sound += [(101, struct.pack("!BBH", code, 10, 160 * (n + 1)), began) for n in range(6)]
        sound += [(101, struct.pack("!BBH", code, 0x8A, 1120), began)] * 3
    return chain(sound, repeat((0, _SILENCE, 0), 3000))


def _reply(pstn: Pstn, text: str, status: int) -> str:
    lines = [line for line in text.split("\r\n") if line.partition(":")[0].lower() in _COPIED]
    tagged = [
        f"{line};tag=far" if line[:3].lower() == "to:" and status > 100 and ";tag=" not in line else line
        for line in lines
    ]
    body = _SOUND.format(host=pstn.host, port=pstn.sound_port) if status == 200 and text.startswith("INVITE") else ""
    kind = ["Content-Type: application/sdp"] if body else []
    first = f"SIP/2.0 {status} {_WORDS.get(status, 'No')}"
    contact = f"Contact: <sip:far@{pstn.host}:{pstn.port}>"
    return "\r\n".join([first, *tagged, contact, *kind, f"Content-Length: {len(body)}", "", body])


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*)\r$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _caller(text: str) -> str:
    found = re.search(r"sips?:([^@>;]*)@", _header(text, "P-Asserted-Identity") or _header(text, "From"))
    return found[1] if found else ""


def _media_of(text: str) -> tuple[str, int]:
    host, port = re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE), re.search(r"^m=audio (\d+)", text, re.MULTILINE)
    return (host[1], int(port[1])) if host and port else ("", 0)


def _linear() -> np.ndarray:
    """16-bit samples of each mu-law byte."""
    byte = ~np.arange(256, dtype=np.uint8)
    size = ((((byte & 0x0F).astype(int) << 3) + 0x84) << ((byte & 0x70) >> 4)) - 0x84
    return np.where(byte & 0x80, -size, size).astype("<i2")


_LINEAR = _linear()


class _Sound(asyncio.DatagramProtocol):
    def __init__(self, hear: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._hear = hear

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self._hear(data, address)
