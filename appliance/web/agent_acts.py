"""Acts on an agent's session or request, and what follows: Asterisk's queues, and the pages that show this agent."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiohttp import web

from appliance.services.agents.requests import Answer
from appliance.services.agents.trail import Act
from appliance.services.board.picture import FLOOR
from appliance.services.board.requests import answer_request
from appliance.services.desk_news import tell_desk
from appliance.services.errors import NotFound, Refused
from appliance.web.keys import DATABASE, HUB, MEMBERSHIP, PERSON, PRESENCE, SIGHT, WRAPUPS
from appliance.web.numbers import whole_number

MOST_NOTE = 200


def tell_agent(request: web.Request, agent: str) -> None:
    """After the commit."""
    request.app[MEMBERSHIP].poke()
    request.app[PRESENCE].tell(agent)


def end_wrapup(request: web.Request, agent: str) -> None:
    """Who pauses rests no longer, unless something must be done first: then the pause comes after it."""
    with suppress(Refused):
        request.app[WRAPUPS].finish(agent)


async def answer(request: web.Request, given: Answer, note: str) -> None:
    """What an agent has asked for; `request_id` stands in the address."""
    act, request_id = Act(request[PERSON].login, note=note), whole_number(request.match_info["request_id"])
    if request_id is None:
        raise NotFound("requests")
    async with request.app[DATABASE].transaction() as tx:
        agent, kind = await answer_request(tx, request_id, given, act, sight=request[SIGHT])
    if given == "granted" and kind == "pause":
        end_wrapup(request, agent)
    tell_agent(request, agent)
    tell_desk(request.app[HUB], "help", agent=agent)
    request.app[HUB].publish(FLOOR, {})


def check_queue(request: web.Request, queue: str) -> None:
    """The agent is looked after by the guard, for it stands in the address as `key`."""
    if not request[SIGHT].may_see("queues", queue):
        raise NotFound(f"queues.{queue}")


def note_of(form: Mapping[str, Any]) -> str:
    """One line of what a supervisor tells the agent."""
    text = str(form.get("note", ""))[:MOST_NOTE]
    return " ".join("".join(each for each in text if each.isprintable() or each.isspace()).split())
