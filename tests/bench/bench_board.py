"""From an event of Asterisk to a board, with 20 boards and 200 desktops open at once; and what a call costs the daemon.

The daemon runs as a process of its own with the large site; this process is Asterisk at the wire and all the browsers,
of which one board is timed. So the figures hold the time that this process needs to read for 220 browsers.

Run it alone: `python -m tests.bench.bench_board`.
"""

import asyncio
import os
import statistics
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from appliance.core.site import Site
from appliance.facts import make_facts
from appliance.settings import AsteriskSettings, HttpSettings
from appliance.store.db import Database
from tests.ami_server import AmiServer
from tests.app.console import PASSWORD, a_user
from tests.bench import bench_live_browser as live
from tests.bench.big_site import big_site
from tests.house import furnish, house_settings
from tests.postgres.server import free_port
from tests.waiting import eventually

BOARDS, DESKTOPS = 20, 200


async def add_agents(database: Database, agents: list[str]) -> None:
    async with database.transaction() as tx:
        tx.add_all(a_user(f"at-{agent}", "agent", agent=agent) for agent in agents)


async def sign_in(url: str, login: str) -> aiohttp.ClientSession:
    browser = aiohttp.ClientSession(url, cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(None))
    async with browser.post("/sign-in", data={"login": login, "password": PASSWORD}) as response:
        assert response.status == 200, response.status
    return browser


async def only_read(browser: aiohttp.ClientSession, opened: list[int]) -> None:
    async with browser.get("/stream") as response:
        opened.append(response.status)
        async for _chunk in response.content.iter_any():
            pass


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def with_everybody(server: AmiServer, url: str, site: Site, pid: int) -> tuple[live.Told, float]:
    """The delays of one board, and the daemon's CPU seconds while the calls came."""
    told, ready, opened = live.Told(), asyncio.Event(), list[int]()
    logins = [live.LOGIN] * (BOARDS - 1) + [f"at-{agent}" for agent in list(site.agents)[:DESKTOPS]]
    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(await sign_in(url, login)) for login in [live.LOGIN, *logins]]
        jobs = [asyncio.create_task(only_read(browser, opened)) for browser in browsers[1:]]
        jobs.append(asyncio.create_task(live.follow(browsers[0], told, ready)))
        await ready.wait()
        await eventually(lambda: len(opened) == len(logins), 60)
        before = cpu_s(pid)
        await live.send(server, site, [told])
        await eventually(lambda: len(told.delays_s.get("ends", ())) == live.CALLS_PER_S * live.SECONDS, 30)
        used = cpu_s(pid) - before
        for job in jobs:
            job.cancel()
        await asyncio.wait(jobs)
    return told, used


async def run(folder: Path) -> None:
    site, port = big_site(), free_port()
    settings = house_settings(folder, http=HttpSettings(port=port), asterisk=AsteriskSettings(supervise=False))
    await furnish(settings, site)
    await live.people(settings, site)
    database = Database(settings.database)
    await add_agents(database, list(site.agents)[:DESKTOPS])
    await database.close()
    url, facts = f"http://127.0.0.1:{port}", make_facts(settings)
    server = AmiServer(secret=facts.ami_secret)
    server.port = facts.ami_port
    live.script(server, site)
    async with server, live.a_daemon(settings) as daemon:
        await eventually(lambda: live.is_calm(server, url), 60)
        bare = await live.echo(site)
        told, used_s = await with_everybody(server, url, site, daemon.pid)
    report(bare, told, used_s)


def report(bare: list[float], told: live.Told, used_s: float) -> None:
    calls = live.CALLS_PER_S * live.SECONDS
    print(f"{live.CALLS_PER_S} calls/s for {live.SECONDS} s, {BOARDS} boards and {DESKTOPS} desktops open")
    print(f"{'milliseconds':46} {'median':>8} {'p99':>8} {'worst':>8}")
    baseline_s = statistics.median(bare)
    print(live.row("bare TCP echo (baseline)", bare, baseline_s))
    print(live.row("event to board", told.all_s(), baseline_s))
    print(f"daemon's CPU: {used_s / calls * 1000:.1f} ms for each call, {used_s / live.SECONDS:.2f} of a core")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="board-") as name:
        asyncio.run(run(Path(name)))
    print(f"machine load: {', '.join(f'{each:.1f}' for each in os.getloadavg())}")


if __name__ == "__main__":
    main()
