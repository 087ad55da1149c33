"""What the journal tells of an attempt of a dialer, from the dial to the end of its call."""

import re
from collections.abc import Callable

from appliance.core.dialing.attempts import Result
from appliance.core.dialing.outcome import SHORT_S, Unanswered, unanswered
from appliance.core.journal.call import Attempt, Call
from appliance.core.journal.cel_line import CelEvent
from appliance.core.journal.facts import Interaction, instant

_AMD = {"HUMAN": "human", "MACHINE": "machine", "NOTSURE": "notsure"}
_QUIET = re.compile(r"HUMAN-(\d+)-")  # for so many milliseconds a person had said nothing when it was decided
# The outcome of the interaction, where that of the attempt has another word.
_INTERACTION = {"congestion": "no_trunk", "cancelled": "no_answer", "lost": "interrupted", "failed": "no_trunk"}
_OUR_LINE = ("no_trunk", "unlicensed")


def _attempt(call: Call, _event: CelEvent, parts: list[str]) -> None:
    call.attempt = Attempt(call.identity(), "".join(parts[2:3]))


def _result(call: Call, _event: CelEvent, parts: list[str]) -> None:
    attempt, (_, status, cause, tech_cause) = call.attempt, [*parts, "", "", "", ""][:4]
    if attempt is not None:
        attempt.status, attempt.tech_cause = status, tech_cause
        attempt.cause = int(cause) if cause.isascii() and cause.isdigit() else 0


def _taken(call: Call, _event: CelEvent, _parts: list[str]) -> None:
    """Of the half that dialled: who answered may have hung up before a step of its own."""
    answered = [each for each, channel in call.channels.items() if channel.is_called and channel.answered_us]
    if call.attempt is None or call.attempt.answered_us is not None or not answered:
        return
    if call.attempt.kind == "agent":
        call.attempt.answered_us = call.channels[answered[0]].answered_us
    else:
        _take_over(call, answered[0])


def _answered(call: Call, event: CelEvent, _parts: list[str]) -> None:
    if call.attempt is not None:
        call.attempt.answered_us = event.at_us
        _take_over(call, event.unique_id)


def _take_over(call: Call, unique_id: str) -> None:
    """Whoever answered is the customer from now on."""
    customer = call.channels[unique_id]
    if call.attempt and customer.answered_us is not None:
        call.attempt.answered_us = customer.answered_us
    customer.is_called = False
    call.customer_id = unique_id


def _amd(call: Call, event: CelEvent, parts: list[str]) -> None:
    if call.attempt is None or len(parts) < 2:
        return
    call.attempt.amd = _AMD.get(parts[1], "")
    quiet = _QUIET.match("".join(parts[2:3]))
    call.attempt.greeted_us = event.at_us - 1000 * int(quiet[1]) if quiet else event.at_us


def _abandoned(call: Call, _event: CelEvent, _parts: list[str]) -> None:
    if call.attempt is not None:
        call.attempt.is_abandoned = True


def _late(call: Call, _event: CelEvent, _parts: list[str]) -> None:
    if call.attempt is not None:
        call.attempt.is_late = True


def _told(call: Call, _event: CelEvent, _parts: list[str]) -> None:
    if call.attempt is not None:
        call.attempt.is_told = True


def _dropped(call: Call, _event: CelEvent, _parts: list[str]) -> None:
    if call.attempt is not None:
        call.attempt.is_dropped = True


def _fax(call: Call, _event: CelEvent, _parts: list[str]) -> None:
    if call.attempt is not None:
        call.attempt.is_fax = True


def _opted_out(call: Call, _event: CelEvent, _parts: list[str]) -> None:
    if call.attempt is not None:
        call.attempt.is_opted_out = True


ATTEMPT_EVENTS: dict[str, Callable[[Call, CelEvent, list[str]], None]] = {
    "ATTEMPT": _attempt,
    "ATTEMPT_RESULT": _result,
    "TOO_LATE": _late,
    "ON_A_LINE": _late,
    "ATTEMPT_TAKEN": _taken,
    "ATTEMPT_ANSWERED": _answered,
    "ATTEMPT_AMD": _amd,
    "ATTEMPT_ABANDONED": _abandoned,
    "ATTEMPT_TOLD": _told,
    "ATTEMPT_DROPPED": _dropped,
    "ATTEMPT_FAX": _fax,
    "ATTEMPT_OPTED_OUT": _opted_out,
}


def interaction_outcome(call: Call, attempt: Attempt, *, interrupted: bool) -> str:
    """Of an attempt's call in which no agent talked with anybody."""
    word = _outcome(call, attempt, talked=False, interrupted=interrupted)
    return _INTERACTION.get(word, word)


def attempt_result(call: Call, attempt: Attempt, told: Interaction, *, interrupted: bool) -> Result:
    answered_us, connected_at = attempt.answered_us, told.answered_at
    waits_us = attempt.greeted_us or answered_us
    wait_s = (connected_at - instant(waits_us)).total_seconds() if connected_at and waits_us else 0.0
    return Result(
        guid=attempt.guid,
        outcome=_outcome(call, attempt, talked=connected_at is not None, interrupted=interrupted),
        at=told.ended_at,
        answered_at=None if answered_us is None else instant(answered_us),
        connected_at=connected_at,
        cause=attempt.cause if answered_us is None else told.hangup_cause,
        tech_cause=attempt.tech_cause if answered_us is None else "",
        amd=attempt.amd,
        agent=told.agent,
        wait_s=max(wait_s, 0.0),
        talk_s=told.talk_s,
    )


def _outcome(call: Call, attempt: Attempt, *, talked: bool, interrupted: bool) -> str:
    if marked := _marked(attempt):
        return marked
    if talked:
        return "short" if _gave_up_at_once(call, attempt) else "answered"
    if interrupted and not attempt.status:
        return "lost"
    return _unanswered(call, attempt) if attempt.answered_us is None else _without_agent(call, attempt, interrupted)


def _marked(attempt: Attempt) -> str:
    """What a step of the dialplan has said for good, whoever talked before or after it."""
    if attempt.is_opted_out:
        return "opted_out"
    if attempt.is_fax:
        return "fax"
    if attempt.is_dropped:
        return "delivered" if attempt.is_told else "machine"
    return "abandoned" if attempt.is_abandoned else ""


def _unanswered(call: Call, attempt: Attempt) -> str:
    if attempt.is_late:
        return "cancelled"
    if call.mark == "no_route":
        return "failed"
    return unanswered(Unanswered(attempt.status, attempt.cause, attempt.tech_cause, call.mark in _OUR_LINE))


def _without_agent(call: Call, attempt: Attempt, interrupted: bool) -> str:
    """Somebody answered, and no agent took the call."""
    if attempt.amd == "machine":
        return "delivered" if attempt.is_told and attempt.kind != "agentless" else "machine"
    if interrupted:
        return "lost"
    if attempt.kind == "agentless" and attempt.is_told and not _gave_up_at_once(call, attempt):
        return "delivered"
    return "short"


def _gave_up_at_once(call: Call, attempt: Attempt) -> bool:
    customer = call.customer
    contact = "agent" if attempt.kind == "agent" else "caller"
    if customer is None or customer.ended_us is None or attempt.answered_us is None or call.ended_by() != contact:
        return False
    return customer.ended_us - attempt.answered_us < SHORT_S * 1e6
