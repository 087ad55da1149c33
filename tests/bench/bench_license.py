"""What a licence costs: one check once it is loaded, reading all of it anew, and 500 agents who log in.

Log-ins are one after the other, each with its commit. Run it alone: `python -m tests.bench.bench_license`.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from appliance.core.license.document import open_document, sign
from appliance.core.license.licensing import why_no_seat
from appliance.core.site import Site
from appliance.services.agents.sessions import Place, log_in
from appliance.services.agents.trail import Act, audit
from appliance.services.clock import now
from appliance.services.licenses.current import load_licensing
from appliance.store.db import Database
from appliance.store.tables.sessions import AgentSessionRow
from tests.house import furnish, house_settings
from tests.licenses import KEYRING, PRIVATE, a_license, install_license

AGENTS = 500
CHECKS = 20_000


def a_site() -> Site:
    keys = [f"{number}" for number in range(2000, 2000 + AGENTS)]
    extensions = {key: {"key": key, "name": key, "secret": f"secret-{key}"} for key in keys}
    agents = {f"agent-{key}": {"key": f"agent-{key}", "name": key, "extension": key} for key in keys}
    return Site.model_validate({"extensions": extensions, "agents": agents})


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = house_settings(Path(folder))
        await furnish(settings, a_site())
        database = Database(settings.database)
        await bare_sessions(database)
        many = await log_ins(database, "concurrent, 1,000 places")
        async with database.transaction() as tx:
            named: dict[str, Any] = {"model": "named", "seats": tuple(f"s{n}" for n in range(AGENTS))}
            await install_license(tx, "L-2", replaces=("L-1",), **named)
        await log_ins(database, f"named, {AGENTS} seats")
        await check(database)
        await database.close()
    text = sign(a_license(seats=tuple(f"s{n}" for n in range(AGENTS))), PRIVATE)
    began = time.perf_counter()
    open_document(text, KEYRING)
    print(f"{'a file of 500 seats, verified the first time':<52}{(time.perf_counter() - began) * 1000:8.2f} ms")
    print(f"{'log-ins in a minute, concurrent':<52}{60 / many:8.0f}")


async def bare_sessions(database: Database) -> None:
    """What a log-in writes, without any question asked: the baseline of the same run."""
    times = []
    for number in range(2000, 2000 + AGENTS):
        began = time.perf_counter()
        async with database.transaction() as tx:
            row = {"agent": f"agent-{number}", "node": "local", "extension": f"{number}", "logged_in_at": now()}
            tx.add(AgentSessionRow(**row))
            await audit(tx, "log in", f"agent-{number}", "bench")
        times.append(time.perf_counter() - began)
    await forget(database)
    print(f"{'a session is written, nothing is asked: mean':<52}{statistics.mean(times) * 1000:8.2f} ms")


async def forget(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM agent_sessions")


async def log_ins(database: Database, name: str) -> float:
    """Mean seconds of one; all are taken back."""
    times = []
    for number in range(2000, 2000 + AGENTS):
        began = time.perf_counter()
        async with database.transaction() as tx:
            await log_in(tx, f"agent-{number}", Place("local"), Act("bench"))
        times.append(time.perf_counter() - began)
    await forget(database)
    last = statistics.mean(times[-50:]) * 1000
    print(f"{f'log-in, {name}: mean, the last 50':<52}{statistics.mean(times) * 1000:8.2f} ms{last:8.2f} ms")
    return statistics.mean(times)


async def check(database: Database) -> None:
    async with database.reading() as tx:
        current = await load_licensing(tx)
        began = time.perf_counter()
        for _ in range(50):
            await load_licensing(tx)
        loaded = (time.perf_counter() - began) / 50
    began = time.perf_counter()
    for _ in range(CHECKS):
        why_no_seat(current, "agent-2100", 499)
    print(f"{'one check, once loaded':<52}{(time.perf_counter() - began) / CHECKS * 1e6:8.2f} us")
    print(f"{'everything read from the database, 500 named seats':<52}{loaded * 1000:8.2f} ms")


if __name__ == "__main__":
    asyncio.run(main())
