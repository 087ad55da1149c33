"""What the steps of a call to the outside change in it: who dialled, and that a trunk is asked."""

from appliance.core.journal.call import Call
from appliance.core.journal.cel_line import CelEvent


def outbound(call: Call, event: CelEvent, parts: list[str]) -> None:
    """The route, the extension, and the agent who sits there."""
    if event.unique_id == call.customer_id and call.direction == "outbound":
        call.channels[event.unique_id].agent = parts[2] if len(parts) > 2 else ""


def trunk(call: Call, event: CelEvent, _parts: list[str]) -> None:
    if event.unique_id == call.customer_id:
        call.end_phase(event.at_us)
