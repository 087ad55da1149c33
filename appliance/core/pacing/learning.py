"""What a campaign has taught: how often and when calls are answered, and how long agents are busy with them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from appliance.core.pacing.answer_rate import AnswerRate
from appliance.core.pacing.handling import Handled, Handling, make_handling
from appliance.core.pacing.ringing import Ringing, make_ringing


@dataclass(frozen=True, slots=True)
class Learned:
    """Immutable: each `with_` gives what is known one fact later. Rebuild it after a start with `learn`."""

    rate: AnswerRate
    persons: AnswerRate  # of the answers that were looked at, those by a person
    detect_s: float  # how long that looking takes
    ringing: Ringing
    handling: Handling

    def with_result(self, answered: bool, rang_s: float) -> "Learned":
        """A call placed `rang_s` ago was answered (by whom- or whatever), or came to nothing."""
        return replace(self, rate=self.rate.plus(answered), ringing=self.ringing.plus(answered, max(0.0, rang_s)))

    def with_detection(self, is_person: bool, took_s: float) -> "Learned":
        """Only where answers are looked at: was it a person?"""
        detect_s = self.detect_s + (took_s - self.detect_s) * 0.05 if self.detect_s else took_s
        return replace(self, persons=self.persons.plus(is_person), detect_s=detect_s)

    def with_handling(self, talk_s: float, wrap_s: float) -> "Learned":
        """An agent is free again after a call that was connected."""
        return replace(self, handling=self.handling.plus(max(0.0, talk_s), max(0.0, wrap_s)))


def start_learning() -> Learned:
    everybody = AnswerRate(yes=1.0, no=0.0)
    return Learned(AnswerRate(), everybody, 0.0, make_ringing(), make_handling(()))


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
    return replace(learned, handling=make_handling(samples[-400:]))
