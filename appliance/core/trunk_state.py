"""What a trunk is doing now: each host's registration and reachability, from Asterisk's lists to words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from appliance.core.entities.trunks import Trunk
from appliance.core.trunk_ends import TrunkEnd, trunk_ends
from appliance.core.words import N_

Raw = Mapping[str, str]

# Each word: what people read, and its colour in the console.
WORDS: dict[str, tuple[str, str]] = {
    "registered": (N_("Registered"), "good"),
    "reachable": (N_("Reachable"), "good"),
    "refused": (N_("Refused: user name or password?"), "bad"),
    "unreachable": (N_("No answer from there"), "bad"),
    "doubtful": (N_("No answer from there, or its certificate is not valid"), "bad"),
    "waiting": (N_("Registering"), "warn"),
    "unknown": (N_("Not known yet"), "off"),
    "inbound": (N_("Only receives calls"), "off"),
}
_REGISTRATIONS = {"Registered": "registered", "Rejected": "refused", "Stopped": "refused", "Unregistered": "waiting"}


@dataclass(frozen=True)
class EndState:
    host: str
    port: int
    word: str
    latency_ms: float | None = None


def trunk_state(trunk: Trunk, items: Iterable[Raw]) -> list[EndState]:
    """`items` are those of PJSIPShowRegistrationsOutbound, and of PJSIPShowEndpoint for each host."""
    registrations: dict[str, str] = {}
    contacts: dict[str, Raw] = {}
    for item in items:
        match item:
            case {"Event": "OutboundRegistrationDetail", "ObjectName": name, "Status": status}:
                registrations[name] = _REGISTRATIONS.get(status, "waiting")
            case {"Event": "ContactStatusDetail", "AOR": name}:
                contacts[name] = item
    silent = "doubtful" if trunk.is_checked else "unreachable"
    return [
        _end_state(end, registrations.get(end.name, ""), contacts.get(end.name, {}), silent)
        for end in trunk_ends(trunk)
    ]


def _end_state(end: TrunkEnd, registration: str, contact: Raw, silent: str) -> EndState:
    """Who does not answer at all has refused nothing: that goes before what Asterisk says of the registration."""
    status, trip = contact.get("Status", ""), contact.get("RoundtripUsec", "")
    latency_ms = int(trip) / 1000 if status == "Reachable" and trip.isdecimal() else None
    if status == "Unreachable":
        return EndState(end.host, end.port, silent)
    reachable = "reachable" if status == "Reachable" else "unknown"
    return EndState(end.host, end.port, registration or reachable, latency_ms)


def overall(states: list[EndState]) -> str:
    """The first host that works, else the first that there is."""
    words = [state.word for state in states]
    return next((word for word in words if WORDS[word][1] == "good"), words[0] if words else "inbound")
