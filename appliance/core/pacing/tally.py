"""Counts the answers of the last hour and of the day, one by one."""

from collections import deque

from appliance.core.pacing.budget import Budget, Count

_HOUR_S = 3600.0
_NONE = Count()


class Tally:
    """`day` and `days30` are what the database had at the beginning; a new one is made for a new day."""

    def __init__(self, day: Count = _NONE, days30: Count = _NONE) -> None:
        self._day, self._days30 = day, days30
        self._hour: deque[tuple[float, bool]] = deque()
        self._lost = 0

    def add(self, at_s: float, abandoned: bool) -> None:
        """In the order of time. A person answered, and was lost or got an agent."""
        self._hour.append((at_s, abandoned))
        self._lost += abandoned
        self._day, self._days30 = self._day.plus(abandoned), self._days30.plus(abandoned)

    def budget(self, at_s: float) -> Budget:
        hour = self._hour
        while hour and hour[0][0] <= at_s - _HOUR_S:
            self._lost -= hour.popleft()[1]
        return Budget(Count(len(hour), self._lost), self._day, self._days30)
