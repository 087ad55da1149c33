"""The people who are called: who answers after how long, and how long the talk and the wrap-up are."""

from bisect import bisect_right
from collections.abc import Callable
from math import exp, log
from typing import NamedTuple, Protocol

from appliance.core.pacing.tables import PATIENCE_S


class Chance(Protocol):
    """What is needed of `random.Random`, which is brought along: rules have no chance of their own."""

    def random(self) -> float: ...
    def gauss(self, mu: float, sigma: float) -> float: ...


class Callee(NamedTuple):
    """What happens to one call. `detect_s` is 0 where nobody looks whether a machine answered."""

    answers: bool
    is_person: bool
    rings_s: float
    detect_s: float
    talk_s: float
    wrap_s: float
    patience_s: float = PATIENCE_S  # how long a person waits for an agent


Call = Callable[[Chance, float], Callee]  # by the second of the day


class Lasting(NamedTuple):
    """Log-normal: most are short, a few are long."""

    mean_s: float
    sigma: float = 0.6

    def draw(self, chance: Chance) -> float:
        normal = chance.gauss(0.0, 1.0)
        return exp(log(self.mean_s) - self.sigma**2 / 2 + self.sigma * normal) if self.mean_s > 0 else 0.0


class People(NamedTuple):
    """`answer_rates` has from which second on how many of the calls are answered by a person."""

    answer_rates: tuple[tuple[float, float], ...] = ((0.0, 0.3),)
    talk: Lasting = Lasting(120.0)
    wrap: Lasting = Lasting(20.0, 0.5)
    ring: Lasting = Lasting(10.0, 0.5)
    ring_limit_s: float = 25.0
    busy_rate: float = 0.25  # of those who do not answer: refused, busy or not connected
    machine_rate: float = 0.0  # of all calls: answered by a machine
    detect_s: float = 0.0  # where it is looked whether a machine answered

    def call(self, chance: Chance, at_s: float) -> Callee:
        """As many draws for each call: so the same people are called whoever dials."""
        who, refuses, looks = chance.random(), chance.random(), chance.random()
        rings_s = min(max(1.0, self.ring.draw(chance)), self.ring_limit_s - 0.5)
        talk_s, wrap_s = self.talk.draw(chance), self.wrap.draw(chance)
        is_person = who < self.rate_at(at_s)
        answers = is_person or who > 1 - self.machine_rate
        if not answers:
            rings_s = 1.0 + 4 * looks if refuses < self.busy_rate else self.ring_limit_s
        detect_s = self.detect_s * (0.8 + 0.4 * looks) if self.detect_s else 0.0
        return Callee(answers, is_person, rings_s, detect_s, talk_s, wrap_s)

    def rate_at(self, at_s: float) -> float:
        return self.answer_rates[max(0, bisect_right(self.answer_rates, (at_s, 1.0)) - 1)][1]
