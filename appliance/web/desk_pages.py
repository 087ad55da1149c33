"""Which desks are open in which browsers: each page is told how many there are, for all of them stay in step."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from appliance.services.desk_news import tell_desk
from appliance.web.keys import HUB, PERSON, PRESENCE

# What of a call's way is worth an agent's look.
TOLD = ("menu", "key", "input", "input_failed", "lookup", "lookup_failed", "survey", "language", "vip",
        "special_caller", "forwarded", "transfer", "callback_asked")  # fmt: skip


@contextmanager
def open_desk(request: web.Request) -> Iterator[None]:
    """While a stream is read. Every page says that the agent is there; only desks count as desks."""
    agent, is_desk = request[PERSON].agent, "desk" in request.query
    if not agent:
        yield
        return
    try:
        with request.app[PRESENCE].open_page(agent, is_desk=is_desk):
            _tell(request, agent, is_desk=is_desk)
            yield
    finally:
        _tell(request, agent, is_desk=is_desk)


def _tell(request: web.Request, agent: str, *, is_desk: bool) -> None:
    if is_desk:
        tell_desk(request.app[HUB], "pages", agent=agent, count=open_pages(request.app, agent))


def open_pages(app: web.Application, agent: str) -> int:
    return app[PRESENCE].desks(agent)


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
