"""How fast a journal becomes rows, against bare reading and parsing of the same file; and how late a live call is."""

import asyncio
import csv
import itertools
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from appliance.adapters.journals import Journal
from appliance.core.journal.cel import CelFold
from appliance.services.history import History
from appliance.services.hub import Hub
from appliance.store.db import Database
from appliance.store.migrate import migrate
from tests.journal_node import a_node, append, cel_file
from tests.unit.journal.samples import cel_bytes

LINES = 200_000
AT_ONCE = 50  # calls whose lines are mixed
LIVE_CALLS = 40
KINDS = ("answered", "rna_then_answer", "abandoned", "blind", "attended", "timeout_voicemail", "ringall")
_GUID = re.compile(rb"INTERACTION,([0-9a-f-]{36})")
_UNIQUE_ID = re.compile(rb'"\d{10}\.(\d{1,3})"')
_EPOCH = 1795297545  # one for all: a smaller counter with a later epoch would be a restart of Asterisk


def calls() -> Iterator[list[bytes]]:
    """Real calls, each with a GUID and unique ids of its own."""
    pick = random.Random(7)
    texts = [cel_bytes(kind) for kind in KINDS]
    for n in itertools.count(1):
        text = pick.choice(texts)
        found = _GUID.search(text)
        assert found
        text = text.replace(found[1], b"%08x%s" % (n, found[1][8:]))
        yield _UNIQUE_ID.sub(rb'"%d.%d\1"' % (_EPOCH, n), text).splitlines(keepends=True)


def mixed(source: Iterator[list[bytes]], lines: int) -> Iterator[bytes]:
    pick = random.Random(8)
    running = [next(source) for _ in range(AT_ONCE)]
    for _ in range(lines):
        n = pick.randrange(AT_ONCE)
        yield running[n].pop(0)
        if not running[n]:
            running[n] = next(source)


class Cost(NamedTuple):
    wall_s: float
    cpu_s: float  # of all threads: what counts when others use the machine too


def timed(work: Callable[[], object]) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def parse_only(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        for _row in csv.reader(file):
            pass


def fold_only(path: Path) -> None:
    journal, fold, position, count = Journal(path), CelFold("local"), None, 0
    while (chunk := journal.read_now(position)).lines:
        reading = fold.read(chunk.lines)
        assert not any("interrupted" in call.interaction[11:13] for call in reading.finished)
        count += len(reading.finished)
        position = chunk.position
    print(f"CEL journal, {LINES:,} lines of {count:,} real calls, {AT_ONCE} at once, SQLite")


async def store_all(folder: Path) -> None:
    database = await new_database(folder)
    await History(a_node(folder), database, Hub()).catch_up()
    await database.close()


async def live_delays(folder: Path) -> list[float]:
    """From the last line of a call in the file to its stored interaction's message."""
    database, hub = await new_database(folder), Hub()
    job = asyncio.create_task(History(a_node(folder), database, hub).run())
    source, delays = calls(), []
    async with hub.subscribe(["history"]) as messages:
        for _ in range(LIVE_CALLS):
            append(cel_file(folder), b"".join(next(source)))
            began = time.perf_counter()
            while (await anext(messages)).body["type"] != "interaction":
                pass
            delays.append(time.perf_counter() - began)
    job.cancel()
    await asyncio.wait([job])
    await database.close()
    return delays


async def new_database(folder: Path) -> Database:
    database = Database(f"sqlite+aiosqlite:///{folder / 'bench.db'}")
    await migrate(database)
    return database


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        a_node(folder)
        path = cel_file(folder)
        path.write_bytes(b"".join(mixed(calls(), LINES)))
        parse = timed(lambda: parse_only(path))
        fold = timed(lambda: fold_only(path))
        whole = timed(lambda: asyncio.run(store_all(folder)))
        print(f"{'':<22}{'lines/s':>10}{'lines per CPU second':>24}{'CPU of the first':>20}")
        for what, cost in (("read and parse only", parse), ("and fold", fold), ("and store", whole)):
            ratio = cost.cpu_s / parse.cpu_s
            print(f"{what:<22}{LINES / cost.wall_s:>10,.0f}{LINES / cost.cpu_s:>24,.0f}{ratio:>18.1f} x")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        a_node(folder)
        delays = sorted(asyncio.run(live_delays(folder)))
        print(
            f"  live: end of a call to its stored interaction: median {statistics.median(delays) * 1000:.0f} ms,",
            end=" ",
        )
        print(f"worst of {LIVE_CALLS} {delays[-1] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
