"""What a dialer sees of a campaign at a moment, the rules it has to keep, and what comes out of both."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Mode = Literal["progressive", "power", "predictive"]


class Seen(NamedTuple):
    """Agents and calls of one campaign; agents shared with others only as far as they are its share."""

    at_s: float  # of any clock that never goes back
    ready: int  # free agents, with those who are promised
    promised: int = 0  # to calls from outside and to due callbacks; of the ready ones, then of the next to be free
    talking_s: tuple[float, ...] = ()  # for how long each agent has talked
    wrapping_s: tuple[float, ...] = ()  # since when each agent in wrap-up has been in it
    leaving: int = 0  # of those who talk or wrap up: they will not come back, or for a call they promised
    ringing_s: tuple[float, ...] = ()  # since when each call is placed that has no end and no answer
    detecting_s: tuple[float, ...] = ()  # since the answer of each call that may be a machine
    waiting_s: tuple[float, ...] = ()  # persons who answered and have no agent yet

    @property
    def free(self) -> int:
        """Agents for whom no call is under way to the very ear."""
        return max(0, self.ready - self.promised - len(self.waiting_s))

    @property
    def agents(self) -> int:
        """Everybody who works for this campaign and will go on doing so."""
        busy = max(0, len(self.talking_s) + len(self.wrapping_s) - self.leaving)
        return max(0, self.ready - self.promised) + busy

    @property
    def under_way(self) -> int:
        return len(self.ringing_s) + len(self.detecting_s)


class Rules(NamedTuple):
    mode: Mode = "predictive"
    ratio: float = 1.0  # of power: calls for each free agent
    intensity_pct: float = 100.0  # of the risk that the limit leaves
    max_ratio: float = 6.0  # calls under way for each agent, at most
    abandoned_limit_pct: float = 3.0  # of a day and of 30; an hour may have a third more


class Pace(NamedTuple):
    """How many calls to place now, and why: a text to translate, with its values."""

    calls: int
    why: str
    values: Mapping[str, int]
