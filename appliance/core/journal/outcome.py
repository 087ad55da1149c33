"""The facts of a call that is over: its segments, its times and how it ended."""

from collections.abc import Iterator

from appliance.core.journal.attempts import attempt_result, interaction_outcome
from appliance.core.journal.by_hand import by_hand
from appliance.core.journal.call import Call, Channel, Phase, Stay
from appliance.core.journal.callbacks import callback_outcome, called_back
from appliance.core.journal.facts import CallFacts, Interaction, Segment, Step, instant

_BLINK_US = 100_000  # what passes between two commands of the dialplan is no stretch of anybody's time
_TOGETHER_US = 250_000  # a hang-up and the end of the ringing that it cancels
_ELSEWHERE = 26
_REFUSED = (17, 21)
_FINAL_MARKS = ("blacklisted", "unknown_did", "no_route", "no_trunk", "unlicensed", "listed")
_LEFT_QUEUE = {
    "abandoned": "abandoned",
    "timeout": "timeout",
    "full": "full",
    "joinempty": "no_agents",
    "leaveempty": "no_agents",
    "joinunavail": "no_agents",
    "leaveunavail": "no_agents",
    "interrupted": "interrupted",
    "callback": "callback",
}
_RINGS = ("answered", "missed", "busy", "interrupted", "cancelled")  # what counts of two phones that rang at once
_PLACES = ("voicemail", "extension", "prompt", "menu")
_ORDER = ("ivr", "waiting", "ringing", "talking", "hold", "consult", "voicemail", "conference")

Part = tuple[int, int, str, str, str, str, str]  # began_us, ended_us, kind, queue, agent, party, result


def conclude(call: Call, cut_us: int | None = None) -> CallFacts:
    """`cut_us`: the journal will never say how this call ended, because Asterisk died, and lived until then."""
    interrupted = cut_us is not None and (call.customer is None or call.customer.ended_us is None)
    if cut_us is not None and interrupted:
        call.last_us = max(call.last_us, cut_us)
        call.end_phase(call.last_us, "interrupted")
    end = _end_of(call)
    within = ((part[0], min(part[1], end), *part[2:]) for part in _parts(call) if part[0] <= end)
    parts = sorted(within, key=lambda part: (part[0], _ORDER.index(part[2])))
    if call.callback_of:
        parts = called_back(call, parts, end)
    guid = call.identity()
    segments = [
        Segment(guid, n, kind, queue, agent, party, instant(began), instant(ended), result)
        for n, (began, ended, kind, queue, agent, party, result) in enumerate(parts)
    ]
    story = sorted(call.steps, key=lambda step: step[0])
    steps = [Step(guid, n, instant(at), kind, detail) for n, (at, kind, detail) in enumerate(story)]
    told = _interaction(call, parts, interrupted=interrupted)
    result = attempt_result(call, call.attempt, told, interrupted=interrupted) if call.attempt else None
    return CallFacts(told, segments, steps, result, by_hand(call, told))


def _interaction(call: Call, parts: list[Part], *, interrupted: bool) -> Interaction:
    talks = [part for part in parts if part[2] == "talking"]
    first = talks[0] if talks else None
    waits = [phase for phase in call.phases if phase.kind == "waiting"]
    outcome, detail = _outcome(call, waits, answered=first is not None, interrupted=interrupted)
    customer = call.customer
    return Interaction(
        guid=call.identity(),
        node=call.node,
        linked_id=call.linked_id,
        direction=call.direction,
        caller=call.caller,
        caller_name=call.caller_name,
        did=call.did,
        language=call.language,
        queue=(first[3] if first else "") or (waits[-1].queue if waits else ""),
        campaign=call.campaign,
        agent=first[4] if first else "",
        outcome=outcome,
        detail=detail,
        entered_at=instant(customer.began_us if customer else call.began_us),
        answered_at=instant(first[0]) if first else None,
        ended_at=instant(_end_of(call)),
        wait_s=_wait_us(call, waits, first) / 1e6,
        talk_s=_covered_us(talks) / 1e6,
        hangup_cause=customer.cause if customer else 0,
        hangup_by="" if interrupted else call.ended_by(),
        recording=call.recording,
    )


def _end_of(call: Call) -> int:
    customer = call.customer
    return customer.ended_us if customer and customer.ended_us is not None else call.last_us


def _parts(call: Call) -> Iterator[Part]:
    end = _end_of(call)
    for phase in call.phases:
        ended = end if phase.ended_us is None else phase.ended_us
        if phase.kind == "waiting" or ended - phase.began_us >= _BLINK_US:
            yield phase.began_us, max(ended, phase.began_us), phase.kind, phase.queue, phase.agent, "", phase.result
    agents = {channel.party: channel.agent for channel in call.channels.values() if channel.agent}
    caller = call.customer.agent if call.customer else ""  # of an outbound call: the agent who dialled
    rings: list[Part] = []
    for unique_id, channel in call.channels.items():
        if unique_id == call.customer_id or channel.is_link:
            continue
        agent = channel.agent or agents.get(channel.party, caller)
        if channel.is_called:
            rings.append(_ring(call, channel, agent))
        for stay in channel.stays:
            yield from _conversation(call, channel, stay, agent)
    yield from _rung(rings)


