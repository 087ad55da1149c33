"""A Python process of our own beside the daemon: told what to do by its stdin, which also tells it that we are gone."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

_MOST_SAID = 4000  # bytes of its last words


class WorkerProcess:
    """At a lower priority than the daemon: calls come first."""

    def __init__(self, module: str) -> None:
        self._command = ("nice", "-n", "5", sys.executable, "-m", module)
        self.pid: int | None = None

    async def run(self, order: Mapping[str, Any]) -> tuple[int, str]:
        """Its status and what it said last. When cancelled, it ends."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stderr=pipe)
        self.pid = process.pid
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stderr is not None  # noqa: S101
        try:
            with suppress(ConnectionError):
                process.stdin.write(json.dumps(order).encode() + b"\n")
                await process.stdin.drain()
            said = b""
            while piece := await process.stderr.read(1 << 16):
                said = (said + piece)[-_MOST_SAID:]
            return await process.wait(), said.decode(errors="replace").strip()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.send_signal(signal.SIGKILL)
                await process.wait()
            self.pid = None
