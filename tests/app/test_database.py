"""Who is stopped in the midst of a transaction, wherever that is, keeps no lock and leaves no connection behind."""

import asyncio
import os
import sqlite3
from collections.abc import Coroutine, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from appliance.store.db import Database
from tests.waiting import eventually

MOST_WAITS = 60


class Stopped:
    """`work`, cancelled when it waits for the nth time."""

    def __init__(self, work: Coroutine[Any, Any, None], nth: int) -> None:
        self._work = work
        self._nth = nth

    def __await__(self) -> Generator[Any, Any, None]:
        waits, go = 0, self._work.__await__()
        going, told = go.send, None
        while True:
            try:
                awaited = going(told)  # type: ignore[arg-type]
            except StopIteration:
                return
            waits += 1
            if waits == self._nth:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                told = yield awaited
                going = go.send
            except BaseException as error:
                going, told = go.throw, error  # type: ignore[assignment]


async def write(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("SELECT 1"))
        await tx.execute(text("INSERT INTO words VALUES ('one')"))
        await tx.execute(text("SELECT 2"))


async def stopped(database: Database, nth: int) -> None:
    await Stopped(write(database), nth)


def words(path: Path) -> int:
    """How many there are, for somebody who writes at once."""
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        return int(other.execute("SELECT count(*) FROM words").fetchone()[0])
    finally:
        other.close()


async def test_who_is_stopped_while_writing_locks_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / "words.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    async with database.transaction() as tx:
        await tx.execute(text("CREATE TABLE words (word TEXT)"))
    kept = []  # as long as the traceback of a cancelled task lives, so does what it was reading
    for nth in range(1, MOST_WAITS):
        task = asyncio.create_task(stopped(database, nth))
        await asyncio.wait({task})
        kept.append(task)
        written = words(path)
        if not task.cancelled():
            break
    assert 5 < nth < MOST_WAITS - 1
    assert written
    with pytest.raises(asyncio.CancelledError):
        kept[0].result()
    await database.close()


async def test_a_database_is_closed_after_who_was_told_to_stop(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'words.db'}")
    pool, inside = database.engine.pool, asyncio.Event()

    async def read() -> None:
        async with database.reading() as tx:
            await tx.execute(text("SELECT 1"))
            inside.set()
            await asyncio.Event().wait()

    reader = asyncio.create_task(read())
    await inside.wait()
    reader.cancel()
    await database.close()
    assert pool.checkedout() == 0  # type: ignore[attr-defined]
    with pytest.raises(asyncio.CancelledError):
        await reader


async def test_the_mark_changes_with_a_commit_of_anybody_and_with_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "words.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    assert database.mark() != database.mark()  # there is nothing that could tell
    async with database.transaction() as tx:
        await tx.execute(text("CREATE TABLE words (word TEXT)"))
    made = database.mark()
    async with database.reading() as tx:
        await tx.execute(text("SELECT 1 FROM words"))
    assert database.mark() == made
    await write(database)
    own = database.mark()
    assert own != made
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("INSERT INTO words VALUES ('two')")
    assert database.mark() not in (made, own)
    await database.close()


async def test_who_leaves_after_the_closing_leaves_no_connection(tmp_path: Path) -> None:
    path, inside, leaves = tmp_path / "late.db", asyncio.Event(), asyncio.Event()
    database = Database(f"sqlite+aiosqlite:///{path}")

    async def stay() -> None:
        async with database.transaction() as tx:
            await tx.execute(text("SELECT 1"))
            inside.set()
            await leaves.wait()

    staying = asyncio.ensure_future(stay())
    await inside.wait()
    await database.close(leaving_s=0)
    assert str(path) in open_files()
    leaves.set()
    await staying
    await eventually(lambda: str(path) not in open_files())


def open_files() -> set[str]:
    return {os.readlink(file) for file in Path("/proc/self/fd").iterdir() if file.is_symlink()}
