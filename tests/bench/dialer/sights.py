"""Ways in which a dialer sees or may do less than all: news come late, lines are few."""

from collections import deque
from collections.abc import Callable

from appliance.core.pacing.seen import Seen
from appliance.core.rehearsal.day import Pacer


class Late:
    """Whatever happens is known `late_s` later, but for the calls that were placed meanwhile."""

    def __init__(self, pacer: Pacer, late_s: float) -> None:
        self._pacer, self._late_s = pacer, late_s
        self.tick_s = pacer.tick_s
        self._now_s = 0.0
        self._sights: deque[Seen] = deque()
        self._placed: deque[float] = deque()
        self._news: deque[tuple[float, Callable[[], None]]] = deque()

    def calls(self, seen: Seen) -> int:
        now_s = self._now_s = seen.at_s
        while self._news and self._news[0][0] <= now_s - self._late_s:
            self._news.popleft()[1]()
        self._sights.append(seen)
        while len(self._sights) > 1 and self._sights[1].at_s <= now_s - self._late_s:
            self._sights.popleft()
        calls = self._pacer.calls(self._sight_of(self._sights[0], now_s))
        self._placed.extend([now_s] * calls)
        return calls

    def _sight_of(self, seen: Seen, now_s: float) -> Seen:
        while self._placed and self._placed[0] < seen.at_s:
            self._placed.popleft()
        ago_s = now_s - seen.at_s
        since = [tuple(each + ago_s for each in getattr(seen, name)) for name in _SINCE]
        seen = seen._replace(at_s=now_s, **dict(zip(_SINCE, since, strict=True)))
        return seen._replace(ringing_s=seen.ringing_s + tuple(now_s - each_s for each_s in self._placed))

    def on_result(self, answered: bool, rang_s: float) -> None:
        self._news.append((self._now_s, lambda: self._pacer.on_result(answered, rang_s)))

    def on_detection(self, is_person: bool, took_s: float) -> None:
        self._news.append((self._now_s, lambda: self._pacer.on_detection(is_person, took_s)))

    def on_person(self, at_s: float, abandoned: bool) -> None:
        self._news.append((self._now_s, lambda: self._pacer.on_person(at_s, abandoned)))

    def on_handled(self, talk_s: float, wrap_s: float) -> None:
        self._news.append((self._now_s, lambda: self._pacer.on_handled(talk_s, wrap_s)))


_SINCE = ("talking_s", "wrapping_s", "ringing_s", "detecting_s", "waiting_s")


class Capped:
    """So many lines, talks included, and no more."""

    def __init__(self, pacer: Pacer, lines: int) -> None:
        self._pacer, self._lines = pacer, lines
        self.tick_s = pacer.tick_s
        self.on_result, self.on_detection = pacer.on_result, pacer.on_detection
        self.on_person, self.on_handled = pacer.on_person, pacer.on_handled

    def calls(self, seen: Seen) -> int:
        used = seen.under_way + len(seen.waiting_s) + len(seen.talking_s)
        return max(0, min(self._pacer.calls(seen), self._lines - used))
