"""Work that takes its whole transaction to SQLite in one visit, and which jobs its commit wakes."""

import asyncio
import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.configuration import load_status
from appliance.store.db import Database
from appliance.store.migrate import migrate
from appliance.store.tables.configuration import ConfigState
from appliance.store.work import Work, insert_work, load_work_of, update_work

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WORK = Work("g-1", "ana", "", "sales", "5550100", None, "", "", "", "", {}, False, AT, None, None, 1)


async def raise_wanted(tx: AsyncSession) -> None:
    await tx.execute(update(ConfigState).values(wanted=ConfigState.wanted + 1))


async def wanted(tx: AsyncSession) -> int:
    return (await load_status(tx, "local")).wanted


async def test_work_is_stored_whole_or_not_at_all(database: Database) -> None:
    async def half(tx: AsyncSession) -> None:
        await raise_wanted(tx)
        raise ValueError("in the midst of it")

    before = await database.read(wanted)
    with pytest.raises(ValueError, match="in the midst of it"):
        await database.write(half)
    assert await database.read(wanted) == before
    await database.write(raise_wanted)
    assert await database.read(wanted) == before + 1


async def test_work_of_agents_is_opened_once_and_changed_by_compare_and_set(database: Database) -> None:
    assert await database.write(lambda tx: insert_work(tx, WORK))
    assert not await database.write(lambda tx: insert_work(tx, WORK))
    assert await database.write(lambda tx: update_work(tx, WORK, ended_at=AT))
    assert not await database.write(lambda tx: update_work(tx, WORK, notes="late"))
    assert await database.read(lambda tx: load_work_of(tx, ["g-1"])) == [WORK._replace(ended_at=AT, version=2)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_work_waits_for_the_database_alone(database: Database) -> None:
    async def dawdle(_tx: AsyncSession) -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="alone"):
        await database.write(dawdle)
    await database.write(raise_wanted)  # and nobody is locked out


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    path = tmp_path / "house.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    await migrate(database)
    await database.close()
    return path


async def test_what_comes_with_each_call_wakes_those_alone_who_ask_for_it(file: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{file}")
    await database.write(raise_wanted)
    any_job, of_work, of_steps = database.mark(), database.mark("work"), database.mark("steps")
    await database.write(lambda tx: insert_work(tx, WORK))
    assert database.mark() == any_job
    assert database.mark("steps") == of_steps
    assert database.mark("work") != of_work
    await database.close()


async def test_everything_else_wakes_every_job_whoever_commits_it(file: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{file}")

    async def by_words(tx: AsyncSession) -> None:
        await tx.execute(text("UPDATE work SET notes = 'x'"))

    async def by_page() -> None:
        async with database.transaction() as tx:
            await raise_wanted(tx)

    async def by_another_process() -> None:
        with closing(sqlite3.connect(file)) as other, other:
            other.execute("UPDATE config_state SET wanted = wanted + 1")

    for commit in (lambda: database.write(raise_wanted), lambda: database.write(by_words), by_page, by_another_process):
        for own in (True, False):  # what the jobs have just stored themselves hides nobody else's commit
            if own:
                await database.write(lambda tx: update_work(tx, WORK))
            before = database.mark()
            await commit()
            after = database.mark()
            assert after != before
            assert database.mark() == after
    await database.close()


async def test_a_commit_of_others_is_seen_after_those_of_jobs(file: Path) -> None:
    """Also where nobody has asked between the two."""
    database = Database(f"sqlite+aiosqlite:///{file}")
    await database.write(raise_wanted)
    before = database.mark()
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE config_state SET wanted = wanted + 1")
    await database.write(lambda tx: insert_work(tx, WORK))
    assert database.mark() != before
    await database.close()


async def test_readings_do_not_wait_for_a_writer(file: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{file}")
    async with database.transaction() as tx:
        await raise_wanted(tx)
        writing = asyncio.create_task(database.write(raise_wanted))
        before = await database.read(wanted)
        found = (await tx.execute(select(ConfigState.wanted))).scalar_one()
    await writing
    assert (found, await database.read(wanted)) == (before + 1, before + 2)
    await database.close()
