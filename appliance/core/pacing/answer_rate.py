"""How often a call is answered, as far as the last few hundred calls tell."""

from math import sqrt
from typing import NamedTuple

_HALF_LIFE, _SHORT_HALF_LIFE = 250, 40
_KEEP, _KEEP_SHORT = 0.5 ** (1 / _HALF_LIFE), 0.5 ** (1 / _SHORT_HALF_LIFE)
_SURE = 3.0  # standard deviations between the two memories: the rate has changed


class AnswerRate(NamedTuple):
    """Two fading counts; the short one takes over when it says that the rate has changed."""

    yes: float = 1.0
    no: float = 3.0
    short_yes: float = 1.0
    short_no: float = 3.0
    seen: int = 0

    @property
    def mean(self) -> float:
        return self.yes / (self.yes + self.no)

    @property
    def doubt(self) -> float:
        """How far the rate may be off, as a share of itself."""
        return sqrt(self.no / self.yes / (self.yes + self.no + 1)) if self.yes else 1.0

    def plus(self, answered: bool) -> "AnswerRate":
        yes, no = self.yes * _KEEP + answered, self.no * _KEEP + (not answered)
        short_yes, short_no = self.short_yes * _KEEP_SHORT + answered, self.short_no * _KEEP_SHORT + (not answered)
        if _differ(yes / (yes + no), short_yes, short_no):
            yes, no = short_yes, short_no
        return AnswerRate(yes, no, short_yes, short_no, self.seen + 1)


def _differ(rate: float, yes: float, no: float) -> bool:
    number = yes + no
    # A fading count of this half-life spreads as one of half its weight would.
    return (yes - rate * number) ** 2 > _SURE**2 * rate * (1 - rate) * number / 2
