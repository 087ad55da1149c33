"""Calls to the outside that somebody here has dialled, and that rang there: they count for whoever was called."""

from appliance.core.journal.call import Call
from appliance.core.journal.facts import ByHand, Interaction

_RANG = ("answered", "busy", "no_answer", "interrupted")
_NO_SUCH_NUMBER = (1, 22, 28)  # unallocated, changed, incomplete: nobody heard of it


def by_hand(call: Call, told: Interaction) -> ByHand | None:
    """None where it was a dialer's or a callback, came in from outside, or rang nowhere."""
    if call.direction != "outbound" or call.attempt or call.callback_of or told.outcome not in _RANG:
        return None
    lines = [channel for channel in call.channels.values() if channel.is_called and not channel.is_link]
    if not lines or (told.outcome != "answered" and lines[-1].cause in _NO_SUCH_NUMBER):
        return None
    routes = [detail.partition("|")[0] for _, kind, detail in call.steps if kind == "outbound"]
    return ByHand(told.guid, call.did, routes[0], told.entered_at) if routes else None
