"""How long things last: of samples, the chance that what has lasted so long ends within the coming seconds."""

from bisect import bisect_right
from collections.abc import Sequence

# The coming moments at which agents and answers are compared, in seconds from now.
MOMENTS_S = (1.0, 2.0, 4.0, 6.0, 9.0, 12.0, 16.0, 20.0, 25.0)
PATIENCE_S = 2.0  # how long a person who answered may wait for an agent

Row = tuple[float, ...]


def first_row(rate: float, extra_s: float) -> Row:
    """Of what ends as likely at any time: `rate` a second."""
    return tuple(1 - 2.718281828459045 ** (-rate * (moment_s + extra_s)) for moment_s in MOMENTS_S)


def ending_rows(ends_s: Sequence[float], *, step_s: float, prior: Row, extra_s: float, weight: float) -> list[Row]:
    """A row for each elapsed step: the chance of having ended by each moment, given that it lasts still."""
    ordered = sorted(ends_s)
    number, rows, elapsed_s = len(ordered), [], 0.0
    while True:
        gone = bisect_right(ordered, elapsed_s)
        left = number - gone
        rows.append(
            tuple(
                (bisect_right(ordered, elapsed_s + moment_s + extra_s) - gone + weight * chance) / (left + weight)
                for moment_s, chance in zip(MOMENTS_S, prior, strict=True)
            )
        )
        if not left:
            return rows
        elapsed_s += step_s


def row_at(rows: Sequence[Row], elapsed_s: float, step_s: float) -> Row:
    return rows[min(len(rows) - 1, int(elapsed_s / step_s))]
