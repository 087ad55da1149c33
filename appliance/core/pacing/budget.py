"""How many of the coming answers may find no agent, so that no window goes over its limit.

Two things hold together. `share_allowed` steers: it moves the risk that is taken by what was lost, so that a wrong
forecast comes right. `left` is the floor below: what may still be lost at worst, whatever the forecast says.
"""

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

    def earned(self, limit: float) -> float:
        """How many of these answers might have been lost, less those that were."""
        return limit * self.answers - self.abandoned


class _Steering(NamedTuple):
    """What is over is to be made up for within `ahead` answers; `reserve` is kept for what already rings."""

    ahead: float
    reserve: float

    def allows(self, limit: float, count: Count, known: float) -> float:
        """The share of the coming answers that may be lost; `known` says how far the beginning is over, up to 1."""
        left = count.earned(limit) - known * self.reserve - _ROOTS * sqrt(count.answers)
        # What stays unused shows that the forecast is too careful.
        allowed = limit * known + left * (1 + max(0.0, left) / _UNUSED) / self.ahead
        # A little more than nothing makes up for it sooner, for answers without loss are what is needed.
        return min(max(limit * known * _LEAST, allowed), limit * _MOST)


# These numbers, and those of the other modules here, were found with `python -m tests.bench.dialer`, on days of all
# kinds; none is of a law but the limit itself. Half or double of those of the steering changes little (decision 031).
_FIRST, _SLOW_START = 15.0, 150.0  # answers: a day begins as if it had some, and with half its share after so many
_LEAST, _MOST = 0.15, 3.0  # of the limit: the share that is allowed
_UNUSED = 10.0  # lost calls: as many left over are spent twice as fast
_ROOTS = 0.06  # chance goes astray with the root of the answers
_HOUR, _DAY, _DAYS30 = _Steering(60, 2.0), _Steering(200, 2.0), _Steering(1000, 2.0)

# Of the limit: an hour may have a third more. What comes after its first quarter or half still counts for it, at the
# limit itself, so these may have more yet: 4, 5 and 7 % where the limit is 3.
_OF_HOUR, _OF_HALF_HOUR, _OF_QUARTER = 4 / 3, 5 / 3, 7 / 3
_DAY_ROOTS = 0.05  # kept back of a day
_GRACE, _GRACE_ANSWERS = 1.5, 400


class Budget(NamedTuple):
    """What was used of each window: the last 60 minutes, today, the last 30 days with today, and parts of the hour."""

    hour: Count = Count()
    day: Count = Count()
    days30: Count = Count()
    half_hour: Count = Count()
    quarter: Count = Count()

    def share_allowed(self, rules: Rules) -> float:
        """Little at first: nothing was earned yet, and not much is known."""
        limit = rules.abandoned_limit_pct / 100
        answers = self._answers + _FIRST
        known = answers / (answers + _SLOW_START)
        day, hour = _DAY.allows(limit, self.day, known), _HOUR.allows(limit * _OF_HOUR, self.hour, known)
        if self.days30.answers <= self.day.answers:
            return min(day, hour)
        return min(day, hour, _DAYS30.allows(limit, self.days30, known))

    def left(self, rules: Rules) -> float:
        """How many may be lost yet, where least may; below nothing: how many too many were."""
        limit = rules.abandoned_limit_pct / 100
        return min(
            self.day.earned(limit) - _DAY_ROOTS * sqrt(self.day.answers) + _grace(self.day),
            self.hour.earned(limit * _OF_HOUR) + _grace(self.hour),
            self.half_hour.earned(limit * _OF_HALF_HOUR) + _grace(self.half_hour),
            self.quarter.earned(limit * _OF_QUARTER) + _grace(self.quarter),
        )

    @property
    def _answers(self) -> int:
        return max(self.day.answers, self.hour.answers)


def _grace(count: Count) -> float:
    """One lost call is more than the limit of the first answers: it is waited for what the next ones bring."""
    return _GRACE * max(0.0, 1 - count.answers / _GRACE_ANSWERS)
