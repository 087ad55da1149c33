"""Who guesses PINs must rest: so many wrong tries for one agent's number, or from one phone, lock it for some time."""

import datetime as dt
from dataclasses import dataclass, field

MOST_WRONG = 5
LOCK = dt.timedelta(minutes=10)


@dataclass
class Guesses:
    """Kept in memory; what is older than a lock is forgotten."""

    _wrong: dict[str, tuple[int, dt.datetime]] = field(default_factory=dict)  # how often, and when last

    def is_locked(self, names: tuple[str, ...], at: dt.datetime) -> bool:
        self._forget(at)
        return any(self._wrong.get(name, (0, at))[0] >= MOST_WRONG for name in names)

    def count(self, names: tuple[str, ...], at: dt.datetime) -> None:
        for name in names:
            self._wrong[name] = (self._wrong.get(name, (0, at))[0] + 1, at)

    def forgive(self, name: str) -> None:
        """Whoever was right need not have been before."""
        self._wrong.pop(name, None)

    def take_back(self, name: str) -> None:
        """One try was right; those before it, for others, stay: else an own PIN would make room for more guesses."""
        number, last = self._wrong.get(name, (0, None))
        if last is None or number <= 1:
            self.forgive(name)
        else:
            self._wrong[name] = (number - 1, last)

    def _forget(self, at: dt.datetime) -> None:
        self._wrong = {name: (number, last) for name, (number, last) in self._wrong.items() if at - last < LOCK}
