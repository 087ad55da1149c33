"""How many live streams one reader may hold open at once: each costs the daemon work for as long as it lasts."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

MOST_STREAMS = 250  # a browser holds six by HTTP/1.1; people may share a login, and screens a link

OPEN: web.AppKey[Counter[str]] = web.AppKey("open_streams", Counter)


@contextmanager
def open_stream(request: web.Request, reader: str) -> Iterator[None]:
    """Raises HTTPTooManyRequests. `reader` is a person, or the link of a board on the wall."""
    streams = request.app[OPEN]
    if streams[reader] >= MOST_STREAMS:
        raise web.HTTPTooManyRequests
    streams[reader] += 1
    try:
        yield
    finally:
        streams[reader] -= 1
        if not streams[reader]:
            del streams[reader]
