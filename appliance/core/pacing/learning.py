"""What a campaign has taught: how often and when calls are answered, and how long agents are busy with them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from appliance.core.pacing.answer_rate import AnswerRate
from appliance.core.pacing.handling import KEPT, Handled, Handling, make_handling
from appliance.core.pacing.ringing import Ringing
from appliance.core.pacing.rise import Higher, Lately, higher_rates
from appliance.core.pacing.scatter import Scatter
from appliance.core.pacing.tables import Row

_FADING = 0.05  # of what was known, with each look for a machine
_AGAIN = 20  # results after which the table of answers is made anew, or as soon as the rate has moved
_MOVED = 0.03


@dataclass(frozen=True, slots=True)
class Learned:
    """Immutable: each `with_` gives what is known one fact later. Rebuild it after a start with `learn`."""

    rate: AnswerRate
    scatter: Scatter
    persons: AnswerRate  # of the answers that were looked at, those by a person
    detect_s: float  # how long that looking takes
    ringing: Ringing
    lately: Lately
    handling: Handling
    answers: "Answers"

    def with_result(self, answered: bool, rang_s: float, placed_at_s: float | None = None) -> "Learned":
        """A call placed `rang_s` ago was answered (by whom- or whatever), or came to nothing.

        `placed_at_s` is by the clock of `Seen`; without it, as of what the database has, it was long ago.
        """
        rate, ringing = self.rate.plus(answered), self.ringing.plus(answered, max(0.0, rang_s))
        scatter = self.scatter.plus(answered, self.rate.mean)
        answers = self.answers
        if answers.is_stale(rate):
            answers = make_answers(rate, ringing, self.detect_s)
        lately = self.lately if placed_at_s is None else self.lately.plus(placed_at_s, answered)
        return replace(self, rate=rate, scatter=scatter, ringing=ringing, lately=lately, answers=answers)

    def with_detection(self, is_person: bool, took_s: float) -> "Learned":
        """Only where answers are looked at: was it a person?"""
        detect_s = self.detect_s + (took_s - self.detect_s) * _FADING if self.detect_s else took_s
        return replace(self, persons=self.persons.plus(is_person), detect_s=detect_s)

    def with_handling(self, talk_s: float, wrap_s: float) -> "Learned":
        """An agent is free again after a call that was connected."""
        return replace(self, handling=self.handling.plus(max(0.0, talk_s), max(0.0, wrap_s)))


@dataclass(frozen=True, slots=True)
class Answers:
    """The chances of calls that ring, at a rate; `seen` results were known then."""

    chances: tuple[Row, ...]
    higher: tuple[Higher, ...]
    rate: float
    seen: int

    def is_stale(self, rate: AnswerRate) -> bool:
        return rate.seen >= self.seen + _AGAIN or abs(rate.mean - self.rate) > _MOVED * self.rate


def make_answers(rate: AnswerRate, ringing: Ringing, detect_s: float) -> Answers:
    chances, higher = ringing.chances(rate.mean, detect_s), higher_rates(rate.mean, ringing.silent())
    return Answers(chances, higher, rate.mean, rate.seen)


def start_learning() -> Learned:
    rate, ringing = AnswerRate(), Ringing()
    everybody = AnswerRate(yes=1.0, no=0.0, short_yes=1.0, short_no=0.0)
    answers = make_answers(rate, ringing, 0.0)
    return Learned(rate, Scatter(), everybody, 0.0, ringing, Lately(), make_handling(()), answers)


def learn(
    results: Iterable[tuple[bool, float]],
    handled: Iterable[tuple[float, float]],
    detections: Iterable[tuple[bool, float]] = (),
) -> Learned:
    """From what the database has, oldest first; some hundreds of each are enough."""
    learned = start_learning()
    for answered, rang_s in results:
        learned = learned.with_result(answered, rang_s)
    for is_person, took_s in detections:
        learned = learned.with_detection(is_person, took_s)
    samples = [Handled(max(0.0, talk_s), max(0.0, wrap_s)) for talk_s, wrap_s in handled]
    return replace(learned, handling=make_handling(samples[-KEPT:]))
