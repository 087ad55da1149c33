"""The live stream of the console: server-sent events in JSON, first a whole snapshot, then numbered changes."""

import asyncio
from dataclasses import asdict, replace
from typing import Any

from aiohttp import web

from appliance.core.access import ANYONE_SIGNED_IN, VIEW
from appliance.core.board import BOARD_KINDS
from appliance.core.desk import own_guid
from appliance.core.live.screen import Screen
from appliance.services.agents.presence import AGENTS
from appliance.services.alarms.away import TOPIC as AWAY
from appliance.services.board.picture import TOPIC as BOARD_TOPIC
from appliance.services.clock import now
from appliance.services.desk_news import TOPIC as DESK
from appliance.services.glances import Glance
from appliance.services.hub import RESYNC, Message, Subscription, event
from appliance.services.users.sessions import is_session_open
from appliance.store.configuration import load_status
from appliance.store.snapshots import load_snapshot
from appliance.web.access import Access, add_route
from appliance.web.desk_pages import is_for, is_own_call, is_own_step, open_desk, open_pages
from appliance.web.keys import BOARD, DATABASE, GLANCES, HEARTBEAT_S, HUB, LIVE, NODE, PERSON, SESSION, SIGHT
from appliance.web.open_streams import open_stream
from appliance.web.sight import load_seen, sight_in
from appliance.web.targets import names_of

SESSIONS = "sessions"  # somebody's were ended: whoever holds one of them hears no more
TOPICS = ("live", "config", "history", DESK, AGENTS, SESSIONS, AWAY)
NAMED = ("queues", "agents")
GATHER_S = 0.15  # what happens within is one write: boards at a busy centre cost half as much


def add_routes(app: web.Application) -> None:
    add_route(app, "GET /stream", get_stream, Access(ANYONE_SIGNED_IN))


async def get_stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    with open_stream(request, request[PERSON].login):
        watches = request[PERSON].role in VIEW
        async with request.app[HUB].subscribe((*TOPICS, BOARD_TOPIC) if watches else TOPICS) as messages:
            try:
                await response.prepare(request)
                with open_desk(request):
                    reader = Reader(request, response, messages)
                    await reader.begin()
                    await _follow(reader, messages)
            except ConnectionResetError:
                pass  # the browser went away
    return response


