"""The live picture of queues, agents, calls and phones, folded from what AMI tells; never the source of history."""

from appliance.core.live.events import Event, TimePassed
from appliance.core.live.fold import advance, advance_all
from appliance.core.live.lists import LISTS, snapshot_state
from appliance.core.live.parser import parse_event
from appliance.core.live.state import KINDS, Change, Row, State, changes_between, concerned

__all__ = [
    "KINDS",
    "LISTS",
    "Change",
    "Event",
    "Row",
    "State",
    "TimePassed",
    "advance",
    "advance_all",
    "changes_between",
    "concerned",
    "parse_event",
    "snapshot_state",
]
