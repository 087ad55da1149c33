"""The story of a call: each step of its journal as a sentence for people."""

from appliance.core.words import N_

# Step kind > its sentence; {0}, {1} ... are the parts of the step's detail.
_SENTENCES: dict[str, str] = {
    "transfer": N_("Transferred by {1} to {2}"),
    "transfer_back": N_("Nobody answered: back to {0}"),
    "hold": N_("On hold by {0}"),
    "unhold": N_("No longer on hold"),
    "consult": N_("{0} asks {1}"),
    "three_way": N_("{0} talks with {1} and the customer"),
    "recording_paused": N_("Recording paused by {0}"),
    "recording_resumed": N_("Recording goes on"),
    "monitor": N_("Supervisor {1}: {0}"),
    "taken": N_("Taken over by {0}"),
    "given": N_("Given to extension {1} by {0}"),
    "interaction": N_("Call on {2} in language {3}"),
    "unknown_did": N_("Nothing is set up for number {0}"),
    "blacklisted": N_("The caller is on the blacklist ({0})"),
    "vip": N_("The caller is on the VIP list ({0}), priority {1}"),
    "special_caller": N_("A special caller of this number ({0})"),
    "emergency_closed": N_("Closed for an emergency"),
    "dialled": N_("Dials {2}"),
    "campaign": N_("Campaign {0}"),
    "outbound": N_("Calls outside by route {0}"),
    "trunk": N_("Dials {1} through trunk {0} as {2}"),
    "trunk_failed": N_("Trunk {0} could not carry the call ({1})"),
    "no_trunk": N_("No trunk of route {0} could carry the call"),
    "no_route": N_("No outbound route for {0}"),
    "unlicensed": N_("The license does not cover this call ({0})"),
    "listed": N_("{0} is on the do-not-call list: it was not dialled"),
    "prompt": N_("Heard prompt {0}"),
    "menu": N_("Menu {0}, level {1}"),
    "queue_join": N_("Waits in queue {0}"),
    "queue_leave": N_("Left queue {0}: {1}"),
    "agent_ring": N_("Rings at agent {0}"),
    "extension": N_("Rings at extension {0}"),
    "group": N_("Rings at group {0}"),
    "conference": N_("Enters conference room {0}"),
    "directory": N_("Looks up a name in the directory"),
    "forwarded": N_("Forwarded from extension {0} to {1}"),
    "pickup": N_("Picked up by extension {0}"),
    "feature": N_("Dialled the service {0} {1}"),
    "voicemail": N_("Voicemail of {0}: {1}"),
    "recording": N_("Will be recorded as {0}"),
    "all_paused": N_("Everybody in queue {0} is paused"),
    "callback_offer": N_("Was offered a callback"),
    "callback_asked": N_("Asked to be called back at {1}"),
    "attempt": N_("Dialer {1} calls"),
    "too_late": N_("It was too late for this call: nobody was dialled"),
    "on_a_line": N_("{0} is in another call at this moment: it was not dialled"),
    "attempt_result": N_("Not reached: {1} ({3})"),
    "attempt_amd": N_("Who answered: {1} ({2})"),
    "attempt_told": N_("The message of the dialer"),
    "attempt_abandoned": N_("No agent was free in time ({1})"),
    "attempt_dropped": N_("The agent heard a machine and left it to the message"),
    "attempt_fax": N_("A fax answered"),
    "attempt_opted_out": N_("Pressed {1}: wants no more calls"),
    "callback_turn": N_("Callback: holds the place in queue {1}"),
    "callback_try": N_("Calls {2}"),
    "callback_reached": N_("The customer answered"),
    "callback_result": N_("Callback: {2}"),
    "language": N_("Goes on in language {0}"),
    "input": N_("Typed for {0}: {2}"),
    "input_failed": N_("Typed nothing that fits for {0}"),
    "lookup": N_("Web lookup {0}: {1}"),
    "lookup_failed": N_("Web lookup {0} had no answer: {1}"),
    "survey_begin": N_("Survey {0}"),
}
_SCHEDULE: dict[str, str] = {
    "open": N_("Opening hours {0}: open"),
    "closed": N_("Opening hours {0}: closed"),
    "holiday": N_("Opening hours {0}: holiday"),
}
_KEYS: dict[str, str] = {
    "t": N_("No key pressed in menu {0}"),
    "i": N_("Wrong key {2} in menu {0}"),
}
_HANGUP: dict[str, str] = {
    "caller": N_("The caller hung up"),
    "agent": N_("The agent hung up"),
    "system": N_("The call ended"),
}
_PARTS_AT_LEAST = 5


def sentence(kind: str, detail: str) -> tuple[str, list[str]]:
    """The English sentence with {0}, {1} ..., and what goes into them; translate the first, then format."""
    parts = [*detail.split("|"), *[""] * _PARTS_AT_LEAST]
    if kind == "interaction" and parts[1] == "outbound":
        kind = "dialled"
    return _template(kind, parts), parts


def _template(kind: str, parts: list[str]) -> str:
    match kind:
        case "schedule":
            return _SCHEDULE.get(parts[1], N_("Opening hours {0}"))
        case "key":
            return _KEYS.get(parts[1], N_("Pressed {1} in menu {0}: {2}"))
        case "survey":
            return N_("Survey {0}, question {1}: {2}") if parts[2] else N_("Survey {0}, question {1}: no answer")
        case "answer":
            return N_("Agent {0} answered at {1}") if parts[0] else N_("Answered at {1}")
        case "hangup":
            return _HANGUP.get(parts[0], N_("The call ended"))
    return _SENTENCES.get(kind, kind)


def told(kind: str, detail: str) -> str:
    """The sentence in English."""
    template, parts = sentence(kind, detail)
    return template.format(*parts)
