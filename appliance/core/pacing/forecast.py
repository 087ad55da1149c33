"""Agents free and answers to come, moment by moment, and what one more call would risk."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import erfc, sqrt
from typing import NamedTuple

from appliance.core.pacing.learning import Learned
from appliance.core.pacing.seen import Seen
from appliance.core.pacing.tables import MOMENTS_S, Row

_NOTHING: Row = (0.0,) * len(MOMENTS_S)


class Forecast(NamedTuple):
    """`means` and `spreads` of agents less answers by each moment, without a further call."""

    means: Row
    spreads: Row
    freed: Row
    chances: Row  # of one call placed now: that it has been answered by each moment

    def risk_of_last(self, calls: int) -> float:
        """Of the answer that the last of so many calls may bring: the chance that no agent is free for it."""
        risk, before = 0.0, 0.0
        for mean, spread, chance in zip(self.means, self.spreads, self.chances, strict=True):
            if chance > before:
                room = mean - (calls - 1) * chance - 0.5
                deviation = sqrt(spread + (calls - 1) * chance * (1 - chance) + 1e-9)
                risk += (chance - before) * erfc(room / deviation / sqrt(2)) / 2
                before = chance
        return risk / before if before else 0.0

    def freed_by(self, ahead_s: float) -> int:
        return round(self.freed[MOMENTS_S.index(ahead_s)])


def foresee(seen: Seen, learned: Learned) -> Forecast:
    freed = _freed(seen, learned)
    persons = learned.persons.mean
    rate = learned.rate.mean
    coming = _sum(_ringing_rows(seen.ringing_s, learned))
    free = seen.ready - seen.promised - len(seen.waiting_s)
    sure = len(seen.detecting_s) * persons
    means = tuple(free + come - persons * go - sure for come, go in zip(freed, coming, strict=True))
    spreads = tuple(
        come * (1 - come / max(1, len(seen.talking_s) + len(seen.wrapping_s))) + persons * go + sure * (1 - persons)
        for come, go in zip(freed, coming, strict=True)
    )
    chances = tuple(persons * each for each in learned.ringing.at(0.0).chances(rate))
    return Forecast(means, spreads, freed, chances)


def _freed(seen: Seen, learned: Learned) -> Row:
    talking = [learned.handling.talk_row(each) for each in seen.talking_s]
    wrapping = [learned.handling.wrap_row(each) for each in seen.wrapping_s]
    busy = len(talking) + len(wrapping)
    staying = max(0.0, 1 - seen.leaving / busy) if busy else 0.0
    return tuple(staying * each for each in _sum([*talking, *wrapping]))


def _ringing_rows(ringing_s: Iterable[float], learned: Learned) -> list[Row]:
    rate = learned.rate.mean
    rows = []
    for second, number in Counter(map(int, ringing_s)).items():
        rows.append(tuple(number * each for each in learned.ringing.at(float(second)).chances(rate)))
    return rows


def _sum(rows: Sequence[Row]) -> Row:
    return tuple(map(sum, zip(*rows, strict=True))) if rows else _NOTHING
