"""Callbacks: which numbers may be called, whose turn it is, and what follows from an attempt. Nothing here dials."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from appliance.core.entities.outbound import OutboundRoute
from appliance.core.entities.queues import Queue
from appliance.core.outbound import rule_of
from appliance.core.queueing import highest_penalty
from appliance.core.site import Site
from appliance.core.words import N_

FIRST_PRIO = 2_695_000_000  # as dialplan_templates/queues.conf.j2 has it: who joined earlier has more
MARGIN_S = 120.0  # how much longer than ringing everybody an attempt may take before it counts as lost
PATIENCE_S = 30  # how long the place in the queue is held out to agents before we look again
SOON_S = 5.0
OLDEST = dt.timedelta(days=7)

RESULTS: dict[str, str] = {
    "reached": N_("Called back"),
    "busy": N_("Busy"),
    "no_answer": N_("Not answered"),
    "failed": N_("Could not be called"),
    "lost": N_("Cut off by a restart"),
    "no_queue": N_("The queue makes no callbacks any more"),
    "no_route": N_("No outbound route carries the number"),
    "too_old": N_("Waited too long"),
    "cancelled": N_("Cancelled"),
}
_STATUS = {"BUSY": "busy", "NOANSWER": "no_answer", "CANCEL": "no_answer"}
_RINGING = re.compile(r"Local/s@callback-[a-z0-9-]+_turn-[0-9a-f]+;1")
_DIGIT = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]"}
_SHORTEST, _LONGEST = 5, 15


class Asked(NamedTuple):
    """What the journal tells of a caller who keeps the place: `guid` is the interaction in which it was asked."""

    node: str
    queue: str
    number: str
    caller: str
    guid: str
    language: str
    asked_at: dt.datetime
    waited_s: int


class News(NamedTuple):
    """What the journal tells of an attempt."""

    guid: str
    attempt: str
    result: str  # one of RESULTS, or empty where no agent took the call
    at: dt.datetime


class Callback(NamedTuple):
    """One that was asked for; `ended_at` is empty while it is owed."""

    callback_id: int
    queue: str
    number: str
    caller: str
    guid: str
    language: str
    asked_at: dt.datetime
    waited_s: int
    tries: int
    next_try_at: dt.datetime
    last_guid: str
    result: str
    ended_at: dt.datetime | None = None

    @property
    def joined_at(self) -> dt.datetime:
        return self.asked_at - dt.timedelta(seconds=self.waited_s)

    def is_under_way(self, now: dt.datetime) -> bool:
        """Begun, and nothing was heard of it yet; until then it is waited for."""
        return bool(self.last_guid) and not self.result and self.next_try_at > now


@dataclass(frozen=True)
class Numbers:
    """Patterns of numbers that anybody may be called back at, and of those that are never called."""

    open: tuple[str, ...]
    never: tuple[str, ...]


def callback_numbers(site: Site) -> Numbers:
    """Routes for some phones only are not for callers; emergency numbers are for nobody's prank."""
    routes = site.outbound_routes.values()
    return Numbers(
        tuple(dict.fromkeys(_patterns(route for route in routes if not route.emergency and not route.users))),
        tuple(dict.fromkeys(_patterns(route for route in routes if route.emergency))),
    )


def _patterns(routes: Iterable[OutboundRoute]) -> Iterator[str]:
    return (rule_of(each).pattern for route in routes for each in route.patterns)


def may_call(site: Site, number: str) -> bool:
    digits = number.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and _SHORTEST <= len(digits) <= _LONGEST):
        return False
    numbers = callback_numbers(site)
    return _matches(numbers.open, number) and not _matches(numbers.never, number)


def _matches(patterns: Iterable[str], number: str) -> bool:
    return any(re.fullmatch(_expression(pattern), number) for pattern in patterns)


def _expression(pattern: str) -> str:
    body = "".join(_DIGIT.get(sign) or re.escape(sign) for sign in pattern.removesuffix("*"))
    return f"{body}[0-9]*" if pattern.endswith("*") else body