class Reader:
    """Who reads this stream, and what they may see and were shown."""

    def __init__(self, request: web.Request, response: web.StreamResponse, messages: Subscription) -> None:
        self.request = request
        self.watches = request[PERSON].role in VIEW  # more than the own work
        self._agent = request[PERSON].agent
        self._sees_waiting = False
        self._guid = ""  # of the own call
        self._response = response
        self._messages = messages
        self._screen = Screen(request[SIGHT])
        self._board = Screen(request[SIGHT], BOARD_KINDS)
        self._is_connected = False
        self._events: list[bytes] = []  # not written yet

    async def begin(self) -> None:
        """The subscription is older than this snapshot, so no change falls between the two."""
        await self._look_again(await self._glance())
        request = self.request
        snapshot = self._screen.begin(request.app[LIVE].snapshot())
        self._is_connected = snapshot["connected"]
        async with request.app[DATABASE].reading() as tx:
            snapshot["config"] = asdict(await load_status(tx, request.app[NODE])) if self.watches else None
        snapshot["now"] = now().isoformat()  # browsers' clocks are wrong; timers go by ours
        snapshot["names"] = await self._names()
        snapshot["pages"] = open_pages(request.app, request[PERSON].agent)
        snapshot["board"] = self._board.begin(request.app[BOARD].picture) if self.watches else {}
        self._tell("snapshot", snapshot)

    async def send(self, message: Message) -> None:
        if message.topic == RESYNC:
            await self.begin()
        elif message.topic == "live":
            await self._send_live(message)
        elif message.topic == BOARD_TOPIC:
            self._send_board(message)
        elif message.topic == "config" and self.watches:
            await self._send_config(message)
        elif message.topic == AWAY or (message.topic == DESK and is_for(message.body, self._agent)):
            self._events.append(message.event)
        elif message.topic == AGENTS and message.body["agent"] == self._agent:
            self._tell(DESK, {"what": "session", "agent": self._agent})
        elif message.topic == "history":
            self._send_history(message)

    async def flush(self) -> None:
        """All that was said since the last time, at once."""
        if self._events:
            said, self._events = b"".join(self._events), []
            await self._response.write(said)

    def _send_board(self, message: Message) -> None:
        if not self._screen.sight.is_limited:
            self._events.append(message.part("changes"))
        elif changes := self._board.follow(message.body["changes"]):
            self._tell("board", changes)

    def _send_history(self, message: Message) -> None:
        if is_own_step(message.body, self._guid):
            self._tell(DESK, {"what": "steps", "agent": self._agent, "guid": self._guid})
        if is_own_call(message.body, self._agent):
            self._tell(DESK, {"what": "calls", "agent": self._agent})
        if self.watches and self._screen.sight.is_limited:  # that something came in is no secret, what it was is
            self._tell("history", {"type": message.body["type"]})
        elif self.watches:
            self._events.append(message.event)

    async def _send_live(self, message: Message) -> None:
        """An agent who now serves other queues sees how many wait there."""
        if any(change["key"] == self._agent for change in message.body["changes"]):
            self._guid = own_guid(self.request.app[LIVE].state, self._agent)
            self._narrow()
        if self._screen.sight.waiting != self._own_queues():
            await self.begin()
        elif not self._screen.sight.is_limited:
            self._events.append(message.event)
        else:
            self._send_seen(message)

    async def beat(self) -> None:
        """Also where no news of the configuration came, for instance while Asterisk is down."""
        if await self._look_again(await self.request.app[GLANCES].lately()):
            await self.begin()
        self._events.append(b": still here\n\n")

    async def is_signed_in(self) -> bool:
        async with self.request.app[DATABASE].reading() as tx:
            return await is_session_open(tx, self.request[SESSION].token_hash)

    async def was_signed_in(self) -> bool:
        """A moment ago; whoever signs somebody out says so at once."""
        return (await self.request.app[GLANCES].lately()).is_open(self.request[SESSION].token_hash)

    def _send_seen(self, message: Message) -> None:
        changes = self._screen.follow(message.body["changes"])
        was, self._is_connected = self._is_connected, message.body["connected"]
        if changes or was != self._is_connected:
            self._tell("live", {**message.body, "changes": changes})

    async def _send_config(self, message: Message) -> None:
        """An edit may have changed what this reader may see."""
        if await self._look_again(await self._glance()):
            await self.begin()
        self._events.append(message.event)
        self._tell("names", await self._names())

    async def _glance(self) -> Glance:
        async with self.request.app[DATABASE].reading() as tx:
            return Glance((await load_snapshot(tx)).site)

    async def _look_again(self, glance: Glance) -> bool:
        """Whether the sight is another one now."""
        self._sees_waiting = not self.watches and glance.site.rules.see_waiting
        sight = replace(sight_in(glance.site, self.request[PERSON]), waiting=self._own_queues())
        self._narrow()
        if sight == self._screen.sight:
            return False
        self.request[SIGHT], self._screen, self._board = sight, Screen(sight), Screen(sight, BOARD_KINDS)
        return True

    def _narrow(self) -> None:
        """Little of what happens is for most agents: they are not even woken by the rest."""
        if not self.watches:
            waiting = {("waiting", queue) for queue in self._own_queues()}
            about = frozenset({("agents", self._agent), ("guid", self._guid), *waiting})
            self.request.app[HUB].narrow(self._messages, about)

    def _own_queues(self) -> frozenset[str]:
        """Those that the agent serves at this moment."""
        found = self.request.app[LIVE].state.agents.get(self._agent) if self._sees_waiting else None
        return frozenset(found.memberships) if found else frozenset()

    async def _names(self) -> dict[str, dict[str, str]]:
        async with self.request.app[DATABASE].reading() as tx:
            site, queues = (await load_seen(tx, self.request)).site, (await load_snapshot(tx)).site.queues
        names = {section: names_of(site.section(section)) for section in NAMED}
        waiting = {key: queue for key, queue in queues.items() if key in self._screen.sight.waiting}
        return {**names, "queues": names["queues"] | names_of(waiting)}

    def _tell(self, topic: str, body: Any) -> None:
        self._events.append(event(topic, body))


async def _follow(reader: Reader, messages: Subscription) -> None:
    """Until the daemon stops, the browser goes away or the session ends."""
    loop, heartbeat_s = asyncio.get_running_loop(), reader.request.app[HEARTBEAT_S]
    beat = loop.call_later(heartbeat_s, messages.nudge)
    try:
        while await _take(reader, messages):
            await reader.flush()
            told_at = loop.time()
            if beat.when() <= told_at:
                beat = loop.call_later(heartbeat_s, messages.nudge)
            await messages.wait()
            if (rest_s := told_at + GATHER_S - loop.time()) > 0:  # few desktops hear so much that they must gather
                await asyncio.sleep(rest_s)
    finally:
        beat.cancel()


async def _take(reader: Reader, messages: Subscription) -> bool:
    """False where nobody is to hear more. However many messages there are: who was signed out hears none of them."""
    if messages.is_nudged:
        messages.is_nudged = False
        if not await reader.was_signed_in():
            return False
        await reader.beat()
    if messages.is_closed:
        return False
    for message in messages.take():
        if not await _may_hear(reader, message):
            return False
        await reader.send(message)
    return True


def tell_sessions_ended(request: web.Request, user_id: int | None) -> None:
    """After the commit: streams of a session that was ended end with it. None: of several users."""
    request.app[HUB].publish(SESSIONS, {"user_id": user_id})


async def _may_hear(reader: Reader, message: Message) -> bool:
    user_id = reader.request[PERSON].user_id
    is_meant = message.topic == SESSIONS and message.body["user_id"] in (None, user_id)
    return await reader.is_signed_in() if is_meant or message.topic == RESYNC else True
