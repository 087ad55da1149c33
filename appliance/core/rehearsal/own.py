"""The project's own pacing as a pacer of a simulated day: it learns as the real dialer does."""

from appliance.core.pacing.learning import Learned, start_learning
from appliance.core.pacing.pace import decide
from appliance.core.pacing.seen import Rules, Seen
from appliance.core.pacing.tally import Tally


class OwnPacer:
    def __init__(self, rules: Rules, learned: Learned | None = None, tick_s: float = 1.0) -> None:
        self.rules, self.tick_s = rules, tick_s
        self.learned = learned or start_learning()
        self.tally = Tally()
        self._now_s = 0.0

    def calls(self, seen: Seen) -> int:
        self._now_s = seen.at_s
        return decide(seen, self.learned, self.tally.budget(seen.at_s), self.rules).calls

    def on_result(self, answered: bool, rang_s: float) -> None:
        self.learned = self.learned.with_result(answered, rang_s, self._now_s - rang_s)

    def on_detection(self, is_person: bool, took_s: float) -> None:
        self.learned = self.learned.with_detection(is_person, took_s)

    def on_person(self, at_s: float, abandoned: bool) -> None:
        self.tally.add(at_s, abandoned)

    def on_handled(self, talk_s: float, wrap_s: float) -> None:
        self.learned = self.learned.with_handling(talk_s, wrap_s)
