"""The console with the large site: how long its pages take at the server, and until a full import of it is applied.

A daemon of its own with a real Asterisk; pages are asked for over HTTP, one after the other, by one who is signed in.
The baseline of the same run is the page for a new password, which shows nothing of the site. After that, the same
lists while somebody edits all the time, so that pages must notice changes. Run it alone:
`python -m tests.bench.bench_pages`.
"""

import asyncio
import os
import re
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import structlog

from appliance.core.site import Site
from appliance.core.site_yaml import render_site
from appliance.services.entities import save_entity
from appliance.settings import HttpSettings, Settings
from appliance.store.configuration import load_status
from appliance.store.db import Database
from appliance.store.site import load_entity
from tests.app.console import PASSWORD, a_user
from tests.bench.bench_memory import a_daemon
from tests.bench.big_site import AGENTS, QUEUES, ROUTES, big_site
from tests.bench.pace import due
from tests.house import furnish, house_settings
from tests.ports import free_port
from tests.waiting import eventually

LOGIN = "administrator"
EDIT_EVERY_S = 1.0  # the load, not a wait for anything
ROUNDS, EDITS, TARGET_MS = 100, 100, 100
BASELINE = "/password"
LISTS = (
    "/agents",
    "/queues",
    "/inbound-routes",
    "/extensions",
    "/prompts",
    "/menus?sort=name",
    "/agents?q=77&sort=-name",
)
EDIT_PAGES = (
    "/agents/agent-0500",
    "/queues/queue-050",
    "/inbound-routes/5550250",
    "/schedules/hours-050",
    "/menus/menu-010",
)
OTHERS = ("/search?q=agent+77", "/map", "/map?q=5550007", "/queues.csv", "/")


@dataclass(frozen=True)
class Figures:
    median_ms: float
    p99_ms: float
    cpu_ms: float  # what the daemon's process took for a page: it does not grow with what else the machine does
    size_kb: float


@dataclass(frozen=True)
class Console:
    client: aiohttp.ClientSession
    pid: int

    def cpu_ms(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


async def measure(console: Console, path: str, rounds: int) -> Figures:
    times, size, before = [], 0, console.cpu_ms()
    for _ in range(rounds):
        start = time.perf_counter()
        async with console.client.get(path, allow_redirects=False) as response:
            body = await response.read()
            assert response.status == 200, f"{path}: {response.status}"
        times.append((time.perf_counter() - start) * 1000)
        size = len(body)
    cpu_ms = (console.cpu_ms() - before) / rounds
    return Figures(statistics.median(times), statistics.quantiles(times, n=100)[98], cpu_ms, size / 1000)


def tell(path: str, found: Figures, baseline: Figures) -> None:
    mark = "" if found.p99_ms < TARGET_MS else "   OVER"
    ratio = found.median_ms / baseline.median_ms
    times = f"{found.median_ms:8.1f} ms p50 {found.p99_ms:8.1f} ms p99 {ratio:5.1f} x {found.cpu_ms:6.1f} ms CPU"
    print(f"{path:34} {times} {found.size_kb:7.0f} kB{mark}")


async def edit_for_ever(database: Database) -> None:
    """As another process would: the daemon learns of it from the database only."""
    for number in range(10**6):
        async with database.transaction() as tx:
            found = await load_entity(tx, "queues", "queue-099")
            assert found is not None
            queue = found[0].model_copy(update={"name": f"Queue 99, {number}"})
            await save_entity(tx, "queues", queue, version=found[1], by="bench")
        await due(time.perf_counter() + EDIT_EVERY_S)


async def pages(console: Console, database: Database) -> None:
    baseline = await measure(console, BASELINE, ROUNDS)
    tell(f"{BASELINE} (baseline)", baseline, baseline)
    for title, paths in (("lists", LISTS), ("edit pages", EDIT_PAGES), ("others", OTHERS)):
        print(title)
        for path in paths:
            await measure(console, path, 3)  # templates and forms are made once
            tell(path, await measure(console, path, ROUNDS), baseline)
    print("while somebody edits once a second")
    editing = asyncio.create_task(edit_for_ever(database))
    for path in (*LISTS[:3], *EDIT_PAGES[:2]):
        tell(path, await measure(console, path, EDITS), baseline)
    editing.cancel()


@asynccontextmanager
async def signed_in(settings: Settings) -> AsyncIterator[aiohttp.ClientSession]:
    url = f"http://127.0.0.1:{settings.http.port}"
    async with aiohttp.ClientSession(base_url=url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        form = {"login": LOGIN, "password": PASSWORD}
        async with client.post("/sign-in", data=form, headers={"Accept": "text/html"}) as response:
            assert response.status == 200, response.status
        yield client


async def import_all(settings: Settings, database: Database, site: Site) -> None:
    """From the command's start to what Asterisk has taken."""
    file = settings.data_dir / "site.yaml"
    file.write_text(render_site(site, with_secrets=True))
    environment = {**os.environ, "APPLIANCE_CONFIG": "/dev/null", "APPLIANCE_DATA_DIR": str(settings.data_dir)}
    start = time.perf_counter()
    command = await asyncio.create_subprocess_exec(
        ".venv/bin/python",
        "-m",
        "appliance",
        "config",
        "import",
        str(file),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await command.wait() == 0
    committed = time.perf_counter()

    async def is_applied() -> bool:
        async with database.reading() as tx:
            status = await load_status(tx, settings.node.name)
        assert not status.error or status.tried != status.wanted, status.error
        return status.applied == status.wanted

    await eventually(is_applied, 300)
    lines = len(re.findall("\n", file.read_text()))
    print(f"import of {lines:,} lines of YAML: {committed - start:.1f} s until it is stored,", end=" ")
    print(f"{time.perf_counter() - start:.1f} s until Asterisk has taken it")


async def run(folder: Path) -> None:
    settings = house_settings(folder, http=HttpSettings(port=free_port()))
    await furnish(settings, Site.model_validate({}))
    database = Database(settings.database)
    async with database.transaction() as tx:
        tx.add(a_user(LOGIN, "administrator"))
    print(f"{AGENTS} agents, {QUEUES} queues, {ROUTES} routes")
    async with a_daemon(settings) as daemon:
        await import_all(settings, database, big_site())
        async with signed_in(settings) as client:
            await pages(Console(client, daemon.pid), database)
    await database.close()


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="pages-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        asyncio.run(run(folder))
    print(f"machine load: {', '.join(f'{each:.1f}' for each in os.getloadavg())}")


if __name__ == "__main__":
    main()
