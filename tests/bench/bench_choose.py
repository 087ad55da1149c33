"""How long it takes to begin 50 attempts out of a list of a million, against bare reading of 50 by an index."""

import datetime as dt
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

import asyncpg
import uvloop
from sqlalchemy import CursorResult, text

from appliance.core.dialing.attempts import Wish
from appliance.core.entities.dialers import Dialer
from appliance.core.lists.sort_keys import span_of
from appliance.core.site import Site
from appliance.store.db import Database
from appliance.store.dialing.attempts import begin_attempts
from appliance.store.migrate import migrate
from tests.dialing import NOON, a_dialer, a_dialing_site
from tests.postgres.server import PostgresServer

CONTACTS = int(os.environ.get("CONTACTS", "1000000"))
AT_ONCE, TIMES = 50, 21
_MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) "
_CARDS = (
    "INSERT INTO contacts (contact_id, name, company, email, notes, fields, created_at, created_by, changed_at,"
    " version) SELECT i, 'Somebody', '', '', '', '{{}}', '2026-05-01 00:00:00+00', '', '2026-05-01 00:00:00+00', 1"
    " FROM n"
)
_NUMBERS = (
    "INSERT INTO contact_numbers (contact_id, position, kind, number)"
    " SELECT i, 0, 'mobile', '+519' || CAST(10000000 + i AS VARCHAR(40)) FROM n"
)
_ROWS = (
    "INSERT INTO list_contacts (list, contact_id, own_key, priority, owner, zone, state, tries, position,"
    " bad_positions, held_by, reserved_by, result, disposition, added_at) SELECT 'winter', i, '', 100, '',"
    " 'America/Lima', 'fresh', 0, 0, '', '', '', '', '', '2026-05-01 00:00:00+00' FROM n"
)
# Each of them was once called by hand, long ago.
_INTERACTIONS = (
    "INSERT INTO interactions (guid, node, linked_id, direction, caller, caller_name, did, language, queue, campaign,"
    " agent, outcome, detail, entered_at, ended_at, wait_s, talk_s, hangup_cause, hangup_by, recording) SELECT"
    " 'guid-' || CAST(i AS VARCHAR(40)), 'local', '', 'outbound', '1001', '', '9' || CAST(10000000 + i AS VARCHAR(40)),"
    " 'en', '', '', 'ana', 'answered', '', '2025-05-01 00:00:00+00', '2025-05-01 00:00:00+00', 0, 0, 16, '', '' FROM n"
)
_BY_HAND = (
    "INSERT INTO hand_calls (guid, number, at) SELECT 'guid-' || CAST(i AS VARCHAR(40)),"
    " '+519' || CAST(10000000 + i AS VARCHAR(40)), '2025-05-01 00:00:00+00' FROM n"
)
_BARE = (
    "SELECT contact_id FROM list_contacts WHERE list = 'winter' AND state = 'fresh' AND owner = '' AND zone ="
    " 'America/Lima' ORDER BY priority, contact_id LIMIT 50"
)
_BY_FIELD = (
    "UPDATE list_contacts SET state = 'fresh', result = '', zone = 'America/Lima', sort_key = '{first}' ||"
    " CAST(1000000 + contact_id * 7919 % 1000000 AS VARCHAR(20)) WHERE state <> 'dialing' AND result <> 'never'"
)
_BARE_BY_FIELD = (
    "SELECT contact_id FROM list_contacts WHERE list = 'winter' AND state = 'fresh' AND owner = '' AND zone ="
    " 'America/Lima' AND sort_key IS NOT NULL ORDER BY sort_key, contact_id LIMIT 50"
)
# Of these, the key is another field's, so that all but a few come last.
_ANOTHER_FIELD = "UPDATE list_contacts SET sort_key = 'x' || sort_key WHERE contact_id % 5000 <> 0"
# What has happened to the list, and how the next dialer sorts.
STAGES = {
    "all are fresh": "",
    "nine of ten are done": "UPDATE list_contacts SET state = 'done', result = 'answered' WHERE contact_id % 10 <> 0",
    "and of the others, most zones are closed": "UPDATE list_contacts SET zone = 'Asia/Tokyo', priority = 1"
    " WHERE state = 'fresh' AND contact_id % 100 <> 0",
    "and a thousand at the head are never called": "INSERT INTO do_not_call (number, is_prefix, campaign, reason,"
    " source, created_at, created_by) SELECT number, {false}, '', '', 'import', '2026-05-01 00:00:00+00', ''"
    " FROM contact_numbers WHERE contact_id IN (SELECT contact_id FROM list_contacts WHERE state = 'fresh'"
    " AND zone = 'America/Lima' ORDER BY contact_id LIMIT 1000)",
    "then, these are out of the way": "",
}


