"""What became of a call that was placed, in words: from Asterisk's events about that one channel."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from appliance.core.outbound import is_trunks_fault
from appliance.core.words import N_

Raw = Mapping[str, str]

DIALLING = N_("Dialling …")
RINGING = N_("It rings.")
ANSWERED = N_("Answered: the prompt is played.")
ENDED = N_("It was answered, heard the prompt, and ended. This trunk works.")
UNREACHABLE = N_("The trunk cannot be reached: its host does not answer, or is not known to Asterisk yet.")
NOT_ANSWERED = N_("It rang, and nobody answered.")
LOST = N_("The connection to Asterisk was lost; what became of the call is unknown.")
# By the answer of the far end, as SIP numbers it.
_BY_CODE: dict[str, str] = {
    "401": N_("The far end refuses the user name or password (401)."),
    "403": N_("The far end refuses the call (403): is this address, number or caller ID allowed there?"),
    "404": N_("The far end does not know this number (404)."),
    "407": N_("The far end refuses the user name or password (407)."),
    "408": N_("The far end did not answer in time (408)."),
    "410": N_("The number is no longer in service (410)."),
    "480": N_("The number cannot be reached now (480)."),
    "484": N_("The far end wants more digits (484)."),
    "486": N_("Busy (486). The trunk itself works."),
    "488": N_("The far end takes none of our codecs, or asks for encrypted sound (488)."),
    "500": N_("The far end has an error of its own (500)."),
    "502": N_("The far end has no way to that number (502)."),
    "503": N_("The far end cannot take the call now (503): no free channel, or it is down."),
    "504": N_("The far end had no answer in time from its own network (504)."),
    "600": N_("Busy everywhere (600). The trunk itself works."),
    "603": N_("The called party declined (603). The trunk itself works."),
    "604": N_("The number exists nowhere (604)."),
}
_BY_CAUSE: dict[str, str] = {
    "1": N_("The far end does not know this number."),
    "17": N_("Busy. The trunk itself works."),
    "18": N_("The far end did not answer at all."),
    "19": NOT_ANSWERED,
    "20": UNREACHABLE,
    "21": N_("The far end refuses the call."),
    "34": N_("The far end cannot take the call now: no free channel, or it is down."),
}
OTHER = N_("The call failed: {text} (cause {cause}, SIP {code}).")


@dataclass(frozen=True)
class CallResult:
    """`message` is English with {placeholders}; `is_over` once nothing more will come."""

    message: str = DIALLING
    context: tuple[tuple[str, str], ...] = ()
    kind: str = "off"  # good, bad, off
    is_over: bool = False
    has_answered: bool = False
    has_rung: bool = False
    has_channel: bool = False
    is_trunks_fault: bool = False  # so that a real call goes on to the next host, and then to the next trunk


_STATES = {
    "Ringing": CallResult(RINGING, has_rung=True, has_channel=True),
    "Up": CallResult(ANSWERED, kind="good", has_answered=True, has_channel=True),
}


def follow(before: CallResult, raw: Raw) -> CallResult:
    """The next result after an event about this channel."""
    match raw:
        case {"Event": "Newstate", "ChannelStateDesc": state}:
            return _STATES.get(state, before)
        case {"Event": "Newchannel"}:
            return replace(before, has_channel=True)
        case {"Event": "OriginateResponse", "Response": "Failure"} if not before.has_channel:
            # Nothing was sent, and no hang-up will follow.
            return CallResult(UNREACHABLE, kind="bad", is_over=True, is_trunks_fault=True)
        case {"Event": "Hangup"}:
            return _ended(before, raw)
        case {"Event": "AmiLost"}:
            return CallResult(LOST, kind="bad", is_over=True)
    return before


def _ended(before: CallResult, raw: Raw) -> CallResult:
    """The SIP answer tells most. A call that we gave up has one of ours: then what counts is that it rang."""
    cause, code = raw.get("Cause", ""), raw.get("TechCause", "")
    if before.has_answered:
        return CallResult(ENDED, kind="good", is_over=True, has_answered=True)
    if before.has_rung and cause == "19":
        return CallResult(NOT_ANSWERED, kind="off", is_over=True)
    message, faulty = _BY_CODE.get(code) or _BY_CAUSE.get(cause), is_trunks_fault(cause, code, has_rung=before.has_rung)
    if message is None:
        context = (("text", raw.get("Cause-txt", "")), ("cause", cause), ("code", code or "-"))
        return CallResult(OTHER, context, kind="bad", is_over=True, is_trunks_fault=faulty)
    kind = "good" if code in ("486", "600", "603") or cause == "17" else "bad"
    return CallResult(message, kind=kind, is_over=True, is_trunks_fault=faulty)
