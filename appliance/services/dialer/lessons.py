"""What each dialer has learned of its calls, and what it has used of the limits for abandoned ones."""

import asyncio
import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Attempt, Result
from appliance.core.entities.dialers import Dialer
from appliance.core.pacing.budget import Budget, Count
from appliance.core.pacing.learning import Learned, learn, start_learning
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.store.db import Database
from appliance.store.dialing.results import load_count, load_counts, load_last

MOST = 500  # of the last attempts teach enough
COUNT_S = 10.0
MONTH_S = 600.0
_LATELY_MIN = (60, 30, 15)
DETECT_S = 2.0  # what looking for a machine takes, about
_TELLS_NOTHING = ("congestion", "cancelled", "lost", "failed")

Ended = tuple[dt.datetime, Result]  # when it began


class Lessons:
    """Of one dialer. The limits are counted from the database every few seconds: no restart forgives anything."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.learned = start_learning()
        self._is_taught = False
        self._budget = Budget()
        self._answered: set[str] = set()  # whose answer is learned, and whose end is not
        self._counted_s = self._month_s = float("-inf")

    @property
    def budget(self) -> Budget:
        return self._budget

    async def refresh(self, site: Site, dialer: Dialer, at: dt.datetime, at_s: float) -> None:
        if self._is_taught and at_s - self._counted_s < COUNT_S:
            return
        async with self._database.reading() as tx:
            if not self._is_taught:
                last = await load_last(tx, dialer.key, MOST)
                self.learned, self._is_taught = _taught(last, wrapup_of(site, dialer.key)), True
            midnight = at.astimezone(ZoneInfo(site.settings.time_zone)).replace(hour=0, minute=0, second=0)
            sinces = [midnight.astimezone(dt.UTC), *(at - dt.timedelta(minutes=each) for each in _LATELY_MIN)]
            day, hour, half_hour, quarter = await load_counts(tx, dialer.key, sinces)
            days30 = await self._month(tx, dialer, at, at_s)
        self._budget, self._counted_s = Budget(hour, day, days30, half_hour, quarter), at_s

    async def _month(self, tx: AsyncSession, dialer: Dialer, at: dt.datetime, at_s: float) -> Count:
        if at_s - self._month_s < MONTH_S:
            return self._budget.days30
        self._month_s = at_s
        return await load_count(tx, dialer.key, at - dt.timedelta(days=30))

    def tell_answer(self, attempt: Attempt, at: dt.datetime) -> None:
        """At once: the talk that follows may last for minutes, and calls without an answer end sooner."""
        if attempt.guid not in self._answered:
            self._answered.add(attempt.guid)
            rang_s = (at - attempt.begun_at).total_seconds()
            self.learned = self.learned.with_result(True, rang_s, _by_loop_s(attempt.begun_at))

    def tell(self, began_at: dt.datetime, result: Result, wrapup_s: float) -> None:
        """An attempt has ended."""
        is_told = result.guid in self._answered
        self._answered.discard(result.guid)
        if result.outcome in _TELLS_NOTHING:
            return
        if not is_told:
            self.learned = self.learned.with_result(*_answer((began_at, result)), _by_loop_s(began_at))
        if result.amd:
            self.learned = self.learned.with_detection(result.amd != "machine", DETECT_S)
        if result.connected_at is not None:
            self.learned = self.learned.with_handling(result.talk_s, wrapup_s)
        if result.answered_at is not None and result.outcome not in ("machine", "fax", "delivered"):
            is_abandoned = result.connected_at is None and result.outcome in ("abandoned", "opted_out")
            self._budget = Budget(*(window.plus(is_abandoned) for window in self._budget))


def _taught(ended: Iterable[Ended], wrapup_s: float) -> Learned:
    told = [each for each in ended if each[1].outcome not in _TELLS_NOTHING]
    return learn(
        [_answer(each) for each in told],
        [(result.talk_s, wrapup_s) for _, result in told if result.connected_at is not None],
        [(result.amd != "machine", DETECT_S) for _, result in told if result.amd],
    )


def _answer(ended: Ended) -> tuple[bool, float]:
    """Whether it was answered, and after how long."""
    began_at, result = ended
    return result.answered_at is not None, ((result.answered_at or result.at) - began_at).total_seconds()


def wrapup_of(site: Site, dialer: str) -> float:
    """Of the queue whose agents it calls for; nothing of a dialer that is gone."""
    found = site.dialers.get(dialer)
    return float(site.queues[site.campaigns[found.campaign].queue].wrapup_s) if found else 0.0


def _by_loop_s(at: dt.datetime) -> float:
    """By the clock that never goes back, which is the one that pacing sees."""
    return asyncio.get_running_loop().time() - (now() - at).total_seconds()
