"""Agents free and answers to come, moment by moment, and what one more call would risk."""

from collections import Counter
from collections.abc import Iterable
from math import erfc, sqrt
from typing import NamedTuple

from appliance.core.pacing.handling import TALK_STEP_S, WRAP_STEP_S, Handling
from appliance.core.pacing.learning import Learned
from appliance.core.pacing.seen import Seen
from appliance.core.pacing.tables import MOMENTS_S, Row, add

_ROOT_OF_2 = sqrt(2)


class Moment(NamedTuple):
    """By then: agents less answers, how uncertain that is, and the chance that a call placed now is answered."""

    room: float
    variance: float
    chance: float
    since_last: float  # of the chance, what came after the moment before


class Forecast(NamedTuple):
    moments: tuple[Moment, ...]
    freed: Row

    def risk_of_last(self, calls: int) -> float:
        """Of the answer that the last of so many calls may bring: the chance that no agent is free for it."""
        others, risk, whole = calls - 1, 0.0, 0.0
        for room, variance, chance, since_last in self.moments:
            answers = others * chance
            deviation = sqrt(2 * (variance + answers * (1 - chance)))
            risk += since_last * erfc((room - answers - 0.5) / deviation)
            whole += since_last
        return risk / whole / 2 if whole else 0.0

    def freed_by(self, ahead_s: float) -> int:
        return round(self.freed[MOMENTS_S.index(ahead_s)])


def foresee(seen: Seen, learned: Learned) -> Forecast:
    freed, coming = _freed(seen, learned.handling), _coming(seen.ringing_s, learned)
    persons, busy = learned.persons.mean, max(1, len(seen.talking_s) + len(seen.wrapping_s))
    sure = len(seen.detecting_s) * persons
    free = seen.ready - seen.promised - len(seen.waiting_s) - sure
    doubt = learned.rate.doubt
    moments, before = [], 0.0
    for come, answered, alone in zip(freed, coming, learned.answers.chances[0], strict=True):
        go, chance = persons * answered, persons * alone
        variance = come * (1 - come / busy) + go + (doubt * go) ** 2 + sure * (1 - persons) + 1e-3
        moments.append(Moment(free + come - go, variance, chance, chance - before))
        before = chance
    return Forecast(tuple(moments), freed)


def _freed(seen: Seen, handling: Handling) -> Row:
    talking, wrapping = handling.talking, handling.wrapping
    last_talk, last_wrap = len(talking) - 1, len(wrapping) - 1
    rows = [talking[min(last_talk, int(each_s / TALK_STEP_S))] for each_s in seen.talking_s]
    rows += [wrapping[min(last_wrap, int(each_s / WRAP_STEP_S))] for each_s in seen.wrapping_s]
    freed = add(rows)
    if not seen.leaving:
        return freed
    staying = max(0.0, 1 - seen.leaving / max(1, len(rows)))
    return tuple([staying * each for each in freed])


def _coming(ringing_s: Iterable[float], learned: Learned) -> Row:
    chances = learned.answers.chances
    last = len(chances) - 1
    # Calls that began in the same second are one row.
    seconds = Counter(map(int, ringing_s)).items()
    return add([[number * each for each in chances[min(last, second)]] for second, number in seconds])
