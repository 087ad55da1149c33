"""The published rules of other dialers, written anew from what is said of them, each with its own cadence."""

from collections import deque
from math import ceil, exp, floor
from typing import Literal

from appliance.core.pacing.seen import Seen


class Progressive:
    """One call for each free agent."""

    tick_s = 1.0

    def calls(self, seen: Seen) -> int:
        return max(0, seen.free - seen.under_way)

    def on_result(self, answered: bool, rang_s: float) -> None: ...
    def on_detection(self, is_person: bool, took_s: float) -> None: ...
    def on_person(self, at_s: float, abandoned: bool) -> None: ...
    def on_handled(self, talk_s: float, wrap_s: float) -> None: ...


class Issabel(Progressive):
    """Every 5 s: free agents, and those whose talk has outlasted an exponential one with 97 % certainty."""

    tick_s = 5.0
    QOS, FEW, SHORT_S, FIRST_WAIT_S = 0.97, 10, 10.0, 8.0
    RECENT_S = 1800.0

    def __init__(self, overcommit: bool) -> None:
        self._overcommit = overcommit
        self._talks, self._mean_s = 0, 0.0
        self._waits: deque[float] = deque([self.FIRST_WAIT_S] * 20, maxlen=20)
        self._results: deque[tuple[float, bool]] = deque()
        self._hits, self._now_s = 0, 0.0

    def calls(self, seen: Seen) -> int:
        self._now_s = seen.at_s
        soon = 0
        if self._talks >= self.FEW:
            wait_s = sum(self._waits) / 20
            soon = sum(1 - exp(-(wait_s + each_s) / self._mean_s) >= self.QOS for each_s in seen.talking_s)
        wanted = max(0, seen.ready + soon - len(seen.waiting_s))
        wanted = max(0, wanted - seen.under_way)
        return self._committed(wanted) if self._overcommit and wanted else wanted

    def _committed(self, wanted: int) -> int:
        while self._results and self._results[0][0] < self._now_s - self.RECENT_S:
            self._hits -= self._results.popleft()[1]
        if len(self._results) < self.FEW or not self._hits:
            return wanted
        return round(wanted / max(self._hits / len(self._results), 0.2))

    def on_result(self, answered: bool, rang_s: float) -> None:
        self._waits.append(rang_s)
        self._results.append((self._now_s, answered))
        self._hits += answered

    def on_handled(self, talk_s: float, wrap_s: float) -> None:
        if talk_s >= self.SHORT_S:
            self._talks += 1
            self._mean_s += (talk_s - self._mean_s) / self._talks


class Vicidial(Progressive):
    """A level of calls for each agent, moved every 15 s by how many agents were idle; calls every 2.5 s."""

    tick_s = 0.5
    MOST = 3.0

    def __init__(self, kind: Literal["average", "hard", "ratio"], drop_pct: float = 3.0, level: float = 1.0) -> None:
        self._kind, self._drop_pct = kind, drop_pct
        self._level = level
        self._idle: deque[float] = deque(maxlen=15)
        self._agents: deque[float] = deque(maxlen=15)
        self._calls, self._answers, self._drops = 0, 0, 0
        self._known = (0, 0, 0)  # as of the last minute
        self._before = (0, 0, 0)  # and of the minute before
        self._ticks = -1

    def calls(self, seen: Seen) -> int:
        self._ticks += 1
        if self._ticks % 2 == 0:
            self._idle.append(seen.ready - len(seen.waiting_s))
            self._agents.append(seen.ready + len(seen.talking_s) + len(seen.wrapping_s))
        if self._ticks % 120 == 0:
            self._before, self._known = self._known, (self._calls, self._answers, self._drops)
        if self._ticks % 30 == 0:
            self._adapt()
        if self._ticks % 5:
            return 0
        goal = round(self._level * (seen.ready + len(seen.talking_s)))
        calls = max(0, goal - seen.under_way - len(seen.waiting_s) - len(seen.talking_s))
        self._calls += calls
        return calls

    def _adapt(self) -> None:
        agents = sum(self._agents) / len(self._agents)
        if not agents or self._kind == "ratio":
            return
        share = sum(self._idle) / len(self._idle) / agents
        level = min(self.MOST, max(1.0, self._level * (1 + share)))
        calls, answers, drops = self._known
        minute_calls, minute_drops = calls - self._before[0], drops - self._before[2]
        if minute_calls > 20 and minute_drops > 0.5 * minute_calls:
            level /= 2
        if calls > 50 and drops > self._drop_pct / 100 * answers:
            level = 1.0 if self._kind == "hard" else level / 2
        self._level = max(1.0, level)

    def on_person(self, at_s: float, abandoned: bool) -> None:
        self._answers += 1
        self._drops += abandoned


class Omni(Progressive):
    """Every second: free agents, and those expected within the mean ringing time, over a fast fading answer rate."""

    FADING, LEAST_RATE, MOST_DROPS = 0.1, 0.05, 0.03
    FIRST_RING_S, WARM_UP = 15.0, 50

    def __init__(self, boost: float = 1.0) -> None:
        self._boost = boost
        self._rate, self._drops = 0.0, 0.0
        self._rings, self._ring_s, self._detect_s = 0, self.FIRST_RING_S, 0.0
        self._talks, self._talk_s, self._wrap_s = 0, 0.0, 0.0
        self._answers, self._bad_ticks, self._is_latched = 0, 0, False

    def calls(self, seen: Seen) -> int:
        self._bad_ticks = self._bad_ticks + 1 if self._drops >= self.MOST_DROPS else 0
        self._is_latched = self._drops >= 0.8 * self.MOST_DROPS if self._is_latched else self._bad_ticks >= 5
        if self._is_latched or self._answers < self.WARM_UP:
            return max(0, min(ceil(seen.ready * self._boost), seen.ready) - seen.under_way - len(seen.waiting_s))
        rate = max(self.LEAST_RATE, self._rate)
        wanted = (seen.ready + self._expected(seen) - seen.under_way * rate) / rate
        return max(0, floor(self._eagerness() * wanted))

    def _expected(self, seen: Seen) -> float:
        soon_s = self._ring_s + self._detect_s
        whole_s = self._talk_s + self._wrap_s
        talking = sum(1 - exp(-soon_s / max(1.0, whole_s - each_s)) for each_s in seen.talking_s)
        return talking + sum(1 - exp(-soon_s / max(1.0, self._wrap_s - each_s)) for each_s in seen.wrapping_s)

    def _eagerness(self) -> float:
        over = (self._drops - self.MOST_DROPS / 2) / (self.MOST_DROPS / 2)
        return self._boost + (0.2 - self._boost) * min(1.0, max(0.0, over))

    def on_result(self, answered: bool, rang_s: float) -> None:
        if answered:
            self._rings += 1
            self._ring_s += (rang_s - self._ring_s) / self._rings
        else:
            self._rate *= 1 - self.FADING

    def on_detection(self, is_person: bool, took_s: float) -> None:
        self._detect_s = took_s
        if not is_person:
            self._rate *= 1 - self.FADING

    def on_person(self, at_s: float, abandoned: bool) -> None:
        self._answers += 1
        self._rate += self.FADING * (1 - self._rate)
        self._drops += self.FADING * (abandoned - self._drops)

    def on_handled(self, talk_s: float, wrap_s: float) -> None:
        self._talks += 1
        self._talk_s += (talk_s - self._talk_s) / self._talks
        self._wrap_s += (wrap_s - self._wrap_s) / self._talks
