"""What the journals tell: plain rows, ready for the database, the console and reports."""

import datetime as dt
from typing import NamedTuple

from appliance.core.dialing.attempts import Result
from appliance.core.words import N_

OUTCOMES: dict[str, str] = {
    "answered": N_("Answered"),
    "abandoned": N_("Abandoned while waiting"),
    "timeout": N_("Waited too long"),
    "no_agents": N_("No agents"),
    "full": N_("Queue full"),
    "callback": N_("Asked for a callback"),
    "voicemail": N_("Left a voicemail"),
    "conference": N_("In a conference room"),
    "closed": N_("Outside opening hours"),
    "blacklisted": N_("Blocked number"),
    "unknown_did": N_("Unknown number dialled"),
    "no_route": N_("No outbound route"),
    "no_trunk": N_("No line outside was free"),
    "unlicensed": N_("Not covered by the license"),
    "listed": N_("On the do-not-call list"),
    "no_answer": N_("Not answered"),
    "busy": N_("Busy"),
    "ended_in_menu": N_("Hung up in the menu"),
    "machine": N_("Answering machine"),
    "fax": N_("Fax"),
    "rejected": N_("Refused"),
    "bad_number": N_("No such number"),
    "short": N_("Hung up at once"),
    "delivered": N_("Message heard"),
    "opted_out": N_("Wants no more calls"),
    "ended": N_("Ended"),
    "interrupted": N_("Cut off by a restart"),
}
SEGMENT_KINDS: dict[str, str] = {
    "ivr": N_("Menu"),
    "waiting": N_("Waiting"),
    "ringing": N_("Ringing"),
    "talking": N_("Talking"),
    "hold": N_("On hold"),
    "consult": N_("Consulting"),
    "voicemail": N_("Voicemail"),
    "conference": N_("Conference"),
}


class Interaction(NamedTuple):
    """One contact with a customer, or one internal call; `guid` is made in the dialplan, or from node and linkedid."""

    guid: str
    node: str
    linked_id: str
    direction: str
    caller: str
    caller_name: str
    did: str
    language: str
    queue: str
    campaign: str
    agent: str
    outcome: str
    detail: str
    entered_at: dt.datetime
    answered_at: dt.datetime | None
    ended_at: dt.datetime
    wait_s: float
    talk_s: float
    hangup_cause: int
    hangup_by: str
    recording: str


class Segment(NamedTuple):
    """A part of an interaction; `result` says how it ended (answered, missed, cancelled, abandoned, timeout ...)."""

    guid: str
    position: int
    kind: str
    queue: str
    agent: str
    party: str
    began_at: dt.datetime
    ended_at: dt.datetime
    result: str


class Step(NamedTuple):
    """One line of an interaction's story; `detail` holds the parts of the event, separated by `|`."""

    guid: str
    position: int
    at: dt.datetime
    kind: str
    detail: str


class Recording(NamedTuple):
    """The file below the recordings folder; `state`: waiting, complete, repaired, empty, damaged or missing."""

    guid: str
    node: str
    path: str
    state: str
    size_bytes: int = 0
    length_s: float = 0.0
    sha256: str = ""
    completed_at: dt.datetime | None = None


class ByHand(NamedTuple):
    """A call that rang outside: `dialled` is what was pressed at a phone or typed at the desk."""

    guid: str
    dialled: str
    route: str
    at: dt.datetime


class CallFacts(NamedTuple):
    """`attempt` is what became of the dialer's attempt that this call was."""

    interaction: Interaction
    segments: list[Segment]
    steps: list[Step]
    attempt: Result | None = None
    by_hand: ByHand | None = None


class AgentInterval(NamedTuple):
    """A stretch of an agent's session in one state; the intervals of a session leave no gap."""

    node: str
    agent: str
    session_at: dt.datetime
    state: str
    reason: str
    began_at: dt.datetime
    ended_at: dt.datetime


class MissedRing(NamedTuple):
    node: str
    agent: str
    queue: str
    call_id: str
    at: dt.datetime
    ring_ms: int


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def instant(at_us: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(microseconds=at_us)
