"""Whether calls are answered more often all of a sudden: what those of the last minute tell, with those that ring.

The memories of `AnswerRate` need some ten answers to follow. Where many calls are under way because few are answered,
those ten come at once, and find no agents. So higher rates are kept in mind that may have come up a while ago, and each
is believed as far as it makes what was seen since likelier than the rate that was known. A lower rate is not looked
for: it costs no caller anything.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import exp, log, sqrt
from typing import NamedTuple

_TIMES = (2.0, 4.0, 8.0, 16.0)
_AGO_S = (5, 10, 20, 40, 80)
# How much less each is believed than that all is as it was, before anything is seen. 0.001 and 0.005 do as well.
_BEFOREHAND = 0.003
_LEAST, _MOST, _HIGHER = 0.001, 0.95, 1.3  # rates that are thought of, and from which factor on they are worth it
_KEPT = 400  # results
_SUREST = 30.0  # as a logarithm: nothing is surer, and no number too large
_POSSIBLE = 1e-6  # whatever was never seen


class Higher(NamedTuple):
    """A rate that would be `times` the known one, and how much likelier it makes what a call may do (logarithms)."""

    times: float
    answered: float
    failed: float
    rings: tuple[float, ...]  # still, for so many seconds


class Risen(NamedTuple):
    """How many times likelier an answer is than the known rate says, and how far that may be off, as a share of it."""

    of_new: float = 1.0
    doubt: float = 0.0
    of_ringing: tuple[float, ...] = ()  # by seconds of ringing; 1 beyond the last

    def of(self, second: int) -> float:
        return self.of_ringing[second] if second < len(self.of_ringing) else 1.0


class Lately(NamedTuple):
    """The last results with the time when each call was placed; immutable."""

    results: tuple[tuple[float, bool], ...] = ()

    def plus(self, placed_at_s: float, answered: bool) -> "Lately":
        return Lately((*self.results[-_KEPT + 1 :], (placed_at_s, answered)))

    def risen(self, at_s: float, ringing: Counter[int], rates: Iterable[Higher]) -> Risen:
        """`ringing` has how many calls ring for how many seconds. Where no result has a time, nothing is said."""
        if not self.results:
            return Risen()
        ages = [(max(0.0, at_s - placed_at_s), answered) for placed_at_s, answered in self.results]
        ended = [_ended(ages, ago_s) for ago_s in _AGO_S]
        beliefs = [belief for rate in rates for belief in _beliefs(rate, ended, ringing)]
        return _mixed(beliefs) if beliefs else Risen()


class _Belief(NamedTuple):
    ago_s: int
    times: float
    weight: float  # against 1, that all is as it was


def higher_rates(rate: float, silent: Sequence[tuple[float, float]]) -> tuple[Higher, ...]:
    """`silent` has for each second of ringing how many of those who answer, and of the others, ring for longer."""
    known = min(_MOST, max(_LEAST, rate))
    found = []
    for times in _TIMES:
        higher = min(_MOST, known * times)
        if higher < known * _HIGHER:
            break
        rings = tuple([log(_ring(higher, each) / _ring(known, each)) for each in silent])
        found.append(Higher(higher / known, log(higher / known), log((1 - higher) / (1 - known)), rings))
    return tuple(found)


def _ring(rate: float, silent: tuple[float, float]) -> float:
    answers, failures = silent
    return max(_POSSIBLE, rate * answers + (1 - rate) * failures)


def _ended(ages: Iterable[tuple[float, bool]], ago_s: int) -> tuple[int, int]:
    """Of the calls placed since then: how many were answered, and how many came to nothing."""
    young = [answered for age_s, answered in ages if age_s < ago_s]
    return sum(young), len(young) - sum(young)


def _beliefs(rate: Higher, ended: Iterable[tuple[int, int]], ringing: Counter[int]) -> Iterable[_Belief]:
    last = len(rate.rings) - 1
    for ago_s, (answered, failed) in zip(_AGO_S, ended, strict=True):
        rings = sum([number * rate.rings[min(last, second)] for second, number in ringing.items() if second < ago_s])
        evidence = answered * rate.answered + failed * rate.failed + rings
        yield _Belief(ago_s, rate.times, _BEFOREHAND * exp(min(_SUREST, evidence)))


def _mixed(beliefs: Sequence[_Belief]) -> Risen:
    whole = 1 + sum([each.weight for each in beliefs])
    by_second: list[float] = []
    for before_s, ago_s in zip((0, *_AGO_S), _AGO_S, strict=False):
        since = [each for each in beliefs if each.ago_s >= ago_s]
        by_second += [1 + sum([each.weight * (each.times - 1) for each in since]) / whole] * (ago_s - before_s)
    mean = by_second[0]
    square = (1 + sum([each.weight * each.times * each.times for each in beliefs])) / whole
    return Risen(mean, sqrt(max(0.0, square - mean * mean)) / mean, tuple(by_second))
