"""When agents become free: of one who has talked or wrapped up for so long, the chance of being free by each moment."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from appliance.core.pacing.tables import MOMENTS_S, PATIENCE_S, Row, ending_rows, first_row, row_at

_KEPT = 400
_TALK_STEP_S, _WRAP_STEP_S = 4.0, 2.0
_FIRST_TALK_S, _FIRST_WRAP_S = 150.0, 20.0
_WEIGHT = 8.0
_FEW = 30


class Handled(NamedTuple):
    talk_s: float
    wrap_s: float


class Handling(NamedTuple):
    """Immutable: `plus` gives the next one. Tables are made anew now and then, not with each call."""

    samples: tuple[Handled, ...] = ()
    talking: tuple[Row, ...] = ()
    wrapping: tuple[Row, ...] = ()
    since: int = 0

    def plus(self, talk_s: float, wrap_s: float) -> "Handling":
        samples = (*self.samples[-_KEPT + 1 :], Handled(talk_s, wrap_s))
        if self.since < len(samples) // 10:
            return Handling(samples, self.talking, self.wrapping, self.since + 1)
        return make_handling(samples)

    def talk_row(self, elapsed_s: float) -> Row:
        return row_at(self.talking, elapsed_s, _TALK_STEP_S)

    def wrap_row(self, elapsed_s: float) -> Row:
        return row_at(self.wrapping, elapsed_s, _WRAP_STEP_S)


def make_handling(samples: Sequence[Handled]) -> Handling:
    number = len(samples)
    talks_s = [each.talk_s for each in samples]
    wraps_s = [each.wrap_s for each in samples]
    whole_s = sum(talks_s) + sum(wraps_s)
    talk_prior = first_row((number + 1) / (whole_s + _FIRST_TALK_S + _FIRST_WRAP_S), PATIENCE_S)
    wrap_prior = first_row((number + 1) / (sum(wraps_s) + _FIRST_WRAP_S), PATIENCE_S)
    wrapping = ending_rows(wraps_s, step_s=_WRAP_STEP_S, prior=wrap_prior, extra_s=PATIENCE_S, weight=_WEIGHT)
    talking = _talk_rows(samples, talk_prior)
    return Handling(tuple(samples), tuple(talking), tuple(wrapping))


def _talk_rows(samples: Sequence[Handled], prior: Row) -> list[Row]:
    # Given that the talk lasts still; free is who has wrapped up too.
    left, rows, elapsed_s = list(samples), [], 0.0
    while True:
        rows.append(_talk_row(left, elapsed_s, prior))
        if not left:
            return rows
        elapsed_s += _TALK_STEP_S
        left = [each for each in left if each.talk_s > elapsed_s]


def _talk_row(left: Sequence[Handled], elapsed_s: float, prior: Row) -> Row:
    ends = sorted(each.talk_s + each.wrap_s - elapsed_s for each in left)
    return tuple(
        (bisect_right(ends, moment_s + PATIENCE_S) + _WEIGHT * chance) / (len(ends) + _WEIGHT)
        for moment_s, chance in zip(MOMENTS_S, prior, strict=True)
    )
