"""What became of an attempt, in one word, from what Asterisk told of it."""

import re
from dataclasses import dataclass

from appliance.core.words import N_

SHORT_S = 5.0  # who hangs up sooner after answering has not talked to us

OUTCOMES: dict[str, str] = {
    "answered": N_("Answered"),
    "abandoned": N_("No agent was free in time"),
    "machine": N_("Answering machine"),
    "fax": N_("Fax"),
    "busy": N_("Busy"),
    "no_answer": N_("Not answered"),
    "rejected": N_("Refused"),
    "bad_number": N_("No such number"),
    "congestion": N_("No line outside was free"),
    "short": N_("Hung up at once"),
    "delivered": N_("Message heard"),
    "opted_out": N_("Wants no more calls"),
    "cancelled": N_("Cancelled"),
    "lost": N_("Cut off by a restart"),
    "failed": N_("Could not be called"),
}

# The far end's own word is exact, where Asterisk's cause puts several into one.
_BY_ANSWER = {
    **dict.fromkeys((404, 410, 484, 485, 604), "bad_number"),
    **dict.fromkeys((486, 600), "busy"),
    **dict.fromkeys((403, 433, 603, 607, 608), "rejected"),
    **dict.fromkeys((408, 480, 487), "no_answer"),
}
# Q.850. 1, 22, 28: the number is none (unallocated, changed, incomplete). All that is not here is the way there.
_BY_CAUSE = {
    **dict.fromkeys((1, 22, 28), "bad_number"),
    17: "busy",
    **dict.fromkeys((18, 19, 20), "no_answer"),
    21: "rejected",
}
# Hung up on by us while it rang, as by an agent who called them: whoever is called so has been called.
_BY_STATUS = {"BUSY": "busy", "NOANSWER": "no_answer", "CANCEL": "no_answer"}
_SIP = re.compile(r"SIP (\d{3})\b")


@dataclass(frozen=True)
class Unanswered:
    """What the last dial of an attempt came to; `is_our_line` where no trunk could carry it."""

    status: str = ""
    cause: int = 0
    tech_cause: str = ""
    is_our_line: bool = False


def unanswered(told: Unanswered) -> str:
    """Of a call that nobody answered. Whatever is the fault of the way there is no fault of the contact's."""
    if told.is_our_line:
        return "congestion"
    code = _SIP.search(told.tech_cause)
    if told.status in ("NOANSWER", "CANCEL") and (code is None or int(code[1]) in (408, 480, 487)):
        return _BY_STATUS[told.status]
    by_answer = _BY_ANSWER.get(int(code[1])) if code else None
    return by_answer or _BY_CAUSE.get(told.cause) or _BY_STATUS.get(told.status) or "congestion"
