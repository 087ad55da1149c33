"""How the daemon runs its jobs: each for ever, work before them only until somebody asks to stop, and the end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from appliance.adapters.asterisk import Asterisk

log = structlog.get_logger(__name__)


async def done_before(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """False where somebody asked to stop first: making many prompts may take minutes, stopping may not."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        working.cancel()
        await asyncio.wait({working})
    if not working.cancelled():
        working.result()
    return not stop.is_set()


async def endless(name: str, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await job()
    except Exception:
        log.exception("job.failed", job=name)
        raise
    raise RuntimeError(f"the job {name} ended; it should run for ever")


async def stop_asterisk(asterisk: Asterisk, *, supervise: bool) -> None:
    """Calls in progress outlive the daemon: the next one adopts their Asterisk. Without calls, it ends with us."""
    if asterisk.running is None or not supervise:
        return
    if channels := await asterisk.channels():
        log.info("asterisk.kept", reason="calls are up", channels=channels)
    else:
        await asterisk.stop()
