"""The one way to wait in tests: until something is true, never for a time."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any

BUSY = 3  # machines and their neighbours differ: a limit may be late by this factor, and who is in time does not wait


async def eventually(check: Callable[[], Any | Awaitable[Any]], timeout_s: float = 10) -> Any:
    """Call `check` until it gives something true and return that; fail with its last answer long after `timeout_s`."""
    begun = time.monotonic()
    end = begun + timeout_s * BUSY
    while True:
        found = check()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout_s * BUSY} s; the last answer was {found!r}")
        await asyncio.sleep(min(0.05, max(0.01, (time.monotonic() - begun) / 10)))  # many ask a database each time
