"""Lines to the outside, whoever placed the call: every trunk's endpoint is named so; and who is in a call."""

from appliance.core.contacts import ending
from appliance.core.live.state import State

TRUNK = "PJSIP/trunk"


def lines_in_use(state: State) -> int:
    return sum(channel.device.startswith(TRUNK) for channel in state.channels.values())


def people_in_calls(state: State) -> frozenset[str]:
    """Whoever called, waits, talks or is being called, by the end of their number."""
    return frozenset(ending(number) for call in state.calls.values() for number in (call.caller, call.did))
