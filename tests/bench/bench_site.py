"""A large site: how long it takes to read and render it, and until an edit of one queue is live while a call is up.

The baselines of the same run: the same rows read with bare sqlite3, and the same change made by hand, that is, the file
written and its module reloaded. Run it alone: `python -m tests.bench.bench_site`.
"""

import asyncio
import json
import os
import re
import sqlite3
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import structlog
from baresip import Config, Runtime

from appliance.adapters.config_files import read_templates
from appliance.core.render import make_environment, render
from appliance.core.site import SECTIONS, Site
from appliance.facts import make_facts
from appliance.services.entities import save_entity
from appliance.settings import Settings
from appliance.store.db import Database
from appliance.store.site import load_entity, load_site
from tests.bench.big_site import AGENTS, MENUS, PROMPTS, QUEUES, ROUTES, SCHEDULES, big_site
from tests.house import House, a_house, furnish, house_settings
from tests.pbx.phones import Leg, Phone
from tests.waiting import eventually

ROUNDS = 9
QUEUE = "queue-050"
STRATEGIES, BY_HAND = ("rrmemory", "random"), "fewestcalls"  # taking turns, so that every edit changes something
ANA, LUIS = "2000", "2001"


def best_and_median(times: list[float]) -> str:
    return f"{min(times) * 1000:9.0f} ms best {statistics.median(times) * 1000:7.0f} ms median"


def read_bare(path: Path) -> float:
    """All rows with their JSON as Python values, and nothing else."""
    began = time.perf_counter()
    connection = sqlite3.connect(path)
    for section in SECTIONS:
        cursor = connection.execute(f"SELECT * FROM {section} ORDER BY key")
        for row in cursor.fetchall():
            [json.loads(each) for each in row if isinstance(each, str) and each.startswith(("[", "{"))]
    connection.close()
    return time.perf_counter() - began


async def read_and_render(settings: Settings) -> None:
    database, facts = Database(settings.database), make_facts(settings)
    bare, reading, rendering = [], [], []
    began = time.perf_counter()
    environment = make_environment(read_templates())
    for _ in range(ROUNDS):
        start = time.perf_counter()
        async with database.reading() as tx:
            site = await load_site(tx)
        read = time.perf_counter()
        files = render(site, facts, environment)
        reading.append(read - start)
        rendering.append(time.perf_counter() - read)
        if len(reading) == 1:
            first = time.perf_counter() - began
        bare.append(read_bare(settings.data_dir / "appliance.db"))
    await database.close()
    lines = sum(text.count("\n") for text in files.values())
    print(f"{'the same rows, bare sqlite3 and json (baseline)':52} {best_and_median(bare)}")
    for name, times in (("read and validate", reading), (f"render ({lines:,} lines)", rendering)):
        print(f"{name:52} {best_and_median(times)} {min(times) / min(bare):6.1f} x")
    both = [sum(pair) for pair in zip(reading, rendering, strict=True)]
    print(f"{'read and render':52} {best_and_median(both)} {min(both) / min(bare):6.1f} x   (under 1,000 ms)")
    print(f"{'the first time, templates compiled':52} {first * 1000:9.0f} ms")


@dataclass
class Edits:
    """Times of the rounds, in seconds."""

    committing: list[float]
    live: list[float]
    by_hand: list[float]


async def strategy(house: House) -> str:
    """What Asterisk has now."""
    said = await house.appliance.node.ami.command(f"queue show {QUEUE}")
    found = re.search(r"in '(\w+)' strategy", said)
    return found[1] if found else said


async def is_live(house: House, wanted: str) -> bool:
    return await strategy(house) == wanted


async def edit(house: House, wanted: str, times: Edits) -> None:
    """As the console does it: one transaction, then the applier is told."""
    database, start = house.appliance.database, time.perf_counter()
    async with database.transaction() as tx:
        found = await load_entity(tx, "queues", QUEUE)
        assert found is not None
        queue, version = found
        await save_entity(tx, "queues", queue.model_copy(update={"strategy": wanted}), version=version, by="bench")
    committed = time.perf_counter()
    house.appliance.configuration.applier.poke()
    await eventually(lambda: is_live(house, wanted), 30)
    times.committing.append(committed - start)
    times.live.append(time.perf_counter() - committed)
    await house.settled()


