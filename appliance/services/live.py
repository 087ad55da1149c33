"""Keeps the live picture: reads Asterisk's lists where events may be missing, folds events in between, tells browsers.

A browser subscribes to the topic `live`, then takes `snapshot()`, then applies each message whose `seq` is higher.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.ami import LOST, Ami, AmiError, AmiLost, AmiTimeout
from appliance.core.live import (
    LISTS,
    Change,
    Event,
    State,
    TimePassed,
    advance_all,
    changes_between,
    concerned,
    parse_event,
    snapshot_state,
)
from appliance.services.clock import now
from appliance.services.hub import About, Hub
from appliance.services.taps import Taps
from appliance.store.db import Database
from appliance.store.engine.trouble import reason_of
from appliance.store.site import load_section

TOPIC = "live"
TICK_S = 1.0
RETRY_S = 1.0
NEW_PHONES_TICKS = 10
COALESCE_S = 0.05  # what happens within is one message: nobody sees the delay, and every browser is spared 300 a second
BATCH = 500  # events between two chances for others

log = structlog.get_logger(__name__)

LoadWrapup = Callable[[], Awaitable[Mapping[str, int]]]


async def load_wrapup_s(database: Database) -> dict[str, int]:
    """Each queue's wrap-up time, which Asterisk keeps but does not tell."""
    async with database.reading() as tx:
        queues: Mapping[str, Any] = await load_section(tx, "queues")
    return {key: queue.wrapup_s for key, queue in queues.items()}


async def _no_wrapup() -> dict[str, int]:
    return {}


class Live:
    def __init__(self, ami: Ami, hub: Hub, load_wrapup: LoadWrapup = _no_wrapup) -> None:
        self.state = State()
        self.seq = 0
        self.is_connected = False
        self.pictures = 0  # how often the lists were read
        self.taps = Taps()
        self._ami = ami
        self._hub = hub
        self._load_wrapup = load_wrapup
        self._seen = (0, 0)
        self._is_stale = True
        self._ticks = 0

    async def run(self) -> None:
        """Endless job."""
        async with self._hub.subscribe(["config"]) as news, asyncio.TaskGroup() as jobs:
            jobs.create_task(self._follow_config(news))
            jobs.create_task(self._follow_time())
            while True:
                await self._ami.wait_connected()
                try:
                    await self._read_lists()
                except (AmiError, SQLAlchemyError) as error:
                    log.warning("live.no_lists", reason=reason_of(error))
                    self._advance([], is_lost=True)
                    await asyncio.sleep(RETRY_S)
                    continue
                await self._follow_events()

    def poke(self) -> None:
        """Read the lists again: Asterisk sends no event for a queue that was added or removed."""
        self._is_stale = True
        with suppress(asyncio.QueueFull):
            self._ami.events.put_nowait({})  # wakes the reader

    def tell(self, event: Event) -> None:
        """What Asterisk does not know."""
        self._advance([event])

    def snapshot(self) -> dict[str, Any]:
        """All rows, for a browser that has none yet."""
        return {"seq": self.seq, "connected": self.is_connected, **self.state.rows()}

    async def _read_lists(self) -> None:
        self._seen, self._is_stale = self._marks(), False
        while not self._ami.events.empty():
            self.taps.hand([self._ami.events.get_nowait()])  # the lists will tell; what comes now is newer or in them
        wrapup_s = await self._load_wrapup()
        items = [item for name in LISTS for item in await self._list(name)]
        state = await asyncio.to_thread(snapshot_state, items, now(), wrapup_s, self.state)
        log.info("live.lists", queues=len(state.queues), agents=len(state.agents), calls=len(state.calls))
        self.is_connected = True
        self._publish(state, changes_between(self.state, state))
        self.pictures += 1

    async def _list(self, name: str) -> Sequence[Mapping[str, str]]:
        try:
            return await self._ami.list(name)
        except (AmiLost, AmiTimeout):
            raise
        except AmiError as error:  # "No endpoints found" is an error to Asterisk
            log.info("live.empty_list", list=name, reason=str(error))
            return ()

    async def _follow_events(self) -> None:
        """Until the connection is lost, events were dropped, or somebody poked."""
        events = self._ami.events
        while not self._is_stale and self._seen == self._marks():
            batch = [await events.get()]
            await asyncio.sleep(COALESCE_S if events.qsize() < BATCH else 0)
            while not events.empty() and len(batch) < BATCH:
                batch.append(events.get_nowait())
            self._take(batch)

    def _take(self, batch: Sequence[Mapping[str, str]]) -> None:
        self.taps.hand(batch)
        at = now()
        events = [event for event in (parse_event(raw, at) for raw in batch) if event]
        self._advance(events, is_lost=LOST in batch)

    def _advance(self, events: Sequence[Event], *, is_lost: bool = False) -> None:
        before, (state, changes) = self.state, advance_all(self.state, events)
        if is_lost:
            self.is_connected, self._is_stale = False, True
        if changes or is_lost:
            self._publish(state, changes, None if is_lost else concerned(before, changes))
        self.state = state

    def _publish(self, state: State, changes: Sequence[Change], about: About | None = None) -> None:
        self.state = state
        self.seq += 1
        rows = [change.to_json() for change in changes]
        self._hub.publish(TOPIC, {"seq": self.seq, "connected": self.is_connected, "changes": rows}, about)

    def _marks(self) -> tuple[int, int]:
        return self._ami.connections, self._ami.dropped

    async def _follow_config(self, news: Any) -> None:
        async for _ in news:
            self.poke()

    async def _follow_time(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._advance([TimePassed(now())])
            self._ask_for_new_phones()

    def _ask_for_new_phones(self) -> None:
        """No event tells what kind of phone has registered; many at once are asked for together."""
        self._ticks += 1
        if self._ticks >= NEW_PHONES_TICKS and not all(phone.is_known for phone in self.state.phones.values()):
            self._ticks = 0
            self.poke()
