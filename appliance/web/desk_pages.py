"""Which desks are open in which browsers: each page is told how many there are, for all of them stay in step."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from appliance.services.desk_news import tell_desk
from appliance.web.keys import HUB, PERSON

# What of a call's way is worth an agent's look.
TOLD = ("menu", "key", "input", "input_failed", "lookup", "lookup_failed", "survey", "language", "vip",
        "special_caller", "forwarded", "transfer", "callback_asked")  # fmt: skip
OPEN: web.AppKey[Counter[str]] = web.AppKey("open_desks", Counter)


@contextmanager
def open_desk(request: web.Request) -> Iterator[None]:
    """While the stream of a desk is read; other pages of the same person do not count."""
    agent, desks = request[PERSON].agent, request.app[OPEN]
    if "desk" not in request.query or not agent:
        yield
        return
    desks[agent] += 1
    tell_desk(request.app[HUB], "pages", agent=agent, count=desks[agent])
    try:
        yield
    finally:
        desks[agent] -= 1
        tell_desk(request.app[HUB], "pages", agent=agent, count=desks[agent])


def open_pages(app: web.Application, agent: str) -> int:
    return app[OPEN][agent]


def is_for(news: Mapping[str, Any], agent: str) -> bool:
    """Only agents hear of desks: of their own, and of what is anyone's."""
    return bool(agent) and news["agent"] in ("", agent)


def is_own_step(news: Mapping[str, Any], guid: str) -> bool:
    """The journal may tell of the last steps of a call when it rings already."""
    return bool(guid) and news["type"] == "step" and news["guid"] == guid and news["kind"] in TOLD


def is_own_call(news: Mapping[str, Any], agent: str) -> bool:
    """Whether an interaction that went into the history was, in part, this agent's."""
    talked = (segment["agent"] for segment in news.get("segments", ()))
    return bool(agent) and news["type"] == "interaction" and agent in (news.get("agent"), *talked)
