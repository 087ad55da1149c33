"""Counts the answers of the last hour and of the day, one by one."""

from collections import deque

from appliance.core.pacing.budget import Budget, Count

_HOUR_S = 3600.0
_NONE = Count()


class Tally:
    """`day` and `days30` are what the database had at the beginning; a new one is made for a new day."""

    def __init__(self, day: Count = _NONE, days30: Count = _NONE) -> None:
        self._day, self._days30 = day, days30
        self._hour, self._half_hour, self._quarter = (_Last(_HOUR_S / part) for part in (1, 2, 4))

    def add(self, at_s: float, abandoned: bool) -> None:
        """In the order of time. A person answered, and was lost or got an agent."""
        for last in (self._hour, self._half_hour, self._quarter):
            last.add(at_s, abandoned)
        self._day, self._days30 = self._day.plus(abandoned), self._days30.plus(abandoned)

    def budget(self, at_s: float) -> Budget:
        hour, half_hour, quarter = (last.count(at_s) for last in (self._hour, self._half_hour, self._quarter))
        return Budget(hour, self._day, self._days30, half_hour, quarter)


class _Last:
    """The answers of so many seconds up to now."""

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._answers: deque[tuple[float, bool]] = deque()
        self._lost = 0

    def add(self, at_s: float, abandoned: bool) -> None:
        self._answers.append((at_s, abandoned))
        self._lost += abandoned

    def count(self, at_s: float) -> Count:
        while self._answers and self._answers[0][0] <= at_s - self._length_s:
            self._lost -= self._answers.popleft()[1]
        return Count(len(self._answers), self._lost)
