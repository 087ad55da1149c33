"""Publish and subscribe within the daemon: a slow reader loses messages and is told so, and never holds up a writer."""

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

_in_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
RESYNC = "resync"  # the topic of the message that stands for all those that were lost


About = frozenset[tuple[str, str]]  # kinds and keys


@dataclass(frozen=True)
class Message:
    topic: str
    body: Mapping[str, Any]
    about: About | None = None  # None: it may concern anybody
    _events: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def event(self) -> bytes:
        """As browsers get it, made once however many read it."""
        return event(self.topic, self.body)

    def part(self, name: str) -> bytes:
        """The same with nothing but one part of the body."""
        if name not in self._events:
            self._events[name] = event(self.topic, self.body[name])
        return self._events[name]


def event(topic: str, body: Any) -> bytes:
    """A server-sent event."""
    return f"event: {topic}\ndata: {_in_json(body)}\n\n".encode()


class Hub:
    def __init__(self, queue_size: int = 500) -> None:
        self._queue_size = queue_size
        self._subscribers: dict[str, set[Subscription]] = {}
        self._narrow: dict[tuple[str, str], set[Subscription]] = {}
        self._is_closed = False

    def publish(self, topic: str, body: Mapping[str, Any], about: About | None = None) -> None:
        """Hand a message to all who subscribed to its topic, and whom it concerns; never waits."""
        message = Message(topic, body, about)
        for subscriber in self._subscribers.get(topic, ()):
            if about is None or subscriber.about is None:
                subscriber.put(message)
        for subscriber in {each for place in about or () for each in self._narrow.get(place, ())}:
            if topic in subscriber.topics:
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
        self.narrow(subscription, None)

    def narrow(self, subscription: "Subscription", about: About | None) -> None:
        """From now on it hears of nothing else, but for what may concern anybody. None: of everything."""
        for place in (subscription.about or frozenset()) - (about or frozenset()):
            self._narrow[place].discard(subscription)
            if not self._narrow[place]:
                del self._narrow[place]
        for place in about or ():
            self._narrow.setdefault(place, set()).add(subscription)
        subscription.about = about

    def close(self) -> None:
        """End every subscription at once; later ones end as they begin."""
        self._is_closed = True
        for subscription in set().union(*self._subscribers.values()):
            subscription.close()


class Subscription:
    """`async with hub.subscribe(["live"]) as messages: async for message in messages: ...`"""

    def __init__(self, hub: Hub, topics: frozenset[str], queue_size: int) -> None:
        self.topics = topics
        self.about: About | None = None
        self.is_nudged = False
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

    def nudge(self) -> None:
        """Wake the reader without a message."""
        self.is_nudged = True
        self._news.set()

    async def wait(self) -> None:
        """Until there is something to take, the end has come, or somebody nudges."""
        if not (self._messages or self._is_closed or self.is_nudged):
            self._news.clear()
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
