"""When calls are answered: the chance that one that has rung so long is answered within the coming seconds."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from appliance.core.pacing.tables import MOMENTS_S, Row

_KEPT = 400
_LONGEST_S = 90
# What is believed before anything was seen, and forgotten with the first hundreds of calls.
_ANSWERS_S = (3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 16.0, 20.0)
_FAILURES_S = (2.0, 4.0, 8.0, 15.0, 25.0, 28.0, 30.0, 35.0)


class Ringing(NamedTuple):
    """Immutable: `plus` gives the next one."""

    answers_s: tuple[float, ...] = _ANSWERS_S
    failures_s: tuple[float, ...] = _FAILURES_S

    def plus(self, answered: bool, rang_s: float) -> "Ringing":
        if answered:
            return Ringing((*self.answers_s[-_KEPT + 1 :], rang_s), self.failures_s)
        return Ringing(self.answers_s, (*self.failures_s[-_KEPT + 1 :], rang_s))

    def chances(self, rate: float, later_s: float) -> tuple[Row, ...]:
        """For each second of ringing: by each moment, that the call was answered at least `later_s` before."""
        answers, failures = sorted(self.answers_s), sorted(self.failures_s)
        seconds = _seconds(answers, failures)
        return tuple(_chance(answers, failures, (rate, later_s, float(each_s))) for each_s in seconds)

    def silent(self) -> tuple[tuple[float, float], ...]:
        """For each second of ringing: how many of those who answer ring for longer, and how many of the others."""
        answers, failures = sorted(self.answers_s), sorted(self.failures_s)
        return tuple((_longer(answers, each_s), _longer(failures, each_s)) for each_s in _seconds(answers, failures))


def _seconds(answers: Sequence[float], failures: Sequence[float]) -> range:
    return range(int(min(_LONGEST_S, max(answers[-1], failures[-1]))) + 1)


def _longer(ends: Sequence[float], elapsed_s: float) -> float:
    return 1 - bisect_right(ends, elapsed_s) / len(ends)


def _chance(answers: Sequence[float], failures: Sequence[float], at: tuple[float, float, float]) -> Row:
    rate, later_s, elapsed_s = at
    gone = bisect_right(answers, elapsed_s)
    still_answers = rate * (1 - gone / len(answers))
    still = still_answers + (1 - rate) * (1 - bisect_right(failures, elapsed_s) / len(failures))
    share = rate / len(answers) / still if still > 0 else 0.0
    return tuple([share * max(0, bisect_right(answers, elapsed_s + each - later_s) - gone) for each in MOMENTS_S])
