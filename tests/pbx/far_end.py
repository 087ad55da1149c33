"""The telephone company at the wire: a SIP server of a few lines that answers each number as the test says."""

import asyncio
import datetime as dt
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_SOUND = "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
_WORDS = {100: "Trying", 180: "Ringing", 200: "OK", 487: "Request Terminated"}
_COPIED = ("via", "from", "to", "call-id", "cseq")
RING = 180  # rings until the caller gives up


def write_certificate(path: Path, host: str) -> None:
    """`path` with .crt and .key: of this address, signed by itself."""
    key, day = ec.generate_private_key(ec.SECP256R1()), dt.timedelta(days=1)
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), dt.datetime.now(dt.UTC)
    draft = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
    draft = draft.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
    signed = draft.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    path.with_suffix(".crt").write_bytes(signed)
    form, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.with_suffix(".key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, secret))


@dataclass(frozen=True)
class Invite:
    """A call that arrived, in the words of the wire."""

    number: str
    text: str

    def header(self, name: str) -> str:
        found = re.search(rf"^{name}: (.*)\r$", self.text, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""

    @property
    def caller(self) -> str:
        """The user in the address that the call comes from."""
        found = re.search(r"sips?:([^@>;]*)@", self.header("P-Asserted-Identity") or self.header("From"))
        return found[1] if found else ""


@dataclass
class FarEnd:
    """`answer` is the status for every call; `calls` has what came."""

    host: str
    answer: int = 200
    port: int = 0
    calls: list[Invite] = field(default_factory=list)
    _transport: asyncio.DatagramTransport | None = None
    _server: asyncio.Server | None = None
    _ringing: dict[str, str] = field(default_factory=dict)

    @property
    def numbers(self) -> list[str]:
        return [call.number for call in self.calls]

    @property
    def is_ringing(self) -> bool:
        return bool(self._ringing)

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), (self.host, self.port))
        self.port = self._transport.get_extra_info("sockname")[1]

    async def listen_encrypted(self, certificate: str, key: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server = await asyncio.start_server(self._connected, self.host, 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        for each in (self._transport, self._server):
            if each:
                each.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = re.search(r"^Content-Length: *(\d+)", head, re.MULTILINE | re.IGNORECASE)
                body = (await reader.readexactly(int(length[1]) if length else 0)).decode()
                self.take(head + body, lambda text: writer.write(text.encode()))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def take(self, text: str, send: Callable[[str], None]) -> None:
        method = text.partition(" ")[0]
        if method == "INVITE":
            self._invited(text, send)
        elif method == "CANCEL":
            send(self._reply(text, 200))
            invite = self._ringing.pop(_call_id(text), "")
            if invite:
                send(self._reply(invite, 487))
        elif method not in ("ACK", "SIP/2.0"):
            send(self._reply(text, 200))

    def _invited(self, text: str, send: Callable[[str], None]) -> None:
        invite = Invite(re.match(r"INVITE sips?:([^@]*)@", text)[1].replace("%23", "#"), text)  # type: ignore[index]
        if invite.header("Via") in {each.header("Via") for each in self.calls}:
            return  # said again by a machine that was too busy to hear the answer yet
        self.calls.append(invite)
        send(self._reply(text, 100))
        if self.answer == RING:
            self._ringing[_call_id(text)] = text
        send(self._reply(text, self.answer))

    def _reply(self, text: str, status: int) -> str:
        lines = [line for line in text.split("\r\n") if line.partition(":")[0].lower() in _COPIED]
        tagged = [f"{line};tag=far" if line[:3].lower() == "to:" and status > 100 else line for line in lines]
        body = _SOUND.format(host=self.host) if status == 200 and text.startswith("INVITE") else ""
        contact = f"Contact: <sip:far@{self.host}:{self.port}>"
        kind = ["Content-Type: application/sdp"] if body else []
        asks = {401: "WWW-Authenticate", 407: "Proxy-Authenticate"}.get(status)
        kind += [f'{asks}: Digest realm="far", nonce="1"'] if asks else []
        first = f"SIP/2.0 {status} {_WORDS.get(status, 'No')}"
        return "\r\n".join([first, *tagged, contact, *kind, f"Content-Length: {len(body)}", "", body])


def _call_id(text: str) -> str:
    found = re.search(r"^Call-ID: (.*)\r$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, far_end: FarEnd) -> None:
        self._far_end = far_end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: object) -> None:
        send = self._transport.sendto  # type: ignore[attr-defined]
        self._far_end.take(data.decode(errors="replace"), lambda text: send(text.encode(), address))
