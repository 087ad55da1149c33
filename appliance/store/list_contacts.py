"""Contacts in lists: added by thousands at a time, and looked for first where a list wants nobody twice."""

import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from appliance.core.lists.rows import Candidate
from appliance.store.among import among
from appliance.store.tables.columns import UtcDateTime
from appliance.store.tables.contacts import ContactNumberRow, ContactRow
from appliance.store.tables.dialing import ListContactRow

_LOCK = 0x6C69737473  # of PostgreSQL: whoever adds contacts waits for the one before


class Scope(NamedTuple):
    """Where doubles are looked for: `lists` is None for all of them; `since` leaves out what was added before."""

    by: str  # number, key or none
    lists: frozenset[str] | None
    since: dt.datetime | None


async def lock_lists(tx: AsyncSession) -> None:
    """Two who add at once would each find that the other's contacts are not there yet."""
    if tx.get_bind().dialect.name == "postgresql":
        await tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def identity(candidate: Candidate, by: str) -> str:
    """By what it is known that there is one already; empty: it is new in any case."""
    return {"number": candidate.numbers[0][1], "key": candidate.own_key}.get(by, "")


async def known(tx: AsyncSession, scope: Scope, wanted: Collection[str]) -> set[str]:
    """Those of `wanted` that a contact within the scope has already."""
    if not wanted:
        return set()
    if scope.by == "key":
        query = select(ListContactRow.own_key).where(among(tx, ListContactRow.own_key, wanted), *_within(scope))
        return set((await tx.execute(query.where(ListContactRow.own_key != ""))).scalars())
    card, number = ContactNumberRow.contact_id, ContactNumberRow.number
    found = [*await tx.execute(select(card, number).where(among(tx, number, wanted)))]
    if not found or (scope.lists is None and scope.since is None):
        return {number for _card, number in found}
    # Not joined: without figures about its tables SQLite would go through the whole list each time.
    cards = ListContactRow.contact_id.in_({card for card, _number in found})
    within = set((await tx.execute(select(ListContactRow.contact_id).where(cards, *_within(scope)))).scalars())
    return {number for card, number in found if card in within}


def _within(scope: Scope) -> Iterable[ColumnElement[bool]]:
    if scope.lists is not None:
        yield ListContactRow.list.in_(scope.lists)
    if scope.since is not None:
        yield ListContactRow.added_at >= scope.since


async def keys_in(tx: AsyncSession, key: str, wanted: Collection[str]) -> dict[str, int]:
    """Contacts of a list by keys of their own."""
    if not wanted:
        return {}
    query = select(ListContactRow.own_key, ListContactRow.contact_id).where(ListContactRow.list == key)
    query = query.where(among(tx, ListContactRow.own_key, wanted), ListContactRow.own_key != "")
    return {own: contact_id for own, contact_id in await tx.execute(query)}


async def insert_candidates(
    tx: AsyncSession, key: str, candidates: Sequence[Candidate], *, at: dt.datetime, by: str
) -> list[int]:
    """Their identities, in order. Rows go past the ORM: a million of them take minutes through it."""
    if not candidates:
        return []
    connection = await tx.connection()
    ids, when = await _ids(tx, len(candidates)), _instant(connection, at)
    pairs = list(zip(ids, candidates, strict=True))
    cards = [
        (number, c.name, c.company, c.email, c.notes, json.dumps(c.fields) if c.fields else "{}", when, by, when, 1)
        for number, c in pairs
    ]
    numbers = [(n, position, *each) for n, c in pairs for position, each in enumerate(c.numbers)]
    members = [
        (key, number, c.own_key, c.priority, c.owner, c.zone, "fresh", 0, 0, "", None, "", "", "", "", None, when)
        for number, c in pairs
    ]
    await _insert(connection, "contacts", _CARD, cards)
    await _insert(connection, "contact_numbers", _NUMBER, numbers)
    await _insert(connection, "list_contacts", _MEMBER, members)
    return ids


_CARD = (
    "contact_id", "name", "company", "email", "notes", "fields", "created_at", "created_by", "changed_at", "version",
)  # fmt: skip
_NUMBER = ("contact_id", "position", "kind", "number")
_MEMBER = (
    "list", "contact_id", "own_key", "priority", "owner", "zone", "state", "tries", "position", "bad_positions",
    "next_at", "held_by", "reserved_by", "result", "disposition", "last_at", "added_at",
)  # fmt: skip


async def _ids(tx: AsyncSession, count: int) -> list[int]:
    if tx.get_bind().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence("contacts", "contact_id")
        query = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
        return list((await tx.execute(query)).scalars())
    last = (await tx.execute(select(func.max(ContactRow.contact_id)))).scalar_one() or 0
    return list(range(last + 1, last + count + 1))  # nobody else writes to SQLite in the meantime


def _instant(connection: AsyncConnection, at: dt.datetime) -> Any:
    """As the column's type would write it."""
    write = UtcDateTime().dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return write(at) if write is not None else at


async def _insert(connection: AsyncConnection, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    if connection.dialect.name == "postgresql":
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.copy_records_to_table(table, records=rows, columns=columns)
        return
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names from above
    await connection.exec_driver_sql(statement, rows)
