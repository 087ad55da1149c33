"""How fast a file of a million contacts becomes a list, with what memory, against a bare read of the same file; and how
long others who write to SQLite wait meanwhile."""

import asyncio
import csv
import json
import os
import random
import resource
import select
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median

from appliance.core.lists.layout import find_layout
from appliance.services.clock import now
from appliance.services.entities import replace_site
from appliance.services.licenses.ground import use_keys
from appliance.store.db import Database
from appliance.store.lists.imports import insert_import, load_import
from appliance.store.migrate import migrate
from appliance.store.uploads import Upload, save_upload
from tests.licenses import write_keys
from tests.postgres.server import PostgresServer
from tests.sites import a_site

LOOK_MS = 100  # from one look at the memory, or one turn of who writes beside it, to the next
ROWS = 1_000_000
WORKER = [sys.executable, "-m", "appliance.services.imports.worker"]
FIRST, LAST = ("Ana", "José", "María", "Luis", "Rosa", "Zoë"), ("Quispe", "López", "Núñez", "García", "Mamani")
HEADER = ["Phone", "Name", "Work phone", "City", "Debt", "Customer id", "Priority"]


def write_file(path: Path, rows: int) -> None:
    pick = random.Random(5)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in pick.sample(range(900_000_000, 999_999_999), rows):
            name = f"{pick.choice(FIRST)} {pick.choice(LAST)}"
            work = f"01 {pick.randrange(2000000, 7999999)}" if pick.random() < 0.3 else ""
            writer.writerow([number, name, work, "Lima", pick.randrange(9999), f"C-{number}", pick.randrange(1, 200)])


def read_bare(path: Path) -> float:
    began = time.perf_counter()
    with path.open(encoding="utf-8", newline="") as file:
        for _row in csv.reader(file):
            pass
    return time.perf_counter() - began


async def prepare(url: str, path: Path) -> int:
    database = Database(url)
    await migrate(database)
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        layout = find_layout([next(lines) for _ in range(20)], "utf-8-sig", ",")
    async with database.transaction() as tx:
        await save_upload(tx, Upload("0" * 64, "air.wav", b""), now())
        await replace_site(tx, a_site(), by="bench", summary="bench")
    async with database.transaction() as tx:
        import_id = await insert_import(
            tx,
            list=next(iter(a_site().lists)),
            file_name=path.name,
            path=path.name,
            state="running",
            options={"layout": layout.model_dump(), "is_plain": True},
            created_at=now(),
        )
    await database.close()
    return import_id


async def counted(url: str, import_id: int) -> str:
    database = Database(url)
    async with database.reading() as tx:
        found = await load_import(tx, import_id)
    await database.close()
    assert found is not None
    return f"{found.state} {found.error} added {found.added:,}, doubles {found.doubles}, rejected {found.rejected}"


def ending_of(pid: int) -> select.poll:
    """Of which `poll` waits until the process ends or somebody's time is up."""
    ending = select.poll()
    ending.register(os.pidfd_open(pid), select.POLLIN)
    return ending


def most_mb(pid: int) -> float:
    """That a process and its child had at the same time, until it ends."""
    found, ending = 0.0, ending_of(pid)
    while not ending.poll(LOOK_MS):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        found = max(found, sum(map(_resident_mb, [str(pid), *children])))
    return found


def _resident_mb(pid: str) -> float:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    return 0.0


async def waits_ms(url: str, pid: int) -> list[float]:
    """Of each transaction that begins beside the process until that ends, from its beginning to its turn."""
    database, ending, found = Database(url), ending_of(pid), list[float]()
    while not ending.poll(LOOK_MS):
        began = time.perf_counter()
        async with database.transaction() as tx:
            await tx.connection()
            found.append((time.perf_counter() - began) * 1000)
    await database.close()
    return sorted(found)


def measure(kind: str, url: str, path: Path, bare_s: float) -> None:
    import_id = asyncio.run(prepare(url, path))
    order = json.dumps({"database": url, "folder": str(path.parent), "import_id": import_id}).encode() + b"\n"
    began = time.perf_counter()
    process = subprocess.Popen(WORKER, stdin=subprocess.PIPE)
    assert process.stdin
    process.stdin.write(order)
    process.stdin.flush()
    with ThreadPoolExecutor() as beside:
        writer = beside.submit(asyncio.run, waits_ms(url, process.pid))
        memory_mb, waited_ms = most_mb(process.pid), writer.result()
    _pid, status, usage = os.wait4(process.pid, 0)
    took_s = time.perf_counter() - began
    cpu_s = usage.ru_utime + usage.ru_stime
    told = asyncio.run(counted(url, import_id))
    load = os.getloadavg()[0]
    print(
        f"{kind}: {took_s:.1f} s ({cpu_s:.1f} s of one core, {usage.ru_stime:.1f} s of it the system's), "
        f"{memory_mb:.0f} MB, {took_s / bare_s:.0f} times a bare read; status {status}; {told}; load {load:.1f}\n"
        f"{kind}: others who write waited {median(waited_ms):.0f} ms (half), "
        f"{waited_ms[len(waited_ms) * 95 // 100]:.0f} (95 %), {waited_ms[-1]:.0f} (longest of {len(waited_ms)})",
        flush=True,
    )


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    kinds = sys.argv[2:] or ["sqlite", "postgres"]
    with tempfile.TemporaryDirectory(prefix="bench-import-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        use_keys(write_keys(folder / "keys"))
        path = folder / "contacts.csv"
        write_file(path, rows)
        bare_s = read_bare(path)
        print(f"{rows:,} rows, {path.stat().st_size / 1e6:.0f} MB; a bare read of them takes {bare_s:.2f} s; "
              f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)  # fmt: skip
        if "sqlite" in kinds:
            measure("SQLite", f"sqlite+aiosqlite:///{folder / 'bench.db'}", path, bare_s)
        if "postgres" in kinds:
            server = PostgresServer(folder / "server")
            server.start()
            try:
                measure("PostgreSQL", server.url("postgres"), path, bare_s)
            finally:
                server.stop()
    print(f"the bench itself: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
