"""How often a call is answered, as far as the last few hundred calls tell."""

from math import sqrt
from typing import NamedTuple

# In answers, not in calls: it is answers that tell, and where they are few it takes more calls to know as much.
_HALF_LIFE, _SHORT_HALF_LIFE = 120, 16
_KEEP, _KEEP_SHORT = 0.5 ** (1 / _HALF_LIFE), 0.5 ** (1 / _SHORT_HALF_LIFE)
# How many standard deviations between the two memories mean nothing, and how many that the rate has changed.
# More answers than were thought are believed sooner: they are what finds no agents.
_UP, _DOWN = (2.0, 3.5), (3.0, 4.5)


class AnswerRate(NamedTuple):
    """Two fading counts; the short one counts the more, the less it agrees with the long one."""

    yes: float = 1.0
    no: float = 3.0
    short_yes: float = 1.0
    short_no: float = 3.0
    seen: int = 0

    @property
    def mean(self) -> float:
        return self.given(0, 0.0)

    @property
    def doubt(self) -> float:
        """How far the rate may be off, as a share of itself."""
        return sqrt(self.no / self.yes / (self.yes + self.no + 1)) if self.yes else 1.0

    def given(self, ringing: int, coming: float) -> float:
        """The rate, with calls under way of which so many are expected to be answered.

        Answers come sooner than failures; without those that ring still, a batch would seem to answer well, then badly.
        """
        rate = (self.yes + coming) / (self.yes + self.no + ringing)
        number = self.short_yes + self.short_no + ringing
        short_rate = (self.short_yes + coming) / number
        return rate + (short_rate - rate) * _changed(rate, short_rate, number)

    def plus(self, answered: bool) -> "AnswerRate":
        if not answered:
            return self._replace(no=self.no + 1, short_no=self.short_no + 1, seen=self.seen + 1)
        return AnswerRate(
            self.yes * _KEEP + 1,
            self.no * _KEEP,
            self.short_yes * _KEEP_SHORT + 1,
            self.short_no * _KEEP_SHORT,
            self.seen + 1,
        )


def _changed(rate: float, short_rate: float, number: float) -> float:
    # A fading count spreads as one of half its weight would.
    deviation = sqrt(rate * (1 - rate) * 2 / number) + 1e-9
    nothing, sure = _UP if short_rate > rate else _DOWN
    return min(1.0, max(0.0, (abs(short_rate - rate) / deviation - nothing) / (sure - nothing)))
