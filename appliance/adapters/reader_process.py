"""A process that reads a file which may mean harm, within limits; what it finds comes back piece by piece."""

import asyncio
import json
import marshal
import os
import resource
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import suppress
from errno import EFBIG
from typing import Any, Literal, NoReturn

from appliance.core.words import N_

_SIZE = 4  # bytes before each answer that say how long it is
_AHEAD = 1 << 20  # bytes that it may be ahead of who listens
MEMORY, SECONDS, FILE = 256 << 20, 900, 4 << 30  # of memory and of one core, and bytes that it may write
TOO_MUCH = N_("reading it takes more memory than a file of contacts may need")
TOO_LONG = N_("reading it takes longer than a file of contacts may take")
TOO_LARGE = N_("unpacked it is larger than a file of contacts may be")

Kind = Literal["piece", "end", "refused", "failed"]
Work = Callable[[Mapping[str, Any]], Iterator[Any]]


async def answers(module: str, order: Mapping[str, Any]) -> AsyncGenerator[Any]:
    """Raises ValueError with what is wrong with the file, and `OSError` where the process could not do its work."""
    pipe = asyncio.subprocess.PIPE
    command = ("nice", "-n", "5", sys.executable, "-m", module)
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=_AHEAD)
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        with suppress(ConnectionError):
            process.stdin.write(json.dumps(order).encode() + b"\n")
            await process.stdin.drain()
        while True:
            kind, value = await _next(process.stdout)
            if kind == "end":
                return
            if kind == "piece":
                yield value
            else:
                _raise(kind, value)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _next(answers: asyncio.StreamReader) -> tuple[Kind, Any]:
    try:
        size = int.from_bytes(await answers.readexactly(_SIZE), "big")
        kind, value = marshal.loads(await answers.readexactly(size))  # noqa: S302 - of a process of our own
    except asyncio.IncompleteReadError:
        return "failed", "the process that reads the file died"
    return kind, value


def _raise(kind: Kind, text: str) -> NoReturn:
    raise ValueError(text) if kind == "refused" else OSError(text)


def answer(work: Work, *, memory: int = MEMORY, seconds: int = SECONDS) -> None:
    """In the process itself: does what stdin says, and never takes more than it may."""
    order = json.loads(sys.stdin.readline())
    _limit(memory, seconds)
    try:
        for piece in work(order):
            _write("piece", piece)
        _write("end", None)
    except MemoryError:
        _write("refused", TOO_MUCH)
    except _TookTooLong:
        _write("refused", TOO_LONG)
    except BrokenPipeError:
        os._exit(1)  # nobody listens any more
    except OSError as error:
        is_file = error.filename is not None or error.errno == EFBIG
        _write("refused" if is_file else "failed", TOO_LARGE if error.errno == EFBIG else str(error))
    except ValueError as error:
        _write("refused", str(error))


def _write(kind: Kind, value: Any) -> None:
    content = marshal.dumps((kind, value), 2)
    sys.stdout.buffer.write(len(content).to_bytes(_SIZE, "big") + content)
    sys.stdout.buffer.flush()


class _TookTooLong(Exception):
    pass


def _limit(memory: int, seconds: int) -> None:
    signal.signal(signal.SIGXCPU, _stop)
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise _TookTooLong
