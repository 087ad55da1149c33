"""How the daemon runs its jobs: each for ever, work before them only until somebody asks to stop, and the end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from appliance.adapters.asterisk import Asterisk
from appliance.store.engine.trouble import reason_of, will_pass

AGAIN_S, AGAIN_MOST_S = 1.0, 5.0  # from an error that will pass to the next try
HELD_S = 30.0  # a job that ran so long had begun well

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
    """Where the database is away or the disk is full, it is begun anew until it is not; any other error is the end."""
    loop, wait_s = asyncio.get_running_loop(), 0.0
    while True:
        began_s = loop.time()
        try:
            await job()
        except Exception as error:
            if not will_pass(error):
                log.exception("job.failed", job=name)
                raise
            if wait_s and loop.time() - began_s < HELD_S:
                wait_s = min(wait_s * 1.5, AGAIN_MOST_S)
            else:
                wait_s = AGAIN_S
                log.warning("job.later", job=name, reason=reason_of(error))
        else:
            raise RuntimeError(f"the job {name} ended; it should run for ever")
        await asyncio.sleep(wait_s)


async def stop_asterisk(asterisk: Asterisk, *, supervise: bool) -> None:
    """Calls in progress outlive the daemon: the next one adopts their Asterisk. Without calls, it ends with us."""
    if asterisk.running is None or not supervise:
        return
    if channels := await asterisk.channels():
        log.info("asterisk.kept", reason="calls are up", channels=channels)
    else:
        await asterisk.stop()