async def fill(database: Database) -> None:
    async with database.transaction() as tx:
        for part in (_CARDS, _NUMBERS, _ROWS, _INTERACTIONS, _BY_HAND):
            await tx.execute(text(_MANY.format(most=CONTACTS) + part.format()))
    await _analyze(database)


async def _analyze(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("ANALYZE"))


class Took(NamedTuple):
    """Milliseconds; `cpu` is this process's, with SQLite's threads: it counts where others use the machine too. The
    least of it is what the work takes; the rest is others' heat in the same caches."""

    median: float
    worst: float
    cpu: float
    least_cpu: float
    found: int


async def timed(work: Callable[[], Awaitable[int]]) -> Took:
    took, cpu, found = [], [], 0
    for _ in range(TIMES):
        begun, cpu_begun = time.perf_counter(), time.process_time()
        found += await work()
        took.append((time.perf_counter() - begun) * 1000)
        cpu.append((time.process_time() - cpu_begun) * 1000)
    return Took(statistics.median(took), max(took), statistics.median(cpu), min(cpu), found)


async def measure(name: str, database: Database) -> None:
    dialer = a_dialer()
    site = a_dialing_site(dialer)
    for stage, statement in STAGES.items():
        if statement:
            await _do(database, statement.format(false="0" if name == "SQLite" else "false"))
        await _compare(f"{name:11} {stage:44}", database, site, _BARE)


async def measure_by_field(name: str, database: Database) -> None:
    for direction in ("ascending", "descending"):
        site = a_dialing_site(a_dialer(order="field"))
        by = {"order_field": "Debt", "order_direction": direction}
        site = site.replaced("lists", "winter", site.lists["winter"].model_copy(update=by))
        for stage, statement in (("", _BY_FIELD), ("almost none have a value", _ANOTHER_FIELD)):
            await _do(database, statement.format(first=span_of("Debt").first))
            what = f"by a field, {stage or direction}"
            await _compare(f"{name:11} {what:44}", database, site, _BARE_BY_FIELD)


async def _do(database: Database, statement: str) -> None:
    async with database.transaction() as tx:
        done = cast(CursorResult[Any], await tx.execute(text(statement)))
    if database.engine.dialect.name == "postgresql" and done.rowcount > CONTACTS / 5:
        await _vacuum(database)
    await _analyze(database)


async def _vacuum(database: Database) -> None:
    """As a server does of itself after so many changes; that of the tests is told not to."""
    async with database.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("VACUUM list_contacts"))


async def _compare(what: str, database: Database, site: Site, query: str) -> None:
    async def choose() -> int:
        return await _choose(database, site, site.dialers["sales"])

    async def bare() -> int:
        async with database.reading() as tx:
            return len((await tx.execute(text(query))).all())

    ours, plain = await timed(choose), await timed(bare)
    print(
        f"{what} {ours.median:6.1f} ms, worst {ours.worst:6.1f}, CPU {ours.cpu:5.1f}, "
        f"least {ours.least_cpu:5.1f}; "
        f"bare {plain.median:5.1f} ms, CPU {plain.cpu:4.1f}; "
        f"ratio {ours.median / plain.median:4.1f}, {ours.found} begun"
    )


async def _choose(database: Database, site: Site, dialer: Dialer) -> int:
    wish = Wish("local", NOON + dt.timedelta(seconds=1), AT_ONCE)
    return len(await database.write(lambda tx: begin_attempts(tx, site, dialer, wish)))


async def on(name: str, url: str) -> None:
    database = Database(url)
    await migrate(database)
    begun = time.perf_counter()
    await fill(database)
    print(f"{name:11} {CONTACTS} contacts stored in {time.perf_counter() - begun:.0f} s")
    await measure(name, database)
    await measure_by_field(name, database)
    await database.close()


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="choose-") as folder:
        Path(folder).chmod(0o755)
        await on("SQLite", f"sqlite+aiosqlite:///{folder}/bench.db")
        server = PostgresServer(Path(folder, "server"))
        server.start()
        try:
            connection = await asyncpg.connect(host="127.0.0.1", port=server.port, user="postgres", database="postgres")
            await connection.execute("CREATE DATABASE bench")
            await connection.close()
            await on("PostgreSQL", server.url("bench"))
        finally:
            server.stop()


if __name__ == "__main__":
    uvloop.run(main())  # as the daemon does
