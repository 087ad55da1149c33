"""The figures of each queue, of today and of the last half hour, kept up to date call by call."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

RECENT = dt.timedelta(minutes=30)


class Finished(NamedTuple):
    """A call that was for a queue."""

    guid: str
    queue: str
    outcome: str
    wait_s: float
    entered_at: dt.datetime

    def is_in_time(self, level_s: int) -> bool:
        return self.outcome == "answered" and self.wait_s <= level_s


@dataclass(frozen=True, slots=True)
class Counts:
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    in_time: int = 0

    def plus(self, call: Finished, level_s: int) -> "Counts":
        return Counts(
            self.offered + 1,
            self.answered + (call.outcome == "answered"),
            self.abandoned + (call.outcome == "abandoned"),
            self.in_time + call.is_in_time(level_s),
        )

    @property
    def service_level(self) -> float | None:
        return self.in_time / self.offered if self.offered else None


_NOTHING = Counts()


class DayFigures:
    """`counts` and `recent` are what the database had when the day, or the daemon, began."""

    def __init__(
        self,
        since: dt.datetime,
        counts: Mapping[str, Counts],
        recent: Iterable[Finished],
        levels_s: Mapping[str, int],
    ) -> None:
        self.since = since
        self._today = dict(counts)
        self._recent = {call.guid: call for call in recent}
        self._levels_s = levels_s

    def add(self, call: Finished) -> None:
        """One that is known already changes nothing, nor one of another day."""
        if call.guid in self._recent or call.entered_at < self.since or not call.queue:
            return
        self._recent[call.guid] = call
        self._today[call.queue] = self._today.get(call.queue, _NOTHING).plus(call, self._level_s(call.queue))

    def rows(self, at: dt.datetime) -> dict[str, dict[str, int | float | None]]:
        """What a board shows of each queue that had a call."""
        self._recent = {guid: call for guid, call in self._recent.items() if call.entered_at >= at - RECENT}
        now: dict[str, Counts] = {}
        for call in self._recent.values():
            now[call.queue] = now.get(call.queue, _NOTHING).plus(call, self._level_s(call.queue))
        return {queue: _row(today, now.get(queue, _NOTHING)) for queue, today in self._today.items()}

    def _level_s(self, queue: str) -> int:
        return self._levels_s.get(queue, DEFAULT_LEVEL_S)


DEFAULT_LEVEL_S = 20  # of a queue that is gone


def _row(today: Counts, now: Counts) -> dict[str, int | float | None]:
    return {
        "offered": today.offered,
        "answered": today.answered,
        "abandoned": today.abandoned,
        "in_time": today.in_time,
        "offered_now": now.offered,
        "in_time_now": now.in_time,
    }
