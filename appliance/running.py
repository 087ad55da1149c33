"""Runs endless jobs beside each other, from the first to the last one's end; one that ends or raises ends them all."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog

Job = Callable[[], Coroutine[Any, Any, None]]

log = structlog.get_logger(__name__)


@asynccontextmanager
async def endless_jobs(jobs: Mapping[str, Job]) -> AsyncIterator[None]:
    """While the body runs; they end in the opposite order."""
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(_endless(name, job), name=name) for name, job in jobs.items()]
        yield
        for job in reversed(running):
            job.cancel()


async def _endless(name: str, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await job()
    except Exception:
        log.exception("job.failed", job=name)
        raise
    raise RuntimeError(f"the job {name} ended; it should run for ever")


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
