"""Publish and subscribe within the daemon: a slow reader loses messages and is told so, and never holds up a writer."""

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

RESYNC = "resync"  # the topic of the message that stands for all those that were lost


@dataclass(frozen=True)
class Message:
    topic: str
    body: Mapping[str, Any]

    @cached_property
    def text(self) -> str:
        """The body as JSON, made once however many browsers read it."""
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)


class Hub:
    def __init__(self, queue_size: int = 500) -> None:
        self._queue_size = queue_size
        self._subscribers: dict[str, set[Subscription]] = {}
        self._is_closed = False

    def publish(self, topic: str, body: Mapping[str, Any]) -> None:
        """Hand a message to all who subscribed to its topic; never waits."""
        if subscribers := self._subscribers.get(topic):
            message = Message(topic, body)
            for subscriber in subscribers:
                subscriber.put(message)

    def subscribe(self, topics: Iterable[str]) -> "Subscription":
        """Messages are kept from this moment on: subscribe first, then read the state that they change."""
        subscription = Subscription(self, frozenset(topics), self._queue_size)
        if self._is_closed:
            subscription.close()
            return subscription
        for topic in subscription.topics:
            self._subscribers.setdefault(topic, set()).add(subscription)
        return subscription

    def unsubscribe(self, subscription: "Subscription") -> None:
        for topic in subscription.topics:
            self._subscribers.get(topic, set()).discard(subscription)

    def close(self) -> None:
        """End every subscription at once; later ones end as they begin."""
        self._is_closed = True
        for subscription in set().union(*self._subscribers.values()):
            subscription.close()


class Subscription:
    """`async with hub.subscribe(["live"]) as messages: async for message in messages: ...`"""

    def __init__(self, hub: Hub, topics: frozenset[str], queue_size: int) -> None:
        self.topics = topics
        self._hub = hub
        self._queue_size = queue_size
        self._messages: deque[Message] = deque()
        self._news = asyncio.Event()
        self._is_closed = False

    def put(self, message: Message) -> None:
        if len(self._messages) >= self._queue_size:
            self._messages.clear()
            message = Message(RESYNC, {})
        self._messages.append(message)
        self._news.set()

    def close(self) -> None:
        """Whoever waits for a message is told the end; what was not read is lost."""
        self._is_closed = True
        self._news.set()
        self._hub.unsubscribe(self)

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    async def wait(self, timeout_s: float) -> None:
        """Until there is something to take, the end has come, or the time is over."""
        if self._messages or self._is_closed:
            return
        self._news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._news.wait()

    def take(self) -> list[Message]:
        """All that came since: hundreds of browsers cost less than one by one."""
        taken = list(self._messages)
        self._messages.clear()
        return taken

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        while not self._messages and not self._is_closed:
            self._news.clear()
            await self._news.wait()
        if self._is_closed:
            raise StopAsyncIteration
        return self._messages.popleft()
