"""A predictive campaign against a telephone network at the wire, to its end: is all that is stored and reported true?

Run: python -m tests.bench.bench_dialer [contacts] [agents] [mode]

In the mode `agentless` nothing waits for agents: calls are placed as fast as the trunk takes them.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from baresip import Account, Call, Config, Runtime, UserAgent
from sqlalchemy import select

from appliance.core.access import SCOPES
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.services.tokens import NewToken, create_token
from appliance.settings import HttpSettings, Settings
from appliance.store.db import Database
from appliance.store.dialing.states import load_state
from appliance.store.tables.dialing import AttemptRow
from tests.app.console import a_user
from tests.house import Daemon, furnish, house_settings
from tests.pbx.dialer_site import add_contacts, behind, dialer_site, set_state
from tests.pbx.ledger import HELLO, MACHINE, Ledger, most_at_once, most_in_a_second, read_told
from tests.pbx.pstn import RINGS, Behaviour, Pstn
from tests.postgres.server import free_port
from tests.waiting import eventually

CHANNELS, PER_S, MOST = 60, 20, 50
FASTER = 260, 20, 240  # without agents
USUAL = ["2000", "20", "predictive"]
RETRIES = [{"outcome": "busy", "tries": 1, "delay_min": 1}]
DIALER = {
    "agentless_destination": "prompt:sorry",
    "opt_out_key": "",
    "ratio_pct": 300,
    "max_ratio_pct": 600,
    "machines": "hang_up",
    "retries": RETRIES,
}
ENDS = {486: 20, 404: 10, 484: 4, 603: 8, 480: 12, 503: 1}  # what calls come to that nobody takes, by weight


def behaviour(n: int, times: int) -> Behaviour:
    """Always the same for a number that is called for the first time, and for the second."""
    chance = random.Random(f"{n} {times}")
    kind = chance.random()
    if kind < 0.36:
        talk_s = 0.4 if kind < 0.01 else chance.uniform(5.5, 9)
        return Behaviour(ring_s=chance.uniform(0.5, 3), talk_s=talk_s, voice=HELLO)
    if kind < 0.41:
        return Behaviour(ring_s=chance.uniform(0.5, 3), voice=MACHINE)
    if kind < 0.5:
        return Behaviour(RINGS)
    status = chance.choices(list(ENDS), weights=list(ENDS.values()))[0]
    return Behaviour(status, ring_s=chance.uniform(0.05, 4))


async def phones(runtime: Runtime, server: str, numbers: list[str]) -> list[UserAgent]:
    """Telephones of agents that answer by themselves."""
    jobs = set()

    def answer(call: Call) -> None:
        job = asyncio.ensure_future(call.answer())
        jobs.add(job)
        job.add_done_callback(jobs.discard)

    found = []
    for number in numbers:
        phone = await UserAgent.create(runtime, Account(user=number, domain=server, password=f"secret-{number}"))
        phone.on_incoming(answer)
        await phone.register()
        found.append(phone)
    return found


def cpu_s(pid: int) -> float:
    """Of this process alone."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bench_settings(folder: Path) -> Settings:
    settings = house_settings(folder)
    node = settings.node.model_copy(update={"max_calls": 400, "rtp_end": settings.node.rtp_start + 799})
    return settings.model_copy(update={"node": node, "http": HttpSettings(port=free_port())})


async def fill(database: Database, contacts: int, agents: Sequence[str]) -> str:
    """The API's token."""
    async with database.transaction() as tx:
        for number in agents:
            await log_in(tx, f"a{number}", Place("local"), Act("bench"))
        await add_contacts(tx, "d", range(contacts))
        tx.add(a_user("boss", "supervisor"))
        return await create_token(tx, NewToken("bench", "supervisor", SCOPES), by="bench")


