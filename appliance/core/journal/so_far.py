"""What the journal has told of a call that is not over: who calls, through which menus, with which digits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from appliance.core.contacts import ending
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


def people_named(lines: Iterable[str], since: datetime) -> frozenset[str]:
    """Who is at the far end of the calls that begin in these lines, by the end of their number."""
    found = (_named(line) for line in lines)
    return frozenset(person for person, at in found if person and at >= since)


@lru_cache(maxsize=5000)
def _named(line: str) -> tuple[str, datetime]:
    """Dialers ask many times a second, and the lines of a call that lasts are the same ones."""
    try:
        event = parse_cel(line)
    except MalformedLine:
        return "", instant(0)
    _guid, direction, number, *_ = [*event.parts(), "", "", ""]
    person = ending(event.number if direction == "inbound" else number)
    return person if event.kind == "INTERACTION" else "", instant(event.at_us)


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
