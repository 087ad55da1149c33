"""What the daemon takes of the processor while nothing happens: large site, all agents logged in, no call, no page.

CPU is the user and system time of the daemon's process, for each second that passes; the empty site shows what does not
depend on how much there is. What a daemon does by the clock is seen only as time passes: meanwhile the bench waits for
the daemon's end, which must not come. Run it alone: `python -m tests.bench.bench_idle`.
"""

import asyncio
import os
import tempfile
from pathlib import Path

from appliance.core.membership import members_of
from appliance.core.site import Site
from appliance.settings import Settings
from appliance.store.db import Database
from tests.bench.bench_board import cpu_s
from tests.bench.bench_import import ending_of
from tests.bench.bench_memory import a_daemon, console
from tests.bench.big_site import AGENTS, QUEUES, big_site, log_in_all
from tests.house import furnish, house_settings
from tests.waiting import eventually

WATCHED_S = 40


async def idle_ms_per_s(settings: Settings, site: Site) -> float:
    await furnish(settings, site)
    database = Database(settings.database)
    await log_in_all(database, site)
    await database.close()
    async with a_daemon(settings) as daemon:
        await eventually(lambda: has_all_members(settings, site), 60)
        before_s = cpu_s(daemon.pid)
        assert not await asyncio.to_thread(ending_of(daemon.pid).poll, WATCHED_S * 1000), "the daemon ended"
        return (cpu_s(daemon.pid) - before_s) * 1000 / WATCHED_S


async def has_all_members(settings: Settings, site: Site) -> bool:
    """The last thing that Asterisk is told."""
    listed = (await console(settings, "queue show")).splitlines()
    wanted = sum(len(members_of(site, queue)) for queue in site.queues.values())
    return sum(" has taken " in line for line in listed) == wanted


async def run(folder: Path) -> None:
    sites = {"empty site": Site(), f"{AGENTS} agents logged in, {QUEUES} queues": big_site()}
    for number, (name, site) in enumerate(sites.items()):
        found = await idle_ms_per_s(house_settings(folder / str(number)), site)
        print(f"{name:40} {found:6.1f} ms of CPU a second, nothing happens")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="idle-") as name:
        Path(name).chmod(0o755)
        asyncio.run(run(Path(name)))
    print(f"machine load: {', '.join(f'{each:.1f}' for each in os.getloadavg())}")


if __name__ == "__main__":
    main()
