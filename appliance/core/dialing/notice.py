"""What is known ahead of agents: who goes soon, who works on after the shift, and whose next call is known already."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from appliance.core.live.state import State

NOTICE_S = 30.0  # so long before they go, agents are not counted on any more
_STAYS = timedelta(seconds=60)  # who is ready for so long after the end of the shift works on
_LATE = timedelta(seconds=60)  # a promise that nobody keeps for so long holds nobody any more
_NOTICE = timedelta(seconds=NOTICE_S)


class Notice(NamedTuple):
    """Of agents, whatever they do now."""

    going: frozenset[str] = frozenset()  # they pause once their call is over
    shift_ends: Mapping[str, datetime] = {}  # by agent; nobody is logged out by it
    move_ends: Mapping[tuple[str, str], datetime] = {}  # by agent and the queue in which they are for some time
    owing: frozenset[str] = frozenset()  # their own promised call is due
    reading: frozenset[str] = frozenset()  # a contact is shown to them, and dialled by itself in a moment
    promised: Mapping[str, int] = {}  # by dialer, due calls of anyone's
    callbacks: tuple[str, ...] = ()  # the queue of each caller whose callback is due

    def leaves_at(self, agent: str, queue: str, at: datetime) -> datetime | None:
        """When, where it is soon or was due already."""
        if not (self.shift_ends or self.move_ends):
            return None
        ends = (self.shift_ends.get(agent), self.move_ends.get((agent, queue)))
        return min((end for end in ends if end is not None and end - _NOTICE <= at), default=None)


def due_between(at: datetime) -> tuple[datetime, datetime]:
    """What is due then holds an agent now."""
    return at - _LATE, at + _NOTICE


class Overtime:
    """Remembers who works on after the end of the shift, from look to look: they count again until the next end."""

    def __init__(self) -> None:
        self._ends: dict[str, datetime] = {}

    def without(self, notice: Notice, state: State, at: datetime) -> Notice:
        """The notice without their ends."""
        for key, end in notice.shift_ends.items():
            agent = state.agents.get(key)
            if agent is not None and agent.state == "ready" and max(agent.since, end) + _STAYS <= at:
                self._ends[key] = end
        ends = {key: end for key, end in notice.shift_ends.items() if self._ends.get(key) != end}
        return notice._replace(shift_ends=ends)
