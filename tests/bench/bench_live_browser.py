"""From an event of Asterisk to the browser: how old each change is when a page gets it, at 20 calls a second.

The whole daemon runs as a process of its own, with the large site and all agents logged in; this process is Asterisk at
the wire (scripted, so that the moment of writing is known) and the browsers at the other end. The baseline of the same
run is a bare TCP echo that gets the same bytes at the same pace.

Run it alone: `python -m tests.bench.bench_live_browser`.
"""

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from appliance.core.site import Site
from appliance.facts import make_facts
from appliance.services.live import COALESCE_S
from appliance.settings import AsteriskSettings, HttpSettings, Settings
from appliance.store.db import Database
from tests.ami_events import QueueCall, Raw, listed_member
from tests.ami_server import AmiServer, encode, listing, success
from tests.app.console import PASSWORD, a_user
from tests.bench.big_site import MEMBERS, big_site, log_in_all
from tests.bench.pace import due
from tests.house import Daemon, furnish, house_settings
from tests.ports import free_port
from tests.waiting import eventually

CALLS_PER_S, SECONDS, CALL_S = 20, 20, 4.0
BROWSERS = (1, 20)
LOGIN = "supervisor"
ANSWERED = ("QueueAdd", "QueueRemove", "QueuePause", "QueuePenalty", "Reload", "PJSIPQualify", "Command")


@dataclass
class Told:
    """When each moment of each call was written, and when the browser had it: `delays_s` by moment."""

    written: dict[tuple[str, str], float] = field(default_factory=dict)
    delays_s: dict[str, list[float]] = field(default_factory=dict)

    def note(self, call: str, moment: str, now: float) -> None:
        began = self.written.get((call, moment))
        if began is not None:
            self.delays_s.setdefault(moment, []).append(now - began)

    def all_s(self) -> list[float]:
        return [each for found in self.delays_s.values() for each in found]


def moments(call: QueueCall) -> list[tuple[str, list[Raw]]]:
    return [
        ("arrives", call.arrives()),
        ("rings", call.rings()),
        ("is answered", call.is_answered()),
        ("ends", call.ends()),
    ]


