"""Boards and desktops that are open at once, and one board of which it is noted when it shows what."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import aiohttp

from tests.app.console import PASSWORD
from tests.waiting import eventually

SUPERVISOR, AGENT = "supervisor", "at-{}".format
DESK = "/stream?desk"


@dataclass
class Told:
    """When Asterisk said what of each call, and how long after that a board showed it."""

    said_at: dict[tuple[str, str], float] = field(default_factory=dict)
    shown_at: dict[tuple[str, str], float] = field(default_factory=dict)

    def say(self, event: dict[str, str]) -> None:
        """Of several hang-ups the last one ends the call."""
        now, call = perf_counter(), event.get("Linkedid", "")
        match event["Event"]:
            case "QueueCallerJoin":
                self.said_at[call, "waits"] = now
            case "AgentConnect":
                self.said_at[call, "is answered"] = now
            case "Newstate" if event["ChannelStateDesc"] == "Ringing" and event["Uniqueid"] != call:
                self.said_at[call, "rings"] = now
            case "Hangup":
                self.said_at[call, "ends"] = now

    def show(self, change: dict[str, Any]) -> None:
        """An agent's row tells of ringing; the call's own row of everything else."""
        now, row = perf_counter(), change["row"]
        if change["kind"] == "agents" and row and row["state"] == "ringing":
            self.shown_at.setdefault((row["call"], "rings"), now)
        if change["kind"] == "calls":
            moment = "ends" if row is None else {"queue": "waits", "talking": "is answered"}.get(row["where"], "")
            self.shown_at.setdefault((change["key"], moment), now)

    def delays_s(self, moment: str) -> list[float]:
        return [at - self.said_at[key] for key, at in self.shown_at.items() if key[1] == moment and key in self.said_at]


@asynccontextmanager
async def open_browsers(url: str, boards: int, desktops: list[str], told: Told) -> AsyncIterator[None]:
    """The first board is the one that is looked at."""
    opened = list[int]()
    async with AsyncExitStack() as stack:
        logins = [SUPERVISOR] * boards + [AGENT(agent) for agent in desktops]
        browsers = [await stack.enter_async_context(await sign_in(url, login)) for login in logins]
        jobs = [asyncio.create_task(_look(browsers[0], told, opened))]
        jobs += [asyncio.create_task(_read(each, "/stream", opened)) for each in browsers[1:boards]]
        jobs += [asyncio.create_task(_read(each, DESK, opened)) for each in browsers[boards:]]
        await eventually(lambda: len(opened) == len(logins), 60)
        try:
            yield
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.wait(jobs)


async def sign_in(url: str, login: str) -> aiohttp.ClientSession:
    jar, forever = aiohttp.CookieJar(unsafe=True), aiohttp.ClientTimeout(None)
    browser = aiohttp.ClientSession(url, cookie_jar=jar, timeout=forever, read_bufsize=2**20)
    async with browser.post("/sign-in", data={"login": login, "password": PASSWORD}) as response:
        assert response.status == 200, response.status
    return browser


async def _read(browser: aiohttp.ClientSession, address: str, opened: list[int]) -> None:
    async with browser.get(address) as response:
        opened.append(response.status)
        async for _chunk in response.content.iter_any():
            pass


async def _look(browser: aiohttp.ClientSession, told: Told, opened: list[int]) -> None:
    async with browser.get("/stream") as response:
        opened.append(response.status)
        async for line in response.content:
            if line.startswith(b"data: ") and isinstance(body := json.loads(line[6:]), dict):
                for change in body.get("changes", ()):
                    told.show(change)
