"""Callers who write SIP by hand: what they put into an address reaches no journal, no event and no agent as more."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from appliance.core.journal.cel import CelFold
from appliance.core.journal.facts import CallFacts
from tests.pbx.centre import Centre
from tests.pbx.phones import Phone
from tests.waiting import eventually

_INVITE = """INVITE sip:{dialled}@{server} SIP/2.0
Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{mark};rport
Max-Forwards: 70
From: <sip:{user}@{host}>;tag={mark}
To: <sip:{dialled}@{server}>
Call-ID: {mark}
CSeq: 1 INVITE
Contact: <sip:wire@{host}:{port}>
X-Trunk: main
Content-Type: application/sdp
Content-Length: {length}

{body}"""
_SOUND = "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8\r\n"
_END = re.compile(r"^(Content-Type|Contact):.*\r\n", re.MULTILINE)


class Wire(asyncio.DatagramProtocol):
    """One SIP call of which every byte is ours; `answers` has the first line of whatever came back."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.to = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, _address: object) -> None:
        text = data.decode(errors="replace")
        self.answers.append(text.partition("\r\n")[0])
        if found := re.search(r"^To: .*\r\n", text, re.MULTILINE):
            self.to = found[0]

    def call(self, server: str, dialled: str, user: str) -> None:
        host, port = self.transport.get_extra_info("sockname")[:2]
        body = _SOUND.format(host=host)
        head = _INVITE.format(
            server=server, dialled=dialled, user=user, host=host, port=port, mark=secrets.token_hex(8),
            length=len(body), body="",
        )  # fmt: skip
        self.invite = head.replace("\n", "\r\n")
        self.transport.sendto((self.invite + body).encode())

    def hang_up(self) -> None:
        bye = _END.sub("", re.sub(r"^To: .*\r\n", self.to, self.invite, flags=re.MULTILINE))
        bye = re.sub(r"Content-Length: \d+", "Content-Length: 0", bye.replace("INVITE sip:", "BYE sip:", 1))
        self.transport.sendto(bye.replace("CSeq: 1 INVITE", "CSeq: 2 BYE").replace("z9hG4bK", "z9hG4bKb").encode())


@pytest.fixture
async def wire(centre: Centre) -> AsyncIterator[Wire]:
    host, _, port = centre.server.partition(":")
    loop = asyncio.get_running_loop()
    transport, wire = await loop.create_datagram_endpoint(Wire, remote_addr=(host, int(port)))
    yield wire
    transport.close()


def journal(centre: Centre) -> str:
    path = Path(centre.node.facts.log, "cel-custom/cel.csv")
    return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""


def calls(centre: Centre) -> list[CallFacts]:
    """What the reader of the journal makes of it."""
    text = journal(centre)
    reading = CelFold("local").read(text.rpartition("\n")[0].split("\n") if text else [])
    assert not reading.malformed
    return reading.finished


HOSTILE = {
    "event": "61%0d%0a%0d%0aEvent%3a%20Shutdown%0d%0a%0d%0a",
    "cel": "62%0aUSER_DEFINED,1795301667.5,6,n,e,c,n,a,d,9.1,9.1,INTERACTION,%0a",
    "queue_log": "63%0a1795301999%7cNONE%7cNONE%7cana%7cPAUSEALL%7cevil%0a",
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_line_breaks_in_a_number_write_nothing(centre: Centre, wire: Wire, ana: Phone, kind: str) -> None:
    await centre.log_in("sales", "1001", "ana")
    known, connections = len(calls(centre)), centre.ami.connections
    try:
        wire.call(centre.server, "5550106", HOSTILE[kind])
        await eventually(lambda: not ana.ringing.empty())
        wire.hang_up()
        await eventually(lambda: len(calls(centre)) == known + 1)
    finally:
        await centre.log_out("sales", "1001")
    call = calls(centre)[-1].interaction
    assert (call.did, call.queue, call.outcome) == ("5550106", "sales", "abandoned")
    assert call.caller.isprintable()
    for line in Path(centre.node.facts.log, "queue_log").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"\d+(\|[^|]*){4,9}", line)
        assert "evil" not in line.split("|")[5:6]
    assert centre.ami.connections == connections
    assert centre.ami.is_connected


@pytest.mark.parametrize(
    "dialled", ["h", "i", "s", "t", "*97", "5%0d%0aExten%3a%20x", "5,1)&$%7bEPOCH%7d", "+5%7c", "5" * 21]
)
async def test_what_is_no_number_is_refused_before_there_is_a_call(centre: Centre, wire: Wire, dialled: str) -> None:
    wire.call(centre.server, dialled, "7100666")
    await eventually(lambda: any(answer.startswith("SIP/2.0 404") for answer in wire.answers))
    assert '"7100666"' not in journal(centre)


@pytest.mark.parametrize("more", ["%0d%0aagi_callerid%3a%20x", "%7ces", "a", ")%22%7bx%7d,1"])
async def test_a_number_with_an_open_end_takes_digits_only(centre: Centre, wire: Wire, more: str) -> None:
    wire.call(centre.server, f"77123{more}", "7100667")
    await eventually(lambda: any(answer.startswith("SIP/2.0 404") for answer in wire.answers))
    assert "|inbound|77123" not in journal(centre)


async def test_a_number_with_an_open_end_takes_more_digits(centre: Centre, wire: Wire) -> None:
    wire.call(centre.server, "7712345", "7100668")
    await eventually(lambda: "|inbound|7712345|en" in journal(centre))
    wire.hang_up()
