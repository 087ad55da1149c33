"""Answers what the dialplan asks over FastAGI (web lookups, phone codes, do-not-call): on loopback, with limits."""

import asyncio
import hmac
import re
from contextlib import suppress

import structlog

from appliance.core.live.parser import device_of
from appliance.core.lookup_request import DOWN, INPUT_PREFIX, SLOW, Caller, NoAnswer
from appliance.services.agents.phone_codes import PhoneCodes
from appliance.services.calls.listed import Listed
from appliance.services.errors import NotFound
from appliance.services.lookups import Lookups

HEADERS_S = 2.0  # Asterisk sends them at once
REPLY_S = 2.0
MOST_HEADERS = 64
LINE_BYTES = 2048
MOST_AT_ONCE = 200
CODE_S = 5.0
LISTED_S = 0.5  # somebody waits for the call to go out
SPARE_S = 0.5  # beyond the lookup's own limit: for the words with Asterisk

log = structlog.get_logger(__name__)

_REPLY = re.compile(r"200 result=(-?\d+)(?: \((.*)\))?")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Rude(Exception):
    """What came is not what Asterisk says, or it ended too early; the connection is closed without a word."""


class Agi:
    """`run()` serves for ever. A client that is silent, slow or talks rubbish costs a small buffer for two seconds."""

    def __init__(self, port: int, secret: str, lookups: Lookups, codes: PhoneCodes, *, listed: Listed) -> None:
        self._port = port
        self._secret = secret
        self._lookups = lookups
        self._codes = codes
        self._listed = listed
        self._talks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Endless job."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, limit=LINE_BYTES)
        try:
            async with server:
                await server.serve_forever()
        finally:
            for talk in self._talks:
                talk.cancel()
            if self._talks:
                await asyncio.wait(self._talks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk: asyncio.Task[None] | None = asyncio.current_task()
        assert talk is not None  # noqa: S101 - the server makes one for each connection
        self._talks.add(talk)
        try:
            if len(self._talks) <= MOST_AT_ONCE:
                await self._answer(reader, writer)
            else:
                log.warning("agi.full", at_once=MOST_AT_ONCE)
        except (Rude, NotFound, OSError, TimeoutError) as error:
            log.info("agi.closed", reason=str(error) or type(error).__name__)
        except Exception:
            log.exception("agi.failed")
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            self._talks.discard(talk)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEADERS_S):
            headers = await read_headers(reader)
        secret, _, rest = headers.get("agi_network_script", "").partition("/")
        kind, _, key = rest.partition("/")
        if not self._secret or not hmac.compare_digest(secret.encode(), self._secret.encode()):
            raise Rude("wrong secret")
        talk = Talk(reader, writer)
        if kind == "lookup":
            await self._look_up(talk, headers, key)
        elif kind == "agent":
            async with asyncio.timeout(CODE_S):
                await self._serve_agent(talk, headers, key)
        elif kind == "listed":
            async with asyncio.timeout(LISTED_S):
                await self._serve_listed(talk, headers, key)
        else:
            raise Rude("nothing of ours")

    async def _look_up(self, talk: "Talk", headers: dict[str, str], key: str) -> None:
        lookup, names = await self._lookups.find(key)
        try:
            async with asyncio.timeout(lookup.timeout_s + SPARE_S):
                caller = await _caller(talk, headers, names)
                await talk.set("ANSWER", await self._lookups.ask(lookup, caller))
        except NoAnswer as failure:
            await talk.set("FAILURE", failure.reason)
        except TimeoutError:
            await talk.set("FAILURE", SLOW)

    async def _serve_agent(self, talk: "Talk", headers: dict[str, str], code: str) -> None:
        technology, _, device = device_of(headers.get("agi_channel", "")).partition("/")
        if technology != "PJSIP" or not device:
            raise Rude("no phone of ours")
        if code == "log-in":
            number, pin = await talk.get("AGENT_NUMBER"), await talk.get("AGENT_PIN")
            answer = await self._codes.log_in(device, number, pin)
        elif code == "log-out":
            answer = await self._codes.log_out(device)
        elif code == "pause":
            answer = await self._codes.pause(device)
        else:
            raise Rude("no such code")
        await talk.set("AGENT_ANSWER", answer)

    async def _serve_listed(self, talk: "Talk", headers: dict[str, str], route: str) -> None:
        dialled, agent = headers.get("agi_arg_1", ""), headers.get("agi_arg_2", "")
        if await self._listed.is_refused(route, dialled, agent):
            await talk.set("LISTED", "yes")


async def _caller(talk: "Talk", headers: dict[str, str], names: list[str]) -> Caller:
    digits = {name: await talk.get(INPUT_PREFIX + name) for name in names}
    number, did = (_known(headers.get(name, "")) for name in ("agi_callerid", "agi_dnid"))
    return Caller(number, did, await talk.get("GUID"), digits)


def _known(text: str) -> str:
    return "" if text == "unknown" else text


async def read_headers(reader: asyncio.StreamReader) -> dict[str, str]:
    """Up to the empty line; bounded in number and length."""
    headers: dict[str, str] = {}
    for _ in range(MOST_HEADERS):
        line = await _line(reader)
        if not line:
            return headers
        name, colon, value = line.partition(":")
        if not colon or not name.startswith("agi_"):
            raise Rude("this is not Asterisk")
        headers[name] = value.strip()
    raise Rude("too many headers")


async def _line(reader: asyncio.StreamReader) -> str:
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError:
        raise Rude("it hung up") from None
    except asyncio.LimitOverrunError:
        raise Rude("a line is too long") from None
    return line.decode("utf-8", errors="replace").rstrip("\r\n")


class Talk:
    """Question and answer with one channel."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def get(self, name: str) -> str:
        return await self._say(f"GET VARIABLE {_checked(_NAME, name)}")

    async def set(self, name: str, value: str) -> None:
        await self._say(f'SET VARIABLE {_checked(_NAME, name)} "{_checked(_WORD, value)}"')

    async def _say(self, command: str) -> str:
        self._writer.write(f"{command}\n".encode())
        async with asyncio.timeout(REPLY_S):
            await self._writer.drain()
            reply = _REPLY.fullmatch(await _line(self._reader))
        if reply is None:  # HANGUP too
            raise Rude("the call is over")
        return reply[2] or ""


def _checked(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise NoAnswer(DOWN)
    return text
