"""Raw events for those who wait for a call of their own: copies from the one reader, who never waits for them."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from appliance.adapters.ami import LOST

Raw = Mapping[str, str]
MOST = 10_000  # a listener who falls behind that far misses events, and its own time limit ends the wait


class Taps:
    def __init__(self) -> None:
        self._listeners: dict[asyncio.Queue[Raw], frozenset[str]] = {}

    @contextmanager
    def listen(self, *names: str) -> Iterator["asyncio.Queue[Raw]"]:
        """Events of these names from now on, in order, and the mark of a lost connection. Open it before you act."""
        events: asyncio.Queue[Raw] = asyncio.Queue(MOST)
        self._listeners[events] = frozenset((*names, LOST["Event"]))
        try:
            yield events
        finally:
            del self._listeners[events]

    def hand(self, batch: Iterable[Raw]) -> None:
        if not self._listeners:
            return
        for raw in batch:
            for events, names in self._listeners.items():
                if raw.get("Event") in names and not events.full():
                    events.put_nowait(raw)
