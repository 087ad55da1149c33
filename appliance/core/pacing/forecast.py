"""Agents free and answers to come, moment by moment, and what one more call would risk."""

from collections import Counter
from collections.abc import Sequence
from math import erfc, hypot, sqrt
from typing import NamedTuple

from appliance.core.pacing.handling import TALK_STEP_S, WRAP_STEP_S, Handling
from appliance.core.pacing.learning import Learned
from appliance.core.pacing.rise import Risen
from appliance.core.pacing.seen import Seen
from appliance.core.pacing.tables import MOMENTS_S, Row, add

_ROOT_OF_2 = sqrt(2)


class Moment(NamedTuple):
    """By then: agents less answers, how much that varies, answers of calls under way, and the chance of a new call."""

    room: float
    variance: float
    coming: float
    chance: float
    since_last: float  # of the chance, what came after the moment before


class Forecast(NamedTuple):
    moments: tuple[Moment, ...]
    freed: Row
    rate: float  # persons among the calls
    doubt: float  # of the rate, as a share of it

    def risk_of_last(self, calls: int) -> float:
        """Of the answer that the last of so many calls may bring: the chance that no agent is free for it."""
        others, risk, whole, doubt = calls - 1, 0.0, 0.0, self.doubt
        for room, variance, coming, chance, since_last in self.moments:
            answers = others * chance
            astray = doubt * (coming + answers)
            deviation = sqrt(2 * (variance + answers * (1 - chance) + astray * astray))
            risk += since_last * erfc((room - answers - 0.5) / deviation)
            whole += since_last
        return risk / whole / 2 if whole else 0.0

    def lost_at_worst(self, calls: int, deviations: float) -> float:
        """With so many more calls: answers without an agent, where things go so many standard deviations wrong."""
        worst = 0.0
        for room, variance, coming, chance, _since_last in self.moments:
            answers = calls * chance
            astray = self.doubt * (coming + answers)
            deviation = sqrt(variance + answers * (1 - chance) + astray * astray)
            worst = max(worst, deviations * deviation - room + answers)
        return worst

    def freed_by(self, ahead_s: float) -> int:
        return round(self.freed[MOMENTS_S.index(ahead_s)])


def foresee(seen: Seen, learned: Learned) -> Forecast:
    ringing = Counter(map(int, seen.ringing_s))  # calls that began in the same second are one row
    risen = learned.lately.risen(seen.at_s, ringing, learned.answers.higher)
    freed, coming = _freed(seen, learned.handling), _coming(ringing, learned, risen)
    persons, busy = learned.persons.mean, max(1, len(seen.talking_s) + len(seen.wrapping_s))
    rate = learned.rate.given(len(seen.ringing_s), _coming(ringing, learned, Risen())[-1])
    share = persons * rate / learned.answers.rate  # the table is of a rate that was
    sure = len(seen.detecting_s) * persons
    free = seen.ready - seen.promised - len(seen.waiting_s) - sure
    moments, before = [], 0.0
    for come, answered, alone in zip(freed, coming, learned.answers.chances[0], strict=True):
        go, chance = share * answered, min(1.0, share * risen.of_new * alone)
        variance = come * (1 - come / busy) + go + sure * (1 - persons) + 1e-3
        moments.append(Moment(free + come - go, variance, go, chance, chance - before))
        before = chance
    doubt = hypot(learned.rate.doubt, learned.scatter.doubt, risen.doubt)
    return Forecast(tuple(moments), freed, min(1.0, persons * rate * risen.of_new), doubt)


def _freed(seen: Seen, handling: Handling) -> Row:
    wrapping = handling.wrapping
    last = len(wrapping) - 1
    rows = _talking_rows(seen.talking_s, handling)
    rows += [wrapping[min(last, int(each_s / WRAP_STEP_S))] for each_s in seen.wrapping_s]
    freed = add(rows)
    if not seen.leaving:
        return freed
    staying = max(0.0, 1 - seen.leaving / max(1, len(rows)))
    return tuple([staying * each for each in freed])


def _talking_rows(talking_s: Sequence[float], handling: Handling) -> list[Row]:
    if handling.is_young(len(talking_s)):
        return [handling.first_row(talking_s)] * len(talking_s)
    talking = handling.talking
    last = len(talking) - 1
    return [talking[min(last, int(each_s / TALK_STEP_S))] for each_s in talking_s]


def _coming(ringing: Counter[int], learned: Learned, risen: Risen) -> Row:
    chances, rows = learned.answers.chances, []
    last = len(chances) - 1
    for second, number in ringing.items():
        times = risen.of(second)
        rows.append([number * min(1.0, times * each) for each in chances[min(last, second)]])
    return add(rows)
