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


class Step(NamedTuple):
    """Of calls that have rung for one more second: how many of the answers, and of the failures, are still to come."""

    answers_left: float
    failures_left: float
    row: Row  # of all answers, the share that comes by each moment from here

    def chances(self, rate: float) -> Row:
        """By each moment, that this call was answered."""
        still = rate * self.answers_left + (1 - rate) * self.failures_left
        weight = rate / still if still > 0 else 0.0
        return tuple(weight * share for share in self.row)


class Ringing(NamedTuple):
    """Immutable: `plus` gives the next one. The steps are made anew now and then, not with each call."""

    answers_s: tuple[float, ...]
    failures_s: tuple[float, ...]
    steps: tuple[Step, ...]
    since: int = 0

    def plus(self, answered: bool, rang_s: float) -> "Ringing":
        answers_s, failures_s = self.answers_s, self.failures_s
        if answered:
            answers_s = (*answers_s[-_KEPT + 1 :], rang_s)
        else:
            failures_s = (*failures_s[-_KEPT + 1 :], rang_s)
        if self.since < len(failures_s) // 8:
            return Ringing(answers_s, failures_s, self.steps, self.since + 1)
        return make_ringing(answers_s, failures_s)

    def at(self, rang_s: float) -> Step:
        return self.steps[min(len(self.steps) - 1, int(rang_s))]


def make_ringing(answers_s: Sequence[float] = _ANSWERS_S, failures_s: Sequence[float] = _FAILURES_S) -> Ringing:
    answers, failures = sorted(answers_s), sorted(failures_s)
    last = int(min(_LONGEST_S, max(answers[-1], failures[-1])))
    steps = tuple(_step(answers, failures, float(elapsed)) for elapsed in range(last + 1))
    return Ringing(tuple(answers_s), tuple(failures_s), steps)


def _step(answers: Sequence[float], failures: Sequence[float], elapsed_s: float) -> Step:
    gone, number = bisect_right(answers, elapsed_s), len(answers)
    row = tuple((bisect_right(answers, elapsed_s + moment_s) - gone) / number for moment_s in MOMENTS_S)
    return Step(1 - gone / number, 1 - bisect_right(failures, elapsed_s) / len(failures), row)
