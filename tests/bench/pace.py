"""The pace of a load: between two calls a centre waits, and so must whoever plays it. Waiting measures nothing."""

import asyncio
import time


async def due(at_s: float) -> None:
    """At this moment of `time.perf_counter()`; at once where it is past."""
    await asyncio.sleep(max(0.0, at_s - time.perf_counter()))
