"""What follows an act on an agent's session: Asterisk's queues, and the pages that show this agent."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiohttp import web

from appliance.services.errors import NotFound, Refused
from appliance.web.keys import MEMBERSHIP, PRESENCE, SIGHT, WRAPUPS

MOST_NOTE = 200


def tell_agent(request: web.Request, agent: str) -> None:
    """After the commit."""
    request.app[MEMBERSHIP].poke()
    request.app[PRESENCE].tell(agent)


def end_wrapup(request: web.Request, agent: str) -> None:
    """Who pauses rests no longer, unless something must be done first: then the pause comes after it."""
    with suppress(Refused):
        request.app[WRAPUPS].finish(agent)


def check_queue(request: web.Request, queue: str) -> None:
    """The agent is looked after by the guard, for it stands in the address as `key`."""
    if not request[SIGHT].may_see("queues", queue):
        raise NotFound(f"queues.{queue}")


def note_of(form: Mapping[str, Any]) -> str:
    """One line of what a supervisor tells the agent."""
    text = str(form.get("note", ""))[:MOST_NOTE]
    return " ".join("".join(each for each in text if each.isprintable() or each.isspace()).split())
