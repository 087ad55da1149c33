"""How long things last: of samples, the chance that what has lasted so long ends within the coming seconds."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from math import exp

# The coming moments at which agents and answers are compared, in seconds from now. More of them find nothing more.
MOMENTS_S = (3.0, 6.0, 10.0, 15.0, 24.0, 40.0)
PATIENCE_S = 2.0  # how long a person who answered may wait for an agent

Row = tuple[float, ...]  # of each moment
NOTHING: Row = (0.0,) * len(MOMENTS_S)


def memoryless_row(rate: float, extra_s: float) -> Row:
    """Of what ends as likely at any time: `rate` a second."""
    return tuple([1 - exp(-rate * (moment_s + extra_s)) for moment_s in MOMENTS_S])


def ended_by(ends_s: Sequence[float], extra_s: float) -> Row:
    """How many of these have ended by each moment; they are in order."""
    return tuple([float(bisect_right(ends_s, moment_s + extra_s)) for moment_s in MOMENTS_S])


def blend(ended: Row, number: int, prior: Row, weight: float) -> Row:
    return tuple([(each + weight * chance) / (number + weight) for each, chance in zip(ended, prior, strict=True)])


def add(rows: Iterable[Sequence[float]]) -> Row:
    sums = tuple(map(sum, zip(*rows, strict=True)))
    return sums or NOTHING