async def edit_by_hand(house: House, wanted: str, times: Edits) -> None:
    """What an engineer at the shell would do: change the line, reload the module."""
    path = house.appliance.node.etc / "queues.conf"
    start = time.perf_counter()
    head, section, rest = path.read_text().partition(f"[{QUEUE}]")
    draft = path.with_suffix(".new")
    draft.write_text(head + section + re.sub(r"strategy = \w+", f"strategy = {wanted}", rest, count=1))
    os.chown(draft, path.stat().st_uid, path.stat().st_gid)
    draft.replace(path)
    await house.appliance.node.ami.command("module reload app_queue.so")
    await eventually(lambda: is_live(house, wanted), 30)
    times.by_hand.append(time.perf_counter() - start)


async def edits(house: House) -> Edits:
    times = Edits([], [], [])
    for number in range(ROUNDS):
        await edit_by_hand(house, BY_HAND, times)
        await edit(house, STRATEGIES[number % 2], times)
    return times


@dataclass
class Talk:
    """A call between two phones, each hearing the other; a phone that nobody holds would hear nothing any more."""

    phones: list[Phone]
    caller: Leg
    called: Leg

    def heard_s(self) -> tuple[float, float]:
        return self.caller.ear.seconds_of(1000), self.called.ear.seconds_of(440)


async def a_call(house: House, runtime: Runtime) -> Talk:
    ana, luis = [
        await Phone.create(runtime, house.sip, user, password=f"secret-{user}", frequency=tone)
        for user, tone in ((ANA, 440), (LUIS, 1000))
    ]
    caller = await ana.dial(LUIS)
    called = await luis.rings()
    await called.answer()
    await caller.hears(1000)
    await called.hears(440)
    return Talk([ana, luis], caller, called)


async def channels(house: House) -> dict[str, str]:
    """Name and unique id of each."""
    found = await house.appliance.node.ami.list("CoreShowChannels")
    return {each["Channel"]: each["Uniqueid"] for each in found if "Channel" in each}


async def edit_during_a_call(settings: Settings, runtime: Runtime) -> None:
    async with a_house(settings) as house:
        talk = await a_call(house, runtime)
        before, heard, began = await channels(house), talk.heard_s(), time.perf_counter()
        times = await edits(house)
        spent = time.perf_counter() - began
        heard_s = [after - first for first, after in zip(heard, talk.heard_s(), strict=True)]
        is_same = await channels(house) == before and len(before) == 2
        await talk.caller.hang_up()
    print(f"{'by hand: file written, module reloaded (baseline)':52} {best_and_median(times.by_hand)}")
    print(f"{'the edit: check of the whole site and commit':52} {best_and_median(times.committing)}")
    ratio = statistics.median(times.live) / statistics.median(times.by_hand)
    print(f"{'from commit to `queue show` of Asterisk':52} {best_and_median(times.live)}", end=" ")
    print(f"{max(times.live) * 1000:7.0f} ms worst of {ROUNDS} {ratio:6.1f} x   (under 2,000 ms)")
    print(f"the call that was up meanwhile: {'the same two channels' if is_same else 'CHANNELS CHANGED'};", end=" ")
    print(f"of {spent:.1f} s, tones heard for {heard_s[0]:.1f} and {heard_s[1]:.1f} s")
    if not is_same:
        raise SystemExit("the edit touched a call in progress")


async def run(folder: Path) -> None:
    settings = house_settings(folder)
    site: Site = big_site()
    await furnish(settings, site)
    print(f"{AGENTS} agents, {QUEUES} queues, {MENUS} menus, {SCHEDULES} schedules, {PROMPTS} prompts, {ROUTES} routes")
    await read_and_render(settings)
    runtime = Runtime()
    await runtime.start(Config(net_interface="127.0.0.1"))
    try:
        await edit_during_a_call(settings, runtime)
    finally:
        await runtime.close()


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="site-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        asyncio.run(run(folder))
    print(f"machine load: {', '.join(f'{each:.1f}' for each in os.getloadavg())}")


if __name__ == "__main__":
    main()