def _rung(rings: list[Part]) -> list[Part]:
    """Both phones of an extension that ring at once are one ring, to the answer at one of them."""
    found: list[Part] = []
    for ring in sorted(rings):
        same = next((each for each in found if each[5] == ring[5] and ring[0] < each[1]), None)
        if same is None:
            found.append(ring)
            continue
        best = min(same, ring, key=lambda each: (_RINGS.index(each[6]), -each[1]))
        found[found.index(same)] = (same[0], best[1], *best[2:])
    return found


def _ring(call: Call, channel: Channel, agent: str) -> Part:
    result = "answered" if channel.answered_us is not None else _ring_result(call, channel)
    ended = next((at for at in (channel.answered_us, channel.ended_us) if at is not None), call.last_us)
    return channel.began_us, max(ended, channel.began_us), "ringing", channel.queue, agent, channel.party, result


def _ring_result(call: Call, channel: Channel) -> str:
    if channel.ended_us is None:
        return "interrupted"
    if channel.cause == _ELSEWHERE:
        return "cancelled"
    if channel.cause in _REFUSED:
        return "busy"
    customer = call.customer
    if customer is None or customer.ended_us is None or customer.ended_by.startswith("dialplan"):
        return "missed"
    return "cancelled" if abs(customer.ended_us - channel.ended_us) < _TOGETHER_US else "missed"


def _conversation(call: Call, channel: Channel, stay: Stay, agent: str) -> Iterator[Part]:
    """With the customer in the same bridge it is talk; what is left of a called channel's stay is a consultation."""
    ended = call.last_us if stay.ended_us is None else stay.ended_us
    free_from = stay.began_us
    for other in call.customer.stays if call.customer else ():
        if other.bridge != stay.bridge:
            continue
        began = max(stay.began_us, other.began_us)
        until = min(ended, call.last_us if other.ended_us is None else other.ended_us)
        if until < began:
            continue
        yield from _consultation(call, channel, stay.bridge, (free_from, began))
        yield began, until, "talking", channel.queue, agent, channel.party, ""
        free_from = until
    yield from _consultation(call, channel, stay.bridge, (free_from, ended))


def _consultation(call: Call, channel: Channel, bridge: str, span: tuple[int, int]) -> Iterator[Part]:
    began, ended = span
    if not channel.is_called or ended - began < _BLINK_US:
        return
    askers = [
        other
        for other in call.channels.values()
        if _asks(other, channel) and any(stay.bridge == bridge for stay in other.stays)
    ]
    known = {other.party: other.agent for other in call.channels.values() if other.agent}
    agent = next((known.get(asker.party, "") for asker in askers), "")
    if askers and askers[0] is not call.customer:
        yield began, ended, "consult", "", agent, channel.party, ""


def _asks(other: Channel, channel: Channel) -> bool:
    """Who called, or was in the call before."""
    return other is not channel and (not other.is_called or other.began_us < channel.began_us)


def _outcome(call: Call, waits: list[Phase], *, answered: bool, interrupted: bool) -> tuple[str, str]:
    if answered:
        return "answered", "interrupted" if interrupted else ""
    if call.attempt:
        return interaction_outcome(call, call.attempt, interrupted=interrupted), ""
    if interrupted:
        return "interrupted", ""
    if call.callback_of:
        return callback_outcome(call), ""
    return _unanswered(call, waits)


def _unanswered(call: Call, waits: list[Phase]) -> tuple[str, str]:
    found = {phase.kind for phase in call.phases if phase.kind == "conference" or phase.result == "success"}
    if call.mark in _FINAL_MARKS:
        return call.mark, call.mark_detail
    for kind in found & {"voicemail", "conference"}:
        return kind, _place_after(call)
    if waits:
        return _LEFT_QUEUE.get(waits[-1].result, "no_answer"), _place_after(call)
    if call.mark:
        return call.mark, call.mark_detail
    return _never_waited(call)


def _never_waited(call: Call) -> tuple[str, str]:
    called = [channel for channel in call.channels.values() if channel.is_called]
    if called:
        return ("busy" if called[-1].cause in _REFUSED else "no_answer"), ""
    if not call.is_contact and call.customer and call.customer.cause in _REFUSED:
        return "busy", ""  # the phone that was wanted did not even ring
    return ("ended_in_menu" if call.is_contact else "ended"), ""


def _place_after(call: Call) -> str:
    """Where the dialplan sent the customer after the last queue, such as `voicemail:1001`."""
    left = max((at for at, kind, _ in call.steps if kind == "queue_leave"), default=0)
    places = [f"{kind}:{detail.split('|')[0]}" for at, kind, detail in call.steps if kind in _PLACES and at >= left]
    return places[-1] if places and left else ""


def _wait_us(call: Call, waits: list[Phase], first: Part | None) -> int:
    if waits:
        return sum(max(0, (phase.ended_us or phase.began_us) - phase.began_us) for phase in waits)
    rings = [channel.began_us for channel in call.channels.values() if channel.is_called]
    return max(0, (first[0] if first else _end_of(call)) - min(rings)) if rings else 0


def _covered_us(talks: list[Part]) -> int:
    covered = until = 0
    for began, ended, *_ in talks:
        covered += max(0, ended - max(began, until))
        until = max(until, ended)
    return covered
