"""The hard caps: channels of dialer, trunks, licence and system, counting whoever uses them; calls a second."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from appliance.core.dialing.attempts import Attempt
from appliance.core.dialing.calls import Calls
from appliance.core.dialing.progress import lines_of
from appliance.core.dialing.room import Backoff, Rate
from appliance.core.dialing.ways import open_trunks
from appliance.core.entities.dialers import Dialer
from appliance.core.live.outside import lines_in_use
from appliance.core.live.state import State
from appliance.core.pacing.seen import Pace
from appliance.core.site import Site
from appliance.core.trunk_state import overall
from appliance.core.words import N_
from appliance.services.dialer import status as say
from appliance.services.dialer.placing import Placing
from appliance.services.dialer.reading import Reading
from appliance.services.trunk_states import TrunkStates

SYSTEM_PER_S = 25  # new calls a second that one machine takes well
UNREAD_S = 5.0  # what was not read by then was never committed, or is over
KEPT_FREE = 0.1  # of the calls that Asterisk takes: for who calls in, and for people
CAPS = {
    "dialer": N_("its own limit"),
    "rate": N_("its own calls a second"),
    "license": N_("the license"),
    "system": N_("what this machine takes"),
    "trunks": N_("the trunks"),
}
_DOWN = ("unreachable", "doubtful", "refused")

Answer = tuple[int, str, Mapping[str, Any]]


class Caps:
    """`look` once, then `allow` and `took` for each dialer in turn: what one takes the next has not."""

    def __init__(self, placing: Placing, trunks: TrunkStates, max_calls: int) -> None:
        self._placing = placing
        self._trunks = trunks
        self._most = int(max_calls * (1 - KEPT_FREE))
        self._license = self._system = 0
        self._own: Counter[str] = Counter()
        self._under_way: Counter[str] = Counter()
        self._rates: dict[str, Rate] = {}
        self._unread: dict[str, tuple[str, float]] = {}  # attempts that agents began, until a reading has them

    def look(self, reading: Reading, state: State, calls: Calls) -> None:
        unseen = calls.unseen()
        self._license = reading.lines - lines_in_use(state) - len(unseen)
        self._system = self._most - len(state.calls) - len(unseen)
        self._own = Counter(call.dialer for call in calls.open.values() if not call.is_over)
        self._under_way = Counter(
            call.dialer for call in calls.open.values() if call.progress.where in ("placed", "ringing")
        )
        pending = Counter(self._placing.trunks.get(guid, "") for guid in unseen)
        lines = self._placing.lines
        lines.rooms, lines.limits = {}, {}
        for key in open_trunks(reading.site):
            trunk = reading.site.trunks[key]
            if overall(self._trunks.states.get(key, [])) in _DOWN:
                continue
            left = trunk.max_channels - lines_of(state, key) - pending[key] if trunk.max_channels else None
            lines.rooms[key], lines.limits[key] = left, trunk.calls_per_s
        self._count_unread(calls)

    def _count_unread(self, calls: Calls) -> None:
        newest_s = asyncio.get_running_loop().time() - UNREAD_S
        self._unread = {
            guid: each for guid, each in self._unread.items() if guid not in calls.open and each[1] > newest_s
        }
        self._license -= len(self._unread)
        self._system -= len(self._unread)
        self._own.update(dialer for dialer, _ in self._unread.values())

    def allow(self, site: Site, dialer: Dialer, pace: Pace, backoff: Backoff) -> Answer:
        """How many of the calls of the pace, and why."""
        if not self._placing.lines.rooms:
            return 0, say.TRUNKS_DOWN if open_trunks(site) else say.NO_WAY_OUT, {}
        at_s = asyncio.get_running_loop().time()
        tried = backoff.room(self._under_way[dialer.key], at_s)
        if tried is not None:
            left_s = max(0, round(backoff.until_s - at_s))
            return min(tried, pace.calls), say.BACKING_OFF, {"failed": backoff.failed, "wait_s": left_s}
        rooms = self._rooms(dialer, at_s)
        capped = {name: room for name, room in rooms.items() if room is not None}
        tightest = min(capped, key=lambda name: capped[name])
        if capped[tightest] >= pace.calls:
            return pace.calls, pace.why, pace.values
        return max(0, capped[tightest]), say.FULL, {"cap": CAPS[tightest]}

    def took(self, dialer: str, calls: int) -> None:
        at_s = asyncio.get_running_loop().time()
        self._license -= calls
        self._system -= calls
        self._own[dialer] += calls
        for _ in range(calls):
            for name in (dialer, ""):
                self._rates.setdefault(name, Rate()).take(at_s)

    def took_one(self, attempt: Attempt) -> None:
        """At any moment, also while the next look is being read."""
        self._unread[attempt.guid] = attempt.dialer, asyncio.get_running_loop().time()
        self.took(attempt.dialer, 1)

    def _rooms(self, dialer: Dialer, at_s: float) -> dict[str, int | None]:
        own, all_of = (self._rates.setdefault(name, Rate()) for name in (dialer.key, ""))
        return {
            "dialer": dialer.max_channels - self._own[dialer.key] if dialer.max_channels else None,
            "rate": own.room(dialer.calls_per_s, at_s) if dialer.calls_per_s else None,
            "license": self._license,
            "system": min(self._system, all_of.room(SYSTEM_PER_S, at_s)),
            "trunks": self._placing.lines.room(at_s),
        }
