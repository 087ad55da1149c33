"""How much more answers go up and down than chance explains: where they do, no forecast of them can be relied on."""

from math import sqrt
from typing import NamedTuple

_CALLS, _MOST_CALLS, _ANSWERS = 20, 60, 3.0  # of a batch: so many calls, more where few of them are answered
_KEEP = 0.98
_FEW = 5.0  # batches
_LUCK = 2.0  # so much of what is found may be mere chance


class Scatter(NamedTuple):
    """Compares the answers of each batch of calls with the rate that was believed before it; immutable."""

    calls: int = 0
    answers: int = 0
    believed: float = 0.0
    excess: float = 0.0  # fading sum: squared error of the answers beyond that of chance, as a share of the expected
    batches: float = 0.0  # fading count

    @property
    def doubt(self) -> float:
        """How far the rate of the next calls may be off, as a share of itself, beyond chance."""
        return sqrt(max(0.0, (self.excess - _LUCK) / self.batches)) if self.batches >= _FEW else 0.0

    def plus(self, answered: bool, believed: float) -> "Scatter":
        calls, answers = self.calls + 1, self.answers + answered
        rate = self.believed if self.calls else believed
        expected = calls * rate
        if calls < _CALLS or (expected < _ANSWERS and calls < _MOST_CALLS):
            return self._replace(calls=calls, answers=answers, believed=rate)
        error = answers - expected
        excess = (error * error - expected * (1 - rate)) / (expected * expected)
        return Scatter(excess=self.excess * _KEEP + excess, batches=self.batches * _KEEP + 1)
