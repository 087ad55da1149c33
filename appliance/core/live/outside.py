"""Lines to the outside, whoever placed the call: every trunk's endpoint is named so."""

from appliance.core.live.state import State

TRUNK = "PJSIP/trunk"


def lines_in_use(state: State) -> int:
    return sum(channel.device.startswith(TRUNK) for channel in state.channels.values())
