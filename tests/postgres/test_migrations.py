"""Every revision takes a database of the older one with data in it, and the newest one is what the code expects."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Column, Connection, MetaData, Table, select
from sqlalchemy.exc import DatabaseError

from appliance.store.db import Database
from appliance.store.migrate import MIGRATIONS, is_current, migrate, schema_revision
from appliance.store.tables import Base

REVISIONS = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
AT = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
VALUES: dict[type, Any] = {int: 1, str: "x", bool: True, float: 1.5, bytes: b"\x00\xff", dt.datetime: AT}
OF_ALEMBIC = "alembic_version"

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
async def empty(empty_url: str) -> AsyncIterator[Database]:
    database = Database(empty_url)
    yield database
    await database.close()


async def on(database: Database, work: Any) -> Any:
    async with database.engine.begin() as connection:
        return await connection.run_sync(work)


def tables(connection: Connection) -> list[Table]:
    """Those that there are now, whatever the code knows; who is referred to comes first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != OF_ALEMBIC]


def fill(connection: Connection) -> None:
    """A row in each table that has none; equal values everywhere, so that references hold."""
    for table in tables(connection):
        if connection.execute(select(table)).first() is None:
            connection.execute(table.insert().values({column.name: value_for(column) for column in table.columns}))


def value_for(column: Column[Any]) -> Any:
    return {"a": [1, None]} if isinstance(column.type, JSON) else VALUES[column.type.python_type]


def rows(connection: Connection) -> Rows:
    return {
        table.name: [dict(row) for row in connection.execute(select(table)).mappings()] for table in tables(connection)
    }


def is_kept(row: dict[str, Any], after: list[dict[str, Any]]) -> bool:
    """Columns may have come or gone; what is in both has the same value."""
    return any(all(row[name] == other[name] for name in row.keys() & other.keys()) for other in after)


async def test_each_revision_keeps_what_is_there(empty: Database) -> None:
    before: Rows = {}
    for revision in REVISIONS:
        await migrate(empty, revision)
        after: Rows = await on(empty, rows)
        lost = [(table, row) for table, found in before.items() for row in found if not is_kept(row, after[table])]
        assert lost == []
        await on(empty, fill)
        before = await on(empty, rows)
        assert all(before.values())
    assert await is_current(empty)


async def test_the_newest_schema_is_what_the_code_expects(empty: Database) -> None:
    await migrate(empty)

    def difference(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    assert await on(empty, difference) == []


async def test_calls_by_hand_of_the_past_are_counted(empty: Database) -> None:
    """Those that rang; dialers' own, callbacks, services of the network and calls that came in are not among them."""
    past = [
        ("by-hand", "987654321", {}, ["outbound"]),
        ("no-such-number", "987654322", {"hangup_cause": 1}, ["outbound"]),
        ("no-trunk", "987654323", {"outcome": "no_trunk"}, ["outbound"]),
        ("a-dialers", "987654324", {}, ["attempt", "outbound"]),
        ("called-back", "987654325", {}, ["callback_turn", "outbound"]),
        ("forwarded", "5550100", {"direction": "inbound"}, ["outbound"]),
        ("the-police", "105", {}, ["outbound"]),
    ]

    def tell(connection: Connection) -> None:
        known = {table.name: table for table in tables(connection)}
        interactions, steps = known["interactions"], known["steps"]
        usual = {column.name: value_for(column) for column in interactions.columns} | {"hangup_cause": 16}
        for guid, did, fields, kinds in past:
            own = {"guid": guid, "did": did, "direction": "outbound", "outcome": "answered"}
            connection.execute(interactions.insert().values(usual | own | fields))
            for position, kind in enumerate(kinds):
                step = {"guid": guid, "position": position, "at": AT, "kind": kind, "detail": "x"}
                connection.execute(steps.insert().values(step))

    await migrate(empty, "0012")
    await on(empty, tell)
    await migrate(empty)
    found = (await on(empty, rows))["hand_calls"]
    assert [(row["guid"], row["number"]) for row in found] == [("by-hand", "987654321")]


async def test_migrating_again_changes_nothing(empty: Database) -> None:
    await migrate(empty)
    await on(empty, fill)
    before = await on(empty, rows)
    await migrate(empty)
    assert await on(empty, rows) == before


async def test_a_migration_that_fails_leaves_everything_as_it_was(empty: Database) -> None:
    """Somebody's table stands where a later revision wants to put its last one."""
    older = "0006"
    await migrate(empty)
    names = set(await on(empty, rows))

    def clear(connection: Connection) -> None:
        metadata = MetaData()
        metadata.reflect(connection)
        metadata.drop_all(connection)

    await on(empty, clear)
    await migrate(empty, older)
    known = set(await on(empty, rows))
    stray = sorted(names - known)[-1]
    await on(empty, lambda connection: connection.exec_driver_sql(f"CREATE TABLE {stray} (x INTEGER)"))
    with pytest.raises(DatabaseError, match=stray):
        await migrate(empty)
    assert await schema_revision(empty) == older
    assert set(await on(empty, rows)) == known | {stray}
