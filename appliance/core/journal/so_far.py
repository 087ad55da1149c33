"""What the journal has told of a call that is not over: who calls, through which menus, with which digits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from appliance.core.journal.call import Call
from appliance.core.journal.call_events import apply_event
from appliance.core.journal.cel_line import MalformedLine, parse_cel
from appliance.core.journal.facts import Step, instant

_INPUT = "input"


@dataclass(frozen=True)
class SoFar:
    """`waits` are the stretches in a queue: queue, from, to or None while it lasts."""

    guid: str = ""
    direction: str = ""
    caller: str = ""
    caller_name: str = ""
    did: str = ""
    campaign: str = ""
    language: str = ""
    began_at: datetime | None = None
    steps: tuple[Step, ...] = ()
    waits: tuple[tuple[str, datetime, datetime | None], ...] = ()
    digits: Mapping[str, str] = field(default_factory=dict)  # confidential ones as the journal has them: masked


def told_so_far(lines: Iterable[str]) -> SoFar:
    """From the lines of one call, in order."""
    call: Call | None = None
    for line in lines:
        try:
            event = parse_cel(line)
        except MalformedLine:
            continue
        if call is None:
            call = Call("", event.linked_id, {event.linked_id}, event.at_us, event.at_us)
        apply_event(call, event)
    return _so_far(call) if call is not None else SoFar()


def _so_far(call: Call) -> SoFar:
    steps = tuple(Step(call.guid, n, instant(at), kind, detail) for n, (at, kind, detail) in enumerate(call.steps))
    waits = [phase for phase in call.phases if phase.kind == "waiting"]
    return SoFar(
        guid=call.guid,
        direction=call.direction,
        caller=call.caller,
        caller_name=call.caller_name,
        did=call.did,
        campaign=call.campaign,
        language=call.language,
        began_at=instant(call.began_us),
        steps=steps,
        waits=tuple((p.queue, instant(p.began_us), _at(p.ended_us)) for p in waits),
        digits=digits_of(steps),
    )


def _at(us: int | None) -> datetime | None:
    return None if us is None else instant(us)


def digits_of(steps: Iterable[Step]) -> dict[str, str]:
    """By the name under which they are kept; the last ones count."""
    parts = [step.detail.split("|") for step in steps if step.kind == _INPUT]
    return {each[1]: each[2] for each in parts if len(each) > 2}
