"""Asterisk's own console socket: who is there, and one command at a time; never starts or ends anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

LONGEST_SOCKET_PATH = 107  # sockaddr_un; Asterisk cuts a longer one without a word
VERBOSE_MARK = "\x7f"  # begins a line that is for people at a console, not part of an answer


class ConsoleError(Exception):
    """Nobody answers at the console socket; the message says which."""


@dataclass(frozen=True)
class Greeting:
    """What Asterisk says of itself to whoever connects."""

    pid: int
    version: str


async def greet(socket: Path, timeout_s: float = 5) -> Greeting:
    """Who answers there; the socket file of a dead Asterisk answers to nobody."""
    async with _connected(socket, timeout_s) as (greeting, _reader, _writer):
        return greeting


async def ask(socket: Path, command: str, timeout_s: float = 10) -> str:
    """Run one console command, as `asterisk -rx` does but without a process, and return what it prints."""
    if any(mark in command for mark in "\0\r\n"):
        raise ConsoleError(f"{command!r} is not one console command")
    async with _connected(socket, timeout_s) as (_greeting, reader, writer):
        writer.write(f"cli quit after {command}\0".encode())
        answer = (await reader.read()).decode(errors="replace")
    return "".join(line for line in answer.splitlines(keepends=True) if not line.startswith(VERBOSE_MARK))


@asynccontextmanager
async def _connected(
    socket: Path, timeout_s: float
) -> AsyncIterator[tuple[Greeting, asyncio.StreamReader, asyncio.StreamWriter]]:
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_unix_connection(socket)
            try:
                yield _parse_greeting(await reader.readline()), reader, writer
            finally:
                writer.close()
    except TimeoutError:
        raise ConsoleError(f"Asterisk does not answer at {socket} within {timeout_s:g} s") from None
    except OSError as error:
        raise ConsoleError(f"no Asterisk answers at {socket}: {error.strerror or error}") from None


def _parse_greeting(line: bytes) -> Greeting:
    """`host/pid/version`; the version may hold a slash, the host may not."""
    parts = line.decode(errors="replace").strip().split("/", 2)
    if len(parts) != 3 or not parts[1].isdigit():
        raise ConsoleError(f"what answers is not Asterisk: {line!r}")
    return Greeting(pid=int(parts[1]), version=parts[2])