def calls(site: Site) -> list[QueueCall]:
    """One after the other through all queues, so that nobody gets two at a time."""
    queues = list(site.queues.values())
    found = []
    for number in range(CALLS_PER_S * SECONDS):
        queue = queues[number % len(queues)]
        agent = queue.members[number // len(queues) % MEMBERS].agent
        found.append(QueueCall(number, queue.key, agent, (queue.key,)))
    return found


def timed(site: Site) -> list[tuple[float, QueueCall, str, bytes]]:
    """What is written when, in seconds from the start."""
    return sorted(
        (
            (number / CALLS_PER_S + part * CALL_S / 4, call, moment, written(raws, call, site))
            for number, call in enumerate(calls(site))
            for part, (moment, raws) in enumerate(moments(call))
        ),
        key=lambda each: each[0],
    )


def written(raws: list[Raw], call: QueueCall, site: Site) -> bytes:
    """As Asterisk would write it: the phone has the number of the agent's extension."""
    phone = f"PJSIP/{site.agents[call.agent].extension}"
    return b"".join(map(encode, raws)).replace(f"PJSIP/{call.agent}".encode(), phone.encode())


async def follow(browser: aiohttp.ClientSession, told: Told, ready: asyncio.Event) -> None:
    """Read the stream as a page does and note when each call's row shows a new moment."""
    async with browser.get("/stream") as response:
        seen: dict[str, str] = {}
        async for line in response.content:
            if line.startswith(b"data: "):
                body = json.loads(line[6:])
                now = time.perf_counter()
                ready.set()
                for change in body.get("changes", ()):
                    _note(change, told, seen, now)


def _note(change: dict[str, Any], told: Told, seen: dict[str, str], now: float) -> None:
    """An agent's row tells of ringing; the call's own row of everything else."""
    key, row = change["key"], change["row"]
    if change["kind"] == "agents" and row and row["state"] == "ringing":
        told.note(row["call"], "rings", now)
    if change["kind"] == "calls":
        moment = "ends" if row is None else {"queue": "arrives", "talking": "is answered"}.get(row["where"], "")
        if moment and seen.get(key) != moment:
            seen[key] = moment
            told.note(key, moment, now)


async def send(server: AmiServer, site: Site, listeners: list[Told]) -> None:
    begin = time.perf_counter()
    for at, call, moment, data in timed(site):
        await due(begin + at)
        now = time.perf_counter()
        for told in listeners:
            told.written[call.caller_id, moment] = now
        server.send_raw(data)


async def echo(site: Site) -> list[float]:
    """The baseline: the same bytes to a server that gives them back, and nothing else."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    delays, begin = [], time.perf_counter()
    for at, _call, _moment, data in timed(site):
        await due(begin + at)
        now = time.perf_counter()
        writer.write(data)
        await reader.readexactly(len(data))
        delays.append(time.perf_counter() - now)
    writer.close()
    server.close()
    return delays


def script(server: AmiServer, site: Site) -> None:
    """An Asterisk whose queues have all their members already."""
    phones = {agent.key: agent.extension for agent in site.agents.values()}
    items: list[Raw] = [{"Event": "QueueParams", "Queue": queue} for queue in site.queues]
    for queue in site.queues.values():
        for member in queue.members:
            place = f"PJSIP/{phones[member.agent]}"
            fields = {"Interface": place, "StateInterface": place, "Penalty": str(member.penalty)}
            items.append(listed_member(queue.key, member.agent, **fields))
    server.answer("QueueStatus", listing("QueueStatus", items))
    for action in ANSWERED:
        server.answer(action, success())


@asynccontextmanager
async def a_daemon(settings: Settings) -> AsyncIterator[Daemon]:
    daemon = Daemon(settings)
    daemon.start()
    try:
        yield daemon
    finally:
        daemon.stop()


async def people(settings: Settings, site: Site) -> None:
    """A supervisor to look on, and every agent logged in."""
    database = Database(settings.database)
    async with database.transaction() as tx:
        tx.add(a_user(LOGIN, "supervisor"))
    await log_in_all(database, site)
    await database.close()


async def sign_in(url: str) -> aiohttp.ClientSession:
    browser = aiohttp.ClientSession(url, cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(None))
    async with browser.post("/sign-in", data={"login": LOGIN, "password": PASSWORD}) as response:
        assert response.status == 200, response.status
    return browser


async def is_calm(server: AmiServer, url: str) -> bool:
    """The daemon has started: it has asked for everything that it needs."""
    return {"QueueStatus", "CoreShowChannels", "Reload"} <= {action.get("Action") for action in server.actions} and (
        await answers(url)
    )


async def answers(url: str) -> bool:
    try:
        async with aiohttp.ClientSession(url) as session, session.get("/sign-in"):
            return True
    except aiohttp.ClientConnectionError:
        return False


async def with_browsers(server: AmiServer, url: str, site: Site, number: int) -> Told:
    """The delays of one of `number` browsers; the others only read."""
    async with AsyncExitStack() as stack:
        listeners = [Told() for _ in range(number)]
        jobs = []
        for told in listeners:
            browser = await stack.enter_async_context(await sign_in(url))
            ready = asyncio.Event()
            jobs.append(asyncio.create_task(follow(browser, told, ready)))
            await ready.wait()
        await send(server, site, listeners)
        await eventually(lambda: len(listeners[0].delays_s.get("ends", ())) == CALLS_PER_S * SECONDS, 10)
        for job in jobs:
            job.cancel()
        await asyncio.wait(jobs)
    return listeners[0]


def row(name: str, delays_s: list[float], baseline_s: float) -> str:
    median, p99 = statistics.median(delays_s), statistics.quantiles(delays_s, n=100)[98]
    worst = max(delays_s)
    return f"{name:46} {median * 1000:8.2f} {p99 * 1000:8.2f} {worst * 1000:8.2f} {median / baseline_s:8.0f} x"


async def run(folder: Path) -> None:
    site, port = big_site(), free_port()
    settings = house_settings(folder, http=HttpSettings(port=port), asterisk=AsteriskSettings(supervise=False))
    await furnish(settings, site)
    await people(settings, site)
    url, facts = f"http://127.0.0.1:{port}", make_facts(settings)
    server = AmiServer(secret=facts.ami_secret)
    server.port = facts.ami_port
    script(server, site)
    async with server, a_daemon(settings):
        await eventually(lambda: is_calm(server, url), 60)
        bare = await echo(site)
        told = {number: await with_browsers(server, url, site, number) for number in BROWSERS}
    report(bare, told)


def report(bare: list[float], told: dict[int, Told]) -> None:
    print(f"{CALLS_PER_S} calls/s for {SECONDS} s; events that come within {COALESCE_S * 1000:.0f} ms are one message")
    print(f"{'milliseconds':46} {'median':>8} {'p99':>8} {'worst':>8}")
    baseline_s = statistics.median(bare)
    print(row("bare TCP echo (baseline)", bare, baseline_s))
    for number, found in told.items():
        print(row(f"event to browser, {number} looking on", found.all_s(), baseline_s))
        for moment, delays_s in found.delays_s.items():
            print(row(f"  a call {moment}", delays_s, baseline_s))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="live-") as name:
        asyncio.run(run(Path(name)))
    print(f"machine load: {', '.join(f'{each:.1f}' for each in os.getloadavg())}")


if __name__ == "__main__":
    main()
