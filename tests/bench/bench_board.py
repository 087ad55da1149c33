"""What a queue call costs the daemon and what it costs Asterisk, and how old it is when a board shows it.

A real Asterisk with 200 SIP phones, a real daemon, and callers who talk with sound both ways; first with nobody looking
on, then with 20 boards and 200 desktops open. CPU is the user and system time of the two processes, from the first call
until the last one is in the history. This process is the browsers and hears Asterisk's events too, so delays hold the
time that it needs for 220 streams.

Run it alone: `python -m tests.bench.bench_board`.
"""

import asyncio
import os
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from sqlalchemy import func, select

from appliance.adapters.ami import Ami
from appliance.core.site import Site
from appliance.facts import make_facts
from appliance.settings import HttpSettings, Settings
from appliance.store.db import Database
from appliance.store.tables.calls import InteractionRow
from tests.app.console import a_user
from tests.bench.bench_memory import a_daemon, console
from tests.bench.big_site import log_in_all
from tests.bench.floor.browsers import AGENT, SUPERVISOR, Told, open_browsers
from tests.bench.floor.sipp import Floor
from tests.bench.floor.site import floor_site
from tests.house import furnish, house_settings
from tests.ports import free_port
from tests.waiting import eventually

CALLS_PER_S, CALLS, TALK_S = 10, 250, 15.0
BOARDS = 20
TARGET = 0.35
MOMENTS = ("waits", "rings", "is answered", "ends")


def floor_settings(folder: Path) -> Settings:
    settings = house_settings(folder, http=HttpSettings(port=free_port()))
    sound = {"max_calls": 1000, "rtp_start": 40000, "rtp_end": 43999}
    return settings.model_copy(update={"node": settings.node.model_copy(update=sound)})


async def add_people(settings: Settings, site: Site) -> None:
    database = Database(settings.database)
    async with database.transaction() as tx:
        tx.add(a_user(SUPERVISOR, "supervisor"))
        tx.add_all(a_user(AGENT(agent), "agent", agent=agent) for agent in site.agents)
    await log_in_all(database, site)
    await database.close()


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """CPU in milliseconds for each call."""

    daemon: float
    asterisk: float


class Bench:
    """One house, and what is measured in it."""

    def __init__(self, settings: Settings, floor: Floor, daemon_pid: int) -> None:
        self._settings = settings
        self._floor = floor
        self._database = Database(settings.database)
        self._pids = daemon_pid, int((settings.node_dir() / "run" / "asterisk.pid").read_text())

    async def calls(self, count: int) -> Cost:
        stored, before = await self._stored(), [cpu_s(pid) for pid in self._pids]
        await self._floor.call(count, CALLS_PER_S, TALK_S)

        async def are_stored() -> bool:
            return await self._stored() == stored + count

        await eventually(are_stored, 30)
        used = [cpu_s(pid) - began for pid, began in zip(self._pids, before, strict=True)]
        return Cost(used[0] * 1000 / count, used[1] * 1000 / count)

    async def _stored(self) -> int:
        async with self._database.reading() as tx:
            return (await tx.execute(select(func.count()).select_from(InteractionRow))).scalar_one()

    async def phones_are_there(self, count: int) -> None:
        async def all_can_be_called() -> bool:
            listed = (await console(self._settings, "queue show")).splitlines()
            return sum("(Not in use)" in line for line in listed) == 2 * count

        await eventually(all_can_be_called, 20)

    async def close(self) -> None:
        await self._database.close()


@asynccontextmanager
async def ears(settings: Settings, told: Told) -> AsyncIterator[None]:
    """Asterisk's events, as they come."""
    facts = make_facts(settings)
    ami = Ami("127.0.0.1", facts.ami_port, "appliance", facts.ami_secret)

    async def hear() -> None:
        while True:
            told.say(await ami.events.get())

    jobs = [asyncio.create_task(ami.run()), asyncio.create_task(hear())]
    await ami.wait_connected()
    try:
        yield
    finally:
        await ami.close()
        for job in jobs:
            job.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait(jobs)


async def measure(settings: Settings, site: Site, folder: Path) -> tuple[dict[str, Cost], Told]:
    told, url = Told(), f"http://127.0.0.1:{settings.http.port}"
    floor = Floor(f"{settings.node.sip_bind}:{settings.node.sip_port}", folder)
    async with a_daemon(settings) as daemon, floor.phones(site.extensions):
        bench = Bench(settings, floor, daemon.pid)
        await bench.phones_are_there(len(site.agents))
        await bench.calls(CALLS_PER_S)  # warm
        costs = {}
        for name, watched in (
            ("nobody looks on", nullcontext()),
            ("all look on", looked_at(settings, url, site, told)),
        ):
            async with watched:
                costs[name] = await bench.calls(CALLS)
        await bench.close()
    return costs, told


@asynccontextmanager
async def looked_at(settings: Settings, url: str, site: Site, told: Told) -> AsyncIterator[None]:
    async with open_browsers(url, BOARDS, list(site.agents), told), ears(settings, told):
        yield


async def run(folder: Path, *, recording: bool) -> None:
    settings, site = floor_settings(folder / "house"), floor_site(recording=recording)
    (folder / "sipp").mkdir()
    await furnish(settings, site)
    await add_people(settings, site)
    costs, told = await measure(settings, site, folder / "sipp")
    report(site, costs, told, recording=recording)


def report(site: Site, costs: dict[str, Cost], told: Told, *, recording: bool) -> None:
    print(
        f"{CALLS} calls, {CALLS_PER_S} a second, through {len(site.queues)} queues to {len(site.agents)} agents: "
        f"each rings 1 s, then {TALK_S - 1:.0f} s of sound both ways, {'recorded' if recording else 'not recorded'}"
    )
    print(f"{'CPU, ms per call':40} {'daemon':>8} {'Asterisk':>9} {'ratio':>6}  (at most {TARGET})")
    for name, cost in costs.items():
        print(f"{name:40} {cost.daemon:8.1f} {cost.asterisk:9.1f} {cost.daemon / cost.asterisk:6.2f}")
    print(f"{f'event to board, {BOARDS} + {len(site.agents)} looking on, ms':40} {'median':>8} {'p99':>9} {'worst':>6}")
    found = {moment: told.delays_s(moment) for moment in MOMENTS}
    for name, delays_s in {"every change": list(chain(*found.values())), **found}.items():
        p99_s = statistics.quantiles(delays_s, n=100)[98]
        median_s = statistics.median(delays_s)
        print(f"{name:40} {median_s * 1000:8.0f} {p99_s * 1000:9.0f} {max(delays_s) * 1000:6.0f}  of {len(delays_s)}")


def main() -> None:
    for recording in (False, True):
        with tempfile.TemporaryDirectory(prefix="board-") as name:
            Path(name).chmod(0o755)
            asyncio.run(run(Path(name), recording=recording))
    print(f"machine load: {', '.join(f'{each:.1f}' for each in os.getloadavg())}")


if __name__ == "__main__":
    main()
