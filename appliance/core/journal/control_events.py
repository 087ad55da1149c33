"""What is written down of calls that are steered from a page: hold, and what is told of another channel."""

from collections.abc import Callable

from appliance.core.journal.call import Call
from appliance.core.journal.cel_line import CelEvent


def about(event: CelEvent) -> CelEvent | None:
    """ABOUT names the channel that it is about, and the event; None where it does not."""
    unique_id, _, rest = "|".join(event.parts()).partition("|")
    kind, _, detail = rest.partition("|")
    if not (unique_id and kind.isidentifier()):
        return None
    return event._replace(kind=kind, unique_id=unique_id, linked_id="", extra=f'{{"extra":"{detail}"}}')


def _hold(call: Call, event: CelEvent, parts: list[str]) -> None:
    queues = [channel.queue for channel in call.channels.values() if channel.agent == parts[0] and channel.queue]
    call.begin("hold", event.at_us, queues[-1] if queues else "")
    call.phases[-1].agent = parts[0]


def _unhold(call: Call, event: CelEvent, _parts: list[str]) -> None:
    phase = call.phase()
    if phase is not None and phase.kind == "hold":
        call.end_phase(event.at_us)


CONTROL_EVENTS: dict[str, Callable[[Call, CelEvent, list[str]], None]] = {
    "HOLD": _hold,
    "UNHOLD": _unhold,
}
