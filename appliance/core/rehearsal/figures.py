"""What a simulated day came to."""

from collections import Counter
from dataclasses import dataclass, field

HOUR_S = 3600.0


@dataclass(slots=True)
class Figures:
    """Seconds of agents' time, calls and answers, counted while the simulation goes on."""

    staffed_s: float = 0.0
    talk_s: float = 0.0
    wrap_s: float = 0.0
    placed: int = 0
    answered: int = 0
    abandoned: int = 0
    ended_at_s: float = 0.0
    lost_at_s: list[float] = field(default_factory=list)
    answered_at_s: list[float] = field(default_factory=list)
    channels: Counter[int] = field(default_factory=Counter)  # how often so many were in use

    @property
    def talk_share(self) -> float:
        return self.talk_s / self.staffed_s if self.staffed_s else 0.0

    @property
    def busy_share(self) -> float:
        return (self.talk_s + self.wrap_s) / self.staffed_s if self.staffed_s else 0.0

    @property
    def abandoned_share(self) -> float:
        return self.abandoned / self.answered if self.answered else 0.0

    @property
    def worst_hour(self) -> float:
        """Of the hours by the clock."""
        answered, lost = Counter(map(_hour, self.answered_at_s)), Counter(map(_hour, self.lost_at_s))
        return max((lost[hour] / number for hour, number in answered.items()), default=0.0)

    @property
    def most_channels(self) -> int:
        return max(self.channels, default=0)

    def channels_for(self, share: float) -> int:
        """As many as were enough for this share of the time."""
        left = share * self.channels.total()
        for number in sorted(self.channels):
            left -= self.channels[number]
            if left <= 0:
                return number
        return self.most_channels


def _hour(at_s: float) -> int:
    return int(at_s // HOUR_S)
