"""What a dialer is doing now and why, for the page that watches it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from appliance.core.dialing.seen import OpenCall
from appliance.core.words import N_

NO_ASTERISK = N_("Asterisk is not connected: no calls are placed.")
NO_DATABASE = N_("The database does not answer: no calls are placed.")
NO_SPACE = N_("The disk is full, and no attempt can be written down: no calls are placed.")
NOT_APPLIED = N_("The newest configuration is not in Asterisk yet: no calls are placed.")
CATCHING_UP = N_("What became of earlier calls is still being read: no calls are placed.")
CLOSED = N_("The centre is closed for an emergency: no calls are placed until somebody opens it again.")
NO_WAY_OUT = N_("No outbound route that is open to everybody has a trunk: no calls are placed.")
TRUNKS_DOWN = N_("No trunk answers: no calls are placed.")
FULL = N_("No more calls at once: {cap}.")
BACKING_OFF = N_("{failed} calls in a row found no line outside: the next one in {wait_s} s.")
NOBODY_LEFT = N_("Nobody may be called now.")
AGENTLESS = N_("As many calls as its limits allow. No agent is needed.")
LEAVING = N_("Agents who leave by {clock} and are not counted on any more: {leaving}.")
PROMISED = N_("Agents kept for callers and promised calls: {promised}.")

# What the agent hears who wanted to call a contact.
BEGINS = N_("The dialer is about to begin. Try again in a moment.")
NO_LINE = N_("All lines that this dialer may use are taken. Try again in a moment.")
NO_WAY = N_("No outbound route carries this number now.")
HELD = N_("This contact is in another call, or may not be called any more. The next one is shown.")
NOT_TAKEN = N_("Asterisk did not take the call. Try again in a moment.")
NOT_PLACED = {"failed": NO_WAY, "full": NO_LINE, "held": HELD, "refused": NOT_TAKEN}


@dataclass(frozen=True)
class Status:
    """`why` is English with {placeholders} of `values`; `error` what went wrong last, and when."""

    is_running: bool = False
    why: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    agents: int = 0
    ready: int = 0
    promised: int = 0  # of the ready ones, and of the next to be so
    leaving: int = 0  # soon, and when the last of them does
    leave_at: dt.datetime | None = None
    ringing: int = 0
    waiting: int = 0
    talking: int = 0
    calls: int = 0  # placed since the daemon started
    error: str = ""
    error_at: dt.datetime | None = None


class Board:
    """The newest status of each dialer."""

    def __init__(self) -> None:
        self._all: dict[str, Status] = {}

    def get(self, dialer: str) -> Status:
        return self._all.get(dialer, Status())

    def put(self, dialer: str, **changes: Any) -> None:
        self._all[dialer] = replace(self.get(dialer), **changes)

    def say(self, dialer: str, why: str, **values: Any) -> None:
        self.put(dialer, why=why, values=values)

    def stop_others(self, running: set[str], calls: Iterable[OpenCall]) -> None:
        """The calls of a dialer that places no more go on."""
        for dialer in self._all.keys() - running:
            before = self._all[dialer]
            self._all[dialer] = Status(calls=before.calls, error=before.error, error_at=before.error_at)
            self.put(dialer, **counted(call for call in calls if call.dialer == dialer))

    def stall(self, why: str) -> None:
        """All dialers that run stand still."""
        for dialer, status in list(self._all.items()):
            if status.is_running:
                self.say(dialer, why)


def counted(calls: Iterable[OpenCall]) -> dict[str, int]:
    """How many of them are where."""
    where = Counter(call.progress.where for call in calls if not call.is_over)
    return {
        "ringing": where["placed"] + where["ringing"],
        "waiting": where["waiting"] + where["answered"],
        "talking": where["talking"],
    }
