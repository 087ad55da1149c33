"""What the events of phones among themselves change in a call: groups, rooms, codes, and who picks up."""

from collections.abc import Callable

from appliance.core.journal.call import Call
from appliance.core.journal.cel_line import CelEvent


def picked_up(call: Call, event: CelEvent) -> None:
    """Another phone took the call: it is as if that one had been called from now on."""
    taker = call.channels.get(str(event.extras().get("pickup_channel_uniqueid", "")))
    if taker is not None:
        taker.is_called, taker.began_us, taker.answered_us = True, event.at_us, event.at_us
        call.tell(event.at_us, "pickup", taker.party)


def _group(call: Call, event: CelEvent, parts: list[str]) -> None:
    """The last part is the internal number."""
    if not call.customer_id or event.unique_id == call.customer_id:
        call.end_phase(event.at_us)
    if not call.guid:
        call.did = call.did or parts[-1]


def _conference(call: Call, event: CelEvent, parts: list[str]) -> None:
    _group(call, event, parts)
    call.begin("conference", event.at_us)


def _feature(call: Call, _event: CelEvent, parts: list[str]) -> None:
    if not call.guid:
        call.did = call.did or parts[0]


PHONE_EVENTS: dict[str, Callable[[Call, CelEvent, list[str]], None]] = {
    "GROUP": _group,
    "CONFERENCE": _conference,
    "FEATURE": _feature,
}
