"""When agents become free: of one who has talked or wrapped up for so long, the chance of being free by each moment."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from appliance.core.pacing.tables import PATIENCE_S, Row, blend, ended_by, memoryless_row

KEPT = 400  # samples
TALK_STEP_S, WRAP_STEP_S = 4.0, 2.0
_FIRST_TALK_S, _FIRST_WRAP_S = 150.0, 20.0  # believed as long as nothing was seen, and as one sample then
_FEW = 30  # samples, and for each busy agent three more: until then the long talks are missing
_WEIGHT = 8.0  # of the belief that a call may end at any time, against the samples that lasted as long


class Handled(NamedTuple):
    talk_s: float
    wrap_s: float


class Handling(NamedTuple):
    """Immutable: `plus` gives the next one. Tables are made anew now and then, not with each call."""

    samples: tuple[Handled, ...]
    whole_s: float  # of all samples
    talking: tuple[Row, ...]
    wrapping: tuple[Row, ...]
    since: int = 0

    def plus(self, talk_s: float, wrap_s: float) -> "Handling":
        samples = (*self.samples[-KEPT + 1 :], Handled(talk_s, wrap_s))
        if self.since < len(samples) // 8:
            return Handling(samples, self.whole_s + talk_s + wrap_s, self.talking, self.wrapping, self.since + 1)
        return make_handling(samples)

    def is_young(self, busy: int) -> bool:
        """While short talks are overrated, for the long ones last still."""
        return len(self.samples) < min(KEPT // 2, _FEW + 3 * busy)

    def first_row(self, talking_s: Sequence[float]) -> Row:
        """Of who talks, as long as the tables are young: the talks that last still count with their time."""
        rate = (len(self.samples) + 1) / (self.whole_s + sum(talking_s) + _FIRST_TALK_S + _FIRST_WRAP_S)
        return memoryless_row(rate, PATIENCE_S)


def make_handling(samples: Sequence[Handled]) -> Handling:
    wraps_s = sorted(each.wrap_s for each in samples)
    whole_s, number = sum(each.talk_s for each in samples) + sum(wraps_s), len(samples) + 1
    talking = _talking(samples, memoryless_row(number / (whole_s + _FIRST_TALK_S + _FIRST_WRAP_S), PATIENCE_S))
    wrapping = _wrapping(wraps_s, memoryless_row(number / (sum(wraps_s) + _FIRST_WRAP_S), PATIENCE_S))
    return Handling(tuple(samples), whole_s, tuple(talking), tuple(wrapping))


def _talking(samples: Sequence[Handled], prior: Row) -> Iterator[Row]:
    """Free is who has wrapped up too. Beyond the longest talk, anything may be."""
    ends = sorted((each.talk_s + each.wrap_s, each.talk_s) for each in samples)
    elapsed_s = 0.0
    while ends:
        yield blend(ended_by([end_s for end_s, _talk_s in ends], elapsed_s + PATIENCE_S), len(ends), prior, _WEIGHT)
        elapsed_s += TALK_STEP_S
        ends = [each for each in ends if each[1] > elapsed_s]
    yield prior


def _wrapping(ends_s: Sequence[float], prior: Row) -> Iterator[Row]:
    elapsed_s = 0.0
    while ends_s:
        yield blend(ended_by(ends_s, elapsed_s + PATIENCE_S), len(ends_s), prior, _WEIGHT)
        elapsed_s += WRAP_STEP_S
        ends_s = [each_s for each_s in ends_s if each_s > elapsed_s]
    yield prior
