"""How many calls may be placed besides those that are under way: hard caps, calls a second, and a trunk that fails."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

WINDOW_S = 1.2  # a little more than a second: Asterisk counts by its own clock, and calls reach it a little apart
FEW = 3  # so many calls in a row that found no line are no chance
_FIRST_S, _MOST_S = 2.0, 60.0


@dataclass
class Rate:
    """So many a second, whatever the second."""

    placed: deque[float] = field(default_factory=deque)

    def room(self, calls_per_s: int, at_s: float) -> int:
        while self.placed and at_s - self.placed[0] >= WINDOW_S:
            self.placed.popleft()
        return max(0, calls_per_s - len(self.placed))

    def take(self, at_s: float) -> None:
        self.placed.append(at_s)


@dataclass
class Backoff:
    """After calls that found no line outside, none is placed for a while, then one to try; longer each time."""

    failed: int = 0
    wait_s: float = 0.0
    until_s: float = 0.0

    def tell(self, outcome: str, at_s: float) -> None:
        if outcome != "congestion":
            self.failed, self.wait_s, self.until_s = 0, 0.0, 0.0
            return
        self.failed += 1
        if self.failed >= FEW and at_s >= self.until_s:
            self.wait_s = min(max(self.wait_s * 2, _FIRST_S), _MOST_S)
            self.until_s = at_s + self.wait_s

    def room(self, under_way: int, at_s: float) -> int | None:
        """None: no limit."""
        if self.failed < FEW:
            return None
        return max(0, 1 - under_way) if at_s >= self.until_s else 0


class Lines:
    """Free channels of each trunk and how many calls a second it takes; None is no limit."""

    def __init__(self) -> None:
        self.rooms: dict[str, int | None] = {}
        self.rates: dict[str, Rate] = {}
        self.limits: dict[str, int] = {}  # calls a second

    def room(self, at_s: float) -> int | None:
        """Of all trunks together."""
        rooms = [self._of(trunk, at_s) for trunk in self.rooms]
        return None if None in rooms else sum(each for each in rooms if each is not None)

    def take(self, trunks: Sequence[str], at_s: float) -> str:
        """The first of them with room, which is one call less then; empty where none has."""
        for trunk in trunks:
            room = self._of(trunk, at_s) if trunk in self.rooms else 0
            if room is None or room > 0:
                left = self.rooms[trunk]
                self.rooms[trunk] = None if left is None else left - 1
                self.rates.setdefault(trunk, Rate()).take(at_s)
                return trunk
        return ""

    def _of(self, trunk: str, at_s: float) -> int | None:
        left, per_s = self.rooms[trunk], self.limits.get(trunk, 0)
        pace = self.rates.setdefault(trunk, Rate()).room(per_s, at_s) if per_s else None
        return min((each for each in (left, pace) if each is not None), default=None)
