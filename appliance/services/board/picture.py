"""Keeps what boards show beside the live picture: computed once, however many browsers watch."""

import asyncio
import datetime as dt
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.board import ALARMS, BOARD_KINDS, FIGURES, MESSAGES, REQUESTS, Picture, Rows, differences, midnight
from appliance.core.queue_figures import DayFigures, Finished
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.desk_news import TOPIC as DESK
from appliance.services.hub import RESYNC, Hub, Message, Subscription
from appliance.store.db import Database
from appliance.store.floor import list_sent, load_open_alarms, load_open_requests
from appliance.store.queue_figures import load_day
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.floor import AlarmRaiseRow, RequestRow

TOPIC = "board"
FLOOR = "floor"  # the topic of news that is fetched from the database: requests, alarms, messages
FLOOR_NEWS = ("messages", "help")  # of what desks are told
TOPICS = ("history", "config", "agents", DESK, FLOOR)
GATHER_S = 0.2  # what happens within is one message
COUNT_AGAIN_S = 60.0  # other nodes' calls, and a day that ends, are seen then
SHOWN_HOURS = 12  # of messages


class Board:
    """`run()` for ever; `picture` is what a browser begins with, the topic `board` tells what changes in it."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self.picture: Picture = {kind: {} for kind in BOARD_KINDS}
        self.seq = 0
        self._database = database
        self._hub = hub
        self._day: DayFigures | None = None
        self._counted_at: dt.datetime | None = None
        self._time_zone = "UTC"
        self._news = asyncio.Event()
        self._is_floor_old = True

    async def run(self) -> None:
        """Endless job. What was told before it began is counted from the database."""
        self._counted_at, self._is_floor_old = None, True
        async with self._hub.subscribe(TOPICS) as news, asyncio.TaskGroup() as jobs:
            jobs.create_task(self._follow(news))
            self._is_floor_old = True
            while True:
                await self.look()
                try:
                    async with asyncio.timeout(COUNT_AGAIN_S):
                        await self._news.wait()
                except TimeoutError:
                    self._is_floor_old = True
                await asyncio.sleep(GATHER_S)

    async def look(self) -> None:
        """Once: take in all that is new and tell who watches."""
        self._news.clear()
        floor: dict[str, Rows] = {}
        if self._is_floor_old or self._is_day_old(now()):
            floor = await self._read()
        assert self._day is not None  # noqa: S101 - it has just been read
        picture = {**self.picture, FIGURES: self._day.rows(now()), **floor}
        changes = differences(self.picture, picture)
        if changes:
            self.picture, self.seq = picture, self.seq + 1
            self._hub.publish(TOPIC, {"seq": self.seq, "changes": changes})

    def _is_day_old(self, at: dt.datetime) -> bool:
        if self._day is None or self._counted_at is None:
            return True
        is_long_ago = (at - self._counted_at).total_seconds() >= COUNT_AGAIN_S
        return is_long_ago or midnight(at, self._time_zone) != self._day.since

    async def _read(self) -> dict[str, Rows]:
        """The figures of the day where they are old, and what is fetched from the database."""
        at, is_day_old, is_floor_old = now(), self._is_day_old(now()), self._is_floor_old
        self._is_floor_old = False

        async def load(tx: AsyncSession) -> tuple[Site, DayFigures | None, dict[str, Rows]]:
            site = (await load_snapshot(tx)).site
            day = await _day(tx, site, at) if is_day_old else None
            return site, day, await _floor(tx, site) if is_floor_old else {}

        site, day, floor = await self._database.read(load)
        if day is not None:
            self._day, self._counted_at, self._time_zone = day, at, site.settings.time_zone
        return floor

    async def _follow(self, news: Subscription) -> None:
        async for message in news:
            if message.topic in (RESYNC, "config") or message.body.get("type") == "caught_up":
                self._counted_at = None
            elif message.topic == "history":
                if self._count(message):
                    self._news.set()
                continue
            elif message.topic == DESK and message.body["what"] not in FLOOR_NEWS:
                continue
            self._is_floor_old = True
            self._news.set()

    def _count(self, message: Message) -> bool:
        body = message.body
        if body["type"] != "interaction" or body["direction"] != "inbound" or not body["queue"]:
            return False
        if self._day is not None:
            self._day.add(_finished(body))
        return True


def _finished(body: Any) -> Finished:
    entered_at = dt.datetime.fromisoformat(body["entered_at"])
    return Finished(body["guid"], body["queue"], body["outcome"], body["wait_s"], entered_at)


async def _day(tx: AsyncSession, site: Site, at: dt.datetime) -> DayFigures:
    levels_s = {key: queue.service_level_s for key, queue in site.queues.items()}
    return await load_day(tx, midnight(at, site.settings.time_zone), at, levels_s)


async def _floor(tx: AsyncSession, site: Site) -> dict[str, Rows]:
    """Keys say in which section and of what a row is: the sight of each reader goes by it."""
    sent = await list_sent(tx, now() - dt.timedelta(hours=SHOWN_HOURS))
    return {
        REQUESTS: {str(row.request_id): _request(row) for row in await load_open_requests(tx)},
        ALARMS: {str(row.alarm_raise_id): _alarm(row, site) for row in await load_open_alarms(tx)},
        MESSAGES: {str(row.message_id): {"read": row.read, "of": row.readings} for row in sent},
    }


def _request(row: RequestRow) -> dict[str, Any]:
    return {
        "section": "agents",
        "about": row.agent,
        "kind": row.kind,
        "detail": row.detail,
        "guid": row.guid,
        "since": row.asked_at.isoformat(),
    }


def subject_title(site: Site, subject: str) -> str:
    """The name of the queue, agent or trunk; empty for the disk."""
    section, _, key = subject.partition(":")
    return str(getattr(site.section(section).get(key), "name", "") or key) if key else ""


def _alarm(row: AlarmRaiseRow, site: Site) -> dict[str, Any]:
    alarm = site.alarms.get(row.alarm)
    return {
        "section": row.subject.partition(":")[0],
        "about": row.subject.partition(":")[2],
        "name": alarm.name if alarm else row.alarm,
        "title": subject_title(site, row.subject),
        "kind": alarm.kind if alarm else "",
        "on_screen": bool(alarm and alarm.on_screen),
        "value": row.value,
        "since": row.raised_at.isoformat(),
        "seen_by": row.seen_by,
    }
