"""A campaign against a telephone network at the wire: is each outcome what the network did, and is any cap passed?

Run: python -m tests.bench.bench_dialer [contacts] [agents]
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from baresip import Account, Call, Config, Runtime, UserAgent
from sqlalchemy import select

from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act
from appliance.store.db import Database
from appliance.store.tables.dialing import AttemptRow
from tests.house import Daemon, furnish, house_settings
from tests.pbx.dialer_site import add_contacts, behind, dialer_site, set_state
from tests.pbx.pstn import RINGS, Behaviour, Line, Pstn
from tests.waiting import eventually

CHANNELS, PER_S = 60, 20
DIALER = {"mode": "power", "ratio_pct": 300, "max_ratio_pct": 600, "max_channels": 50}
_ANSWERS = {486: "busy", 404: "bad_number", 484: "bad_number", 603: "rejected", 480: "no_answer", 503: "congestion"}


def behaviour(n: int) -> Behaviour:
    """Always the same for a number."""
    chance = random.Random(n)
    kind = chance.random()
    if kind < 0.36:
        return Behaviour(ring_s=chance.uniform(0.5, 3), talk_s=chance.uniform(5.5, 6))
    if kind < 0.46:
        return Behaviour(RINGS)
    status = chance.choices(list(_ANSWERS), weights=[20, 10, 4, 8, 12, 1])[0]
    return Behaviour(status, ring_s=chance.uniform(0.05, 4))


def outcome_of(line: Line, how: Behaviour) -> str:
    """What a dialer has to say of this call."""
    if how.answer == RINGS:
        return "no_answer"
    if how.answer != 200:
        return _ANSWERS[how.answer]
    return "answered" if line.ended_by == "called" else "abandoned"


@dataclass
class Watch:
    """The network's own count of what was asked of it."""

    pstn: Pstn
    began: float = field(default_factory=time.monotonic)

    def most_in_a_second(self) -> int:
        starts = sorted(line.began_at for line in self.pstn.lines.values())
        return max(
            (sum(at <= each < at + 1.0 for each in starts[i : i + 200]) for i, at in enumerate(starts)), default=0
        )


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


async def main(contacts: int, agents: int, folder: Path) -> int:
    pstn = Pstn("127.0.4.1", lambda dialled: behaviour(behind(dialled)))
    await pstn.listen()
    settings = house_settings(folder)
    node = settings.node.model_copy(update={"max_calls": 400, "rtp_end": settings.node.rtp_start + 799})
    settings = settings.model_copy(update={"node": node})
    numbers = [str(1001 + n) for n in range(agents)]
    trunk = {"max_channels": CHANNELS, "calls_per_s": PER_S}
    await furnish(settings, dialer_site(pstn, {"d": DIALER}, agents=numbers, trunk=trunk))
    database = Database(settings.database)
    async with database.transaction() as tx:
        for number in numbers:
            await log_in(tx, f"a{number}", Place("local"), Act("bench"))
        await add_contacts(tx, "d", range(contacts))
    daemon = Daemon(settings)
    daemon.start()
    runtime = Runtime()
    await runtime.start(Config(net_interface="127.0.0.1", max_concurrent_calls=None))
    try:
        await eventually(lambda: has(settings.data_dir / "daemon.log", "membership.changed"), 60)
        held = await phones(runtime, f"127.0.0.1:{settings.node.sip_port}", numbers)
        await eventually(lambda: has(settings.data_dir / "daemon.log", f"agents={agents}"), 30)
        asterisk = int((settings.node_dir() / "run" / "asterisk.pid").read_text())
        before = cpu_s(daemon.pid), cpu_s(asterisk), cpu_s(os.getpid())
        began = time.monotonic()
        async with database.transaction() as tx:
            await set_state(tx, "d", "running")
        await eventually(lambda: are_over(database, contacts), contacts / 2 + 120)
        took_s = time.monotonic() - began
        after = cpu_s(daemon.pid), cpu_s(asterisk), cpu_s(os.getpid())
        wrong = await report(database, pstn)
        names = ("daemon", "Asterisk", "network and phones")
        for name, one, other in zip(names, before, after, strict=True):
            spent = other - one
            print(f"{name}: {spent / took_s:.1%} of a core, {1000 * spent / contacts:.1f} ms a call")
        starts = sorted(line.began_at for line in pstn.lines.values())
        middle = starts[len(starts) // 10 : -len(starts) // 4]
        rate = len(middle) / (middle[-1] - middle[0])
        print(f"{len(starts)} calls in {took_s:.0f} s, {rate:.1f}/s in the middle; phones {len(held)}")
        print(f"most in a second {Watch(pstn).most_in_a_second()} of {PER_S}, at once {pstn.peak} of {CHANNELS} and 50")
        return wrong
    finally:
        daemon.stop()
        await runtime.close() if hasattr(runtime, "close") else None
        pstn.close()
        await database.close()


async def has(log: Path, text: str) -> bool:
    return text in log.read_text()


async def are_over(database: Database, contacts: int) -> bool:
    async with database.reading() as tx:
        rows = (await tx.execute(select(AttemptRow.guid).where(AttemptRow.ended_at.is_not(None)))).all()
    return len(rows) >= contacts


async def report(database: Database, pstn: Pstn) -> int:
    async with database.reading() as tx:
        rows = list((await tx.execute(select(AttemptRow))).scalars())
    wrong = Counter[tuple[str, str]]()
    lines: dict[int, list[Line]] = {}
    for line in pstn.lines.values():
        lines.setdefault(behind(line.number), []).append(line)
    for row in sorted(rows, key=lambda row: row.begun_at):
        n = behind(row.number)
        heard = lines.get(n, [])
        expected = outcome_of(heard.pop(0), behaviour(n)) if heard else "congestion"  # our own line was full
        if row.outcome not in (expected, ""):
            wrong[expected, row.outcome] += 1
    twice = sum(len(heard) for heard in lines.values())  # calls without an attempt
    counted = Counter(row.outcome for row in rows)
    answers = [row for row in rows if row.answered_at is not None]
    waits = sorted(row.wait_s for row in rows if row.connected_at is not None)
    print("outcomes", dict(counted))
    print(f"not as the network did {sum(wrong.values())} {dict(wrong)}, dialled twice {twice}")
    print(f"abandoned {counted['abandoned'] / max(len(answers), 1):.1%} of {len(answers)} answers")
    if waits:
        print(f"from answer to agent: half {waits[len(waits) // 2]:.2f} s, 99 % {waits[int(len(waits) * 0.99)]:.2f} s")
    return sum(wrong.values()) + twice


if __name__ == "__main__":
    asked = [int(each) for each in sys.argv[1:]]
    with tempfile.TemporaryDirectory(prefix="bench-dialer-") as place:
        wrong_ones = asyncio.run(main(*(asked + [2000, 20][len(asked) :]), Path(place)))
    sys.exit(1 if wrong_ones else 0)