async def main(contacts: int, agents: int, mode: str, folder: Path) -> int:
    times = Counter[str]()

    def of(dialled: str) -> Behaviour:
        times[dialled] += 1
        return behaviour(behind(dialled), times[dialled])

    pstn = Pstn("127.0.4.1", of)
    await pstn.listen()
    settings = bench_settings(folder)
    numbers = [str(1001 + n) for n in range(agents)]
    channels, per_s, most = FASTER if mode == "agentless" else (CHANNELS, PER_S, MOST)
    dialer = DIALER | {"mode": mode, "max_channels": most}
    trunk = {"max_channels": channels, "calls_per_s": per_s}
    await furnish(settings, dialer_site(pstn, {"d": dialer}, agents=numbers, trunk=trunk))
    database = Database(settings.database)
    token = await fill(database, contacts, numbers)
    daemon = Daemon(settings)
    daemon.start()
    runtime = Runtime()
    await runtime.start(Config(net_interface="127.0.0.1", max_concurrent_calls=None))
    try:
        await eventually(lambda: has(settings.data_dir / "daemon.log", "membership.changed"), 180)
        held = await phones(runtime, f"127.0.0.1:{settings.node.sip_port}", numbers)
        asterisk = int((settings.node_dir() / "run" / "asterisk.pid").read_text())
        print(f"{contacts} contacts, {len(held)} agents, {mode}")
        pids = {"daemon": daemon.pid, "Asterisk": asterisk, "network and phones": os.getpid()}
        await run(database, pids, pstn, contacts)
        alone = "delivered" if mode == "agentless" else "abandoned"
        async with database.reading() as tx:
            ledger = Ledger(pstn.lines.values(), (await tx.execute(select(AttemptRow))).scalars(), alone)
        told = await read_told(f"http://127.0.0.1:{settings.http.port}", token, "d")
        wrong = ledger.wrong + ledger.of_results(told.file) + ledger.of_figures(told)
        report(ledger, wrong)
        in_a_second, at_once = most_in_a_second(ledger.lines), most_at_once(ledger.lines)
        print(f"most in a second {in_a_second} of {per_s}, at once {at_once} of {most}")
        return len(wrong) + (in_a_second > per_s) + (at_once > most)
    finally:
        daemon.stop()
        pstn.close()
        await database.close()


@dataclass
class Spent:
    """CPU seconds of each process at a moment, and how many calls the network had had by then."""

    at_s: float
    calls: int
    cpu_s: dict[str, float]


async def run(database: Database, pids: dict[str, int], pstn: Pstn, contacts: int) -> None:
    """What it costs is told of the time in which calls are placed as fast as may be: a tenth to eight tenths."""
    load, began_s = os.getloadavg()[0], time.monotonic()
    async with database.transaction() as tx:
        await set_state(tx, "d", "running")

    async def spent_at(calls: float) -> Spent:
        await eventually(lambda: len(pstn.lines) >= calls, contacts + 300)
        return Spent(time.monotonic(), len(pstn.lines), {name: cpu_s(pid) for name, pid in pids.items()})

    async def is_over() -> bool:
        async with database.reading() as tx:
            return (await load_state(tx, "d")).state == "finished"

    tell(await spent_at(contacts * 0.1), await spent_at(contacts * 0.8))
    await eventually(is_over, contacts + 300)  # asked only now: the database's work would be measured too
    print(f"{time.monotonic() - began_s:.0f} s; load {load:.1f} at first, {os.getloadavg()[0]:.1f} at the end")


def tell(first: Spent, last: Spent) -> None:
    took_s, calls = last.at_s - first.at_s, last.calls - first.calls
    print(f"{calls / took_s:.1f} calls/s for {took_s:.0f} s, in which:", flush=True)
    for name, until_s in last.cpu_s.items():
        used = until_s - first.cpu_s[name]
        print(f"{name}: {used / took_s:.1%} of a core, {1000 * used / calls:.1f} ms a call", flush=True)


async def has(log: Path, text: str) -> bool:
    return text in log.read_text()


def report(ledger: Ledger, wrong: Sequence[str]) -> None:
    print(f"{len(ledger.rows)} attempts, {len(ledger.lines)} heard by the network: {dict(ledger.outcomes)}")
    persons = sum(row.answered_at is not None and row.outcome != "machine" for row in ledger.rows)
    lost = sum(row.outcome == "abandoned" for row in ledger.rows)
    print(f"abandoned {lost / max(persons, 1):.1%} of {persons} answers", end="; ")
    print(f"{len(ledger.taken_for_machines)} persons taken for machines")
    said = sorted(row.wait_s for row in ledger.rows if row.connected_at is not None)
    for name, waits in (("by the network", ledger.waits_s()), ("as stored", said)):
        print(f"from greeting to agent, {name}: half {at(waits, 0.5):.2f} s, 99 % {at(waits, 0.99):.2f} s")
    print(f"{len(wrong)} differences", *wrong[:40], sep="\n  ")


def at(values: Sequence[float], share: float) -> float:
    return values[int(len(values) * share)] if values else 0.0


if __name__ == "__main__":
    asked = [*sys.argv[1:], *USUAL[len(sys.argv) - 1 :]]
    with tempfile.TemporaryDirectory(prefix="bench-dialer-") as place:
        wrong_ones = asyncio.run(main(int(asked[0]), int(asked[1]), asked[2], Path(place)))
    sys.exit(1 if wrong_ones else 0)
