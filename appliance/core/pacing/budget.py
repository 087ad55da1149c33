"""How many of the coming answers may find no agent, so that no window goes over its limit."""

from typing import NamedTuple

from appliance.core.pacing.seen import Rules


class Count(NamedTuple):
    """Of a window of time: calls that a person answered, and those of them that found no agent in time."""

    answers: int = 0
    abandoned: int = 0

    def plus(self, abandoned: bool) -> "Count":
        return Count(self.answers + 1, self.abandoned + abandoned)

    def allows(self, limit: float, ahead: int) -> float:
        """The share of the next `ahead` answers that may be lost while the whole window stays inside `limit`."""
        return limit + (limit * self.answers - self.abandoned) / ahead


class Budget(NamedTuple):
    """What was used of each window of the rules: the last 60 minutes, today, the last 30 days."""

    hour: Count = Count()
    day: Count = Count()
    days30: Count = Count()

    def share_allowed(self, rules: Rules) -> float:
        """Windows are steered a little below their limits: what already rings cannot be taken back."""
        limit = rules.abandoned_limit_pct / 100
        day = self.day.allows(limit * _AIM, _DAY_AHEAD)
        hour = self.hour.allows(rules.hour_limit_pct / 100 * _HOUR_AIM, _HOUR_AHEAD)
        days30 = self.days30.allows(limit * _AIM, _DAYS_AHEAD)
        return max(0.0, min(day, hour, max(days30, limit * _AIM if self.days30.answers < _FEW else 0.0)))


_AIM, _HOUR_AIM = 0.97, 0.9
_DAY_AHEAD, _HOUR_AHEAD, _DAYS_AHEAD = 150, 60, 1000
_FEW = 1000