def why_never(site: Site, owed: Callback, now: dt.datetime) -> str:
    """Why this callback is given up now; empty while it is owed."""
    queue = site.queues.get(owed.queue)
    if queue is None or not queue.callback_after_s:
        return "no_queue"
    if not may_call(site, owed.number):
        return "no_route"
    if now - owed.asked_at > OLDEST:
        return "too_old"
    if owed.tries >= queue.callback_tries and owed.next_try_at <= now:
        return owed.result or "lost"
    return ""


def whose_turn(
    owed: Iterable[Callback], free: Mapping[str, int], waiting: Mapping[str, Iterable[dt.datetime]], now: dt.datetime
) -> list[Callback]:
    """Those to call now: an agent of the queue is free, and nobody who joined earlier waits for that agent.

    `free` counts agents who could take a call of a queue; `waiting` has since when its callers wait.
    """
    everyone = sorted(owed, key=lambda each: (each.joined_at, each.callback_id))
    turn: list[Callback] = []
    for each in everyone:
        if each.next_try_at > now:
            continue
        before = sum(since < each.joined_at for since in waiting.get(each.queue, ()))
        taken = sum(other.queue == each.queue and other.is_under_way(now) for other in everyone)
        taken += sum(other.queue == each.queue for other in turn)
        if free.get(each.queue, 0) > before + taken:
            turn.append(each)
    return turn


def lost_at(now: dt.datetime, queue: Queue) -> dt.datetime:
    """Until then the attempt that begins now is waited for; it is stored before the call is placed."""
    return now + dt.timedelta(seconds=max(queue.callback_retry_s, PATIENCE_S + queue.ring_s + MARGIN_S))


def after_attempt(owed: Callback, news: News, queue: Queue | None) -> Callback:
    """The callback after what was heard of its attempt. Without an agent nobody was called."""
    if not news.result:
        soon = news.at + dt.timedelta(seconds=SOON_S)
        return owed._replace(tries=owed.tries - 1, next_try_at=soon, last_guid="")
    is_over = news.result == "reached" or queue is None or owed.tries >= queue.callback_tries
    wait_s = queue.callback_retry_s if queue else 0
    next_try_at = news.at + dt.timedelta(seconds=wait_s)
    return owed._replace(result=news.result, next_try_at=next_try_at, ended_at=news.at if is_over else None)


def originate_fields(owed: Callback, queue: Queue, attempt: str, now: dt.datetime) -> dict[str, str | list[str]]:
    """The manager action that holds the old place out to agents, and calls the customer once one of them took it."""
    waited_s = (now - owed.joined_at).total_seconds()
    penalty = highest_penalty(queue, waited_s)
    variables = {
        "__GUID": attempt,
        "__CALLBACK_GUID": owed.guid,
        "__CALLBACK_NUMBER": owed.number,
        "CALLBACK_LANGUAGE": owed.language,
        "CALLBACK_PRIO": str(FIRST_PRIO - int(owed.joined_at.timestamp())),
        "CALLBACK_PENALTY": str(10 if penalty is None else penalty),
        "CALLBACK_PATIENCE": str(PATIENCE_S),
    }
    return {
        "Channel": f"Local/s@callback-{owed.queue}_turn/n",
        "Context": "callback_call",
        "Exten": "s",
        "Priority": "1",
        "Timeout": str(int((PATIENCE_S + queue.ring_s + 10) * 1000)),
        "Async": "true",
        "Variable": [f"{name}={value}" for name, value in variables.items()],
    }


def is_ringing(channel: Mapping[str, str], attempt: str) -> bool:
    """Whether this line of the manager's `Status` is the attempt's own channel, and nobody has answered: who was called
    and has, is in a bridge with it."""
    ours = _RINGING.fullmatch(channel.get("Channel", ""))
    return bool(ours) and channel.get("Variable") == f"GUID={attempt}" and not channel.get("BridgeID")


def result_of(status: str) -> str:
    """What Asterisk says of a dial, in our words; empty where no agent took the call."""
    if status == "NOBODY":
        return ""
    return "reached" if status == "ANSWER" else _STATUS.get(status, "failed")
