"""What the journal tells of callbacks: who asked for one, and what came of an attempt."""

import re
import uuid
from collections.abc import Callable

from appliance.core.callbacks import Asked, News, result_of
from appliance.core.journal.call import Call
from appliance.core.journal.cel_line import CelEvent
from appliance.core.journal.facts import instant

Part = tuple[int, int, str, str, str, str, str]  # as in outcome.py
_NUMBER = re.compile(r"\+?[0-9]{2,15}")
_KEY = re.compile(r"[a-z0-9-]{1,40}")
_LONGEST_S = 7 * 86400
_OUTCOME = {"busy": "busy", "no_answer": "no_answer", "failed": "no_answer"}


def callback_news(node: str, event: CelEvent) -> Asked | News | None:
    """None for all other events, and for what no dialplan of ours has written."""
    parts = [*event.parts(), *[""] * 6]
    match event.kind:
        case "CALLBACK_ASKED":
            return _asked(node, event, parts)
        case "CALLBACK_REACHED":
            return News(parts[0], parts[1], "reached", instant(event.at_us))
        case "CALLBACK_RESULT" if parts[2]:
            return News(parts[0], parts[1], result_of(parts[2]), instant(event.at_us))
    return None


def _asked(node: str, event: CelEvent, parts: list[str]) -> Asked | None:
    queue, number, guid, language, joined, caller = parts[:6]
    if not (_NUMBER.fullmatch(number) and _KEY.fullmatch(queue) and joined.isascii() and joined.isdigit()):
        return None
    try:
        guid = str(uuid.UUID(guid))
    except ValueError:
        return None
    at = instant(event.at_us)
    waited_s = int(at.timestamp()) - int(joined) if len(joined) < 12 else 0
    return Asked(node, queue, number, caller[:40], guid, language[:5], at, min(max(waited_s, 0), _LONGEST_S))


def called_back(call: Call, parts: list[Part], until_us: int) -> list[Part]:
    """A callback without the halves of its local channels: the agent talks only from when the customer answered."""
    reached = until_us if call.reached_us is None else call.reached_us
    found: list[Part] = []
    for part in parts:
        began, ended, kind, queue, agent, party, result = part
        if kind == "waiting":
            found.append(part)
        elif agent and kind == "talking":
            if began < reached:
                heard = "answered" if call.reached_us is not None else callback_outcome(call)
                found.append((began, min(reached, ended), "ringing", queue, "", call.did, heard))
            if ended > reached:
                found.append((max(began, reached), ended, kind, queue, agent, party, result))
        elif agent and kind == "ringing":
            found.append(part)
    return found


def callback_outcome(call: Call) -> str:
    """How a callback ended that did not reach the customer."""
    return _OUTCOME.get(call.callback_result, "no_agents")


def _turn(call: Call, _event: CelEvent, parts: list[str]) -> None:
    call.callback_of = parts[0]


def _reached(call: Call, event: CelEvent, _parts: list[str]) -> None:
    call.reached_us = event.at_us


def _result(call: Call, _event: CelEvent, parts: list[str]) -> None:
    call.callback_result = result_of(parts[2]) if len(parts) > 2 else ""


CALLBACK_EVENTS: dict[str, Callable[[Call, CelEvent, list[str]], None]] = {
    "CALLBACK_TURN": _turn,
    "CALLBACK_REACHED": _reached,
    "CALLBACK_RESULT": _result,
}
