"""How many of the coming answers may find no agent, so that no window goes over its limit."""

from math import sqrt
from typing import NamedTuple

from appliance.core.pacing.seen import Rules


class Count(NamedTuple):
    """Of a window of time: calls that a person answered, and those of them that found no agent in time."""

    answers: int = 0
    abandoned: int = 0

    def plus(self, abandoned: bool) -> "Count":
        return Count(self.answers + 1, self.abandoned + abandoned)

    @property
    def share(self) -> float | None:
        return self.abandoned / self.answers if self.answers else None

    def left(self, limit: float) -> int:
        """How many more may be abandoned now without the share going over the limit."""
        return max(0, int((limit * self.answers - self.abandoned) / (1 - limit))) if limit < 1 else self.answers


class _Steering(NamedTuple):
    """What is over is to be made up for within `ahead` answers; `reserve` is kept for what already rings."""

    ahead: float
    reserve: float

    def allows(self, limit: float, count: Count, known: float) -> float:
        """The share of the coming answers that may be lost; `known` says how far the beginning is over, up to 1."""
        reserve = known * self.reserve + _ROOTS * sqrt(count.answers)
        left = limit * count.answers - reserve - count.abandoned
        # What stays unused shows that the forecast is too careful.
        allowed = limit * known + left * (1 + max(0.0, left) / _UNUSED) / self.ahead
        far_over = limit * self.ahead + _ASTRAY + _ROOTS * sqrt(count.answers)
        # A little more than nothing makes up for it sooner, for answers without loss are what is needed. If that does
        # not help, the forecast is wrong, and only agents who are free are called for.
        return min(max(limit * known * _LEAST, allowed), limit * _MOST) if left > -far_over else 0.0


_FIRST, _SLOW_START = 15.0, 150.0
_LEAST, _MOST = 0.15, 3.0
_UNUSED = 10.0
_ASTRAY, _ROOTS = 8.0, 0.06  # chance goes astray with the root of the answers
_HOUR, _DAY, _DAYS30 = _Steering(60, 2.0), _Steering(200, 2.0), _Steering(1000, 2.0)


class Budget(NamedTuple):
    """What was used of each window of the rules: the last 60 minutes, today, the last 30 days with today."""

    hour: Count = Count()
    day: Count = Count()
    days30: Count = Count()

    def share_allowed(self, rules: Rules) -> float:
        """Little at first: nothing was earned yet, and not much is known."""
        limit, hour_limit = rules.abandoned_limit_pct / 100, rules.hour_limit_pct / 100
        answers = max(self.day.answers, self.hour.answers) + _FIRST
        known = answers / (answers + _SLOW_START)
        day, hour = _DAY.allows(limit, self.day, known), _HOUR.allows(hour_limit, self.hour, known)
        if self.days30.answers <= self.day.answers:
            return max(0.0, min(day, hour))
        return max(0.0, min(day, hour, _DAYS30.allows(limit, self.days30, known)))
