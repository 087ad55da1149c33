"""What the daemon takes of the machine's memory with the large site, all agents logged in and 200 calls up.

Real calls in a real Asterisk, in menus as callers are; the baseline of the same run is a daemon with an empty site and
nothing to do, and Python with the same modules imported. Run it alone: `python -m tests.bench.bench_memory`.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from appliance.adapters.asterisk_console import ask
from appliance.core.site import Site
from appliance.settings import HttpSettings, Settings
from appliance.store.configuration import load_status
from appliance.store.db import Database
from tests.app.console import PASSWORD, a_user
from tests.bench.big_site import AGENTS, MENU_TREES, QUEUES, big_site, log_in_all
from tests.house import Daemon, furnish, house_settings
from tests.ports import free_port
from tests.waiting import eventually

CALLS, LOGIN = 200, "supervisor"
PARTS = ("Rss", "Pss", "Private_Dirty")
IMPORTS = "import sys, appliance.__main__; print('ready', flush=True); sys.stdin.read()"


def memory_mb(pid: int) -> dict[str, float]:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {part: int(re.search(rf"^{part}: +(\d+) kB", rollup, re.MULTILINE)[1]) / 1024 for part in PARTS}  # type: ignore[index]


def imported_mb() -> dict[str, float]:
    command = [sys.executable, "-c", IMPORTS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        found = memory_mb(process.pid)
        process.stdin.close()
    return found


@asynccontextmanager
async def a_daemon(settings: Settings) -> AsyncIterator[Daemon]:
    """Up, and Asterisk has taken what is wanted."""
    daemon, database = Daemon(settings), Database(settings.database)
    daemon.start()

    async def is_applied() -> bool:
        async with database.reading() as tx:
            status = await load_status(tx, settings.node.name)
        log = (settings.data_dir / "daemon.log").read_text()
        return status.applied == status.wanted and "live.lists" in log and not status.error

    try:
        await eventually(is_applied, 60)
        yield daemon
    finally:
        await database.close()
        daemon.stop(30)


async def console(settings: Settings, command: str) -> str:
    return await ask(settings.node_dir() / "run" / "asterisk.ctl", command, 10)


async def calls_up(settings: Settings) -> int:
    """Callers in menus; each call is a Local channel of two halves."""
    listed = await console(settings, "core show channels concise")
    return sum("!menu-" in line for line in listed.splitlines())


async def place_calls(settings: Settings) -> None:
    """As through a trunk: number, hours, greeting, menu; at the far end somebody who says nothing."""
    for number in range(CALLS):
        did = f"555{number % MENU_TREES * 2:04}"
        await console(settings, f"channel originate Local/{did}@inbound application Wait 3600")

    async def all_in_menus() -> bool:
        return await calls_up(settings) == CALLS

    await eventually(all_in_menus, 60)


async def calls_seen(url: str) -> int:
    """How many the daemon shows to a browser that has just come."""
    async with aiohttp.ClientSession(url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        await browser.post("/sign-in", data={"login": LOGIN, "password": PASSWORD})
        async with browser.get("/stream") as stream:
            while not (line := await stream.content.readline()).startswith(b"data: "):
                pass
    return len(json.loads(line[6:])["calls"])


async def an_empty_site(folder: Path) -> dict[str, float]:
    settings = house_settings(folder)
    await furnish(settings, Site())
    async with a_daemon(settings) as daemon:
        return memory_mb(daemon.pid)


async def a_busy_one(folder: Path) -> dict[str, dict[str, float]]:
    port = free_port()
    settings, site, found = house_settings(folder, http=HttpSettings(port=port)), big_site(), {}
    settings = settings.model_copy(update={"node": settings.node.model_copy(update={"max_calls": 1000})})
    await furnish(settings, site)
    database = Database(settings.database)
    async with database.transaction() as tx:
        tx.add(a_user(LOGIN, "supervisor"))
    await log_in_all(database, site)
    await database.close()
    async with a_daemon(settings) as daemon:
        found["the large site, all logged in, no call"] = memory_mb(daemon.pid)
        await place_calls(settings)

        async def sees_all() -> bool:
            return await calls_seen(f"http://127.0.0.1:{port}") == CALLS

        await eventually(sees_all, 60)
        found[f"the large site, {CALLS} calls up, a page open"] = memory_mb(daemon.pid)
        pid = int((settings.node_dir() / "run" / "asterisk.pid").read_text())
        found["(its Asterisk meanwhile)"] = memory_mb(pid)
        await console(settings, "channel request hangup all")
        await eventually(lambda: no_channel(settings), 30)
    return found


async def no_channel(settings: Settings) -> bool:
    return (await console(settings, "core show channels count")).startswith("0 active channels")


async def run(folder: Path) -> None:
    rows = {"Python with the same modules": imported_mb()}
    baseline = rows["the daemon, empty site, idle (baseline)"] = await an_empty_site(folder / "empty")
    rows |= await a_busy_one(folder / "busy")
    print(f"{f'MB with {AGENTS} agents, {QUEUES} queues, {CALLS} calls':52} {''.join(f'{part:>15}' for part in PARTS)}")
    for name, found in rows.items():
        figures = "".join(f"{found[part]:15.1f}" for part in PARTS)
        print(f"{name:52} {figures} {found['Pss'] / baseline['Pss']:6.2f} x")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="memory-") as name:
        Path(name).chmod(0o755)
        asyncio.run(run(Path(name)))
    print(f"machine load: {', '.join(f'{each:.1f}' for each in os.getloadavg())}")


if __name__ == "__main__":
    main()
