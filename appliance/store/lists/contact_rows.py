"""Contacts that come in by thousands, past the ORM: laid out as rows first, while others may write, then stored."""

import datetime as dt
import json
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from appliance.core.lists.rows import Candidate
from appliance.core.lists.sort_keys import sort_key
from appliance.store.lists.field_order import order_field_of
from appliance.store.tables.columns import UtcDateTime
from appliance.store.tables.contacts import ContactRow

_CARD = (
    "contact_id", "name", "company", "email", "notes", "fields", "created_at", "created_by", "changed_at", "version",
)  # fmt: skip
_NUMBER = ("contact_id", "position", "kind", "number")
_MEMBER = (
    "list", "contact_id", "own_key", "priority", "owner", "zone", "sort_key", "state", "tries", "position",
    "bad_positions", "next_at", "held_by", "reserved_by", "result", "disposition", "last_at", "added_at",
)  # fmt: skip
_FRESH = ("fresh", 0, 0, "", None, "", "", "", "", None)  # from the state on


class Rows(NamedTuple):
    """`ids` are the contacts' own at PostgreSQL; at SQLite they count from the first that is free when they are stored.

    The rows of a table are a list at PostgreSQL, one text at SQLite.
    """

    ids: Sequence[int]
    cards: Any
    numbers: Any
    members: Any


async def lay_out(tx: AsyncSession, key: str, candidates: Sequence[Candidate]) -> Rows:
    """Numbers and members in the order of their indexes, not of the file: neighbours go in together."""
    is_postgres = tx.get_bind().dialect.name == "postgresql"
    ids = await _reserved(tx, len(candidates)) if is_postgres else range(len(candidates))
    pairs = list(zip(ids, candidates, strict=True))
    cards = [(n, c.name, c.company, c.email, c.notes, _fields(c) if is_postgres else c.fields) for n, c in pairs]
    numbers = [(n, position, *each) for n, c in pairs for position, each in enumerate(c.numbers)]
    field = await order_field_of(tx, key)
    by = [sort_key(field, c.fields.get(field)) if field else None for c in candidates]
    members = [(n, c.own_key, c.priority, c.owner, c.zone, each) for (n, c), each in zip(pairs, by, strict=True)]
    numbers.sort(key=itemgetter(3))
    members.sort(key=itemgetter(2))
    if is_postgres:
        return Rows(ids, cards, numbers, members)
    return Rows(ids, *(json.dumps(each, ensure_ascii=False) for each in (cards, numbers, members)))


def _fields(candidate: Candidate) -> str:
    return json.dumps(candidate.fields) if candidate.fields else "{}"


async def _reserved(tx: AsyncSession, count: int) -> list[int]:
    sequence = func.pg_get_serial_sequence("contacts", "contact_id")
    query = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
    return list((await tx.execute(query)).scalars())


async def insert_rows(tx: AsyncSession, key: str, rows: Rows, *, at: dt.datetime, by: str) -> list[int]:
    """The contacts' identities, in order."""
    connection = await tx.connection()
    if connection.dialect.name == "postgresql":
        await _copy(connection, "contacts", _CARD, [(*each, at, by, at, 1) for each in rows.cards])
        await _copy(connection, "contact_numbers", _NUMBER, rows.numbers)
        await _copy(connection, "list_contacts", _MEMBER, [(key, *each, *_FRESH, at) for each in rows.members])
        return list(rows.ids)
    # Nobody else writes to SQLite in the meantime.
    first = ((await tx.execute(select(func.max(ContactRow.contact_id)))).scalar_one() or 0) + 1
    when = _instant(connection, at)
    await connection.exec_driver_sql(_INSERT_CARDS, (first, when, by, when, rows.cards))
    await connection.exec_driver_sql(_INSERT_NUMBERS, (first, rows.numbers))
    await connection.exec_driver_sql(_INSERT_MEMBERS, (key, first, *_FRESH, when, rows.members))
    return [first + each for each in rows.ids]


async def _copy(connection: AsyncConnection, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.copy_records_to_table(table, records=rows, columns=columns)


def _instant(connection: AsyncConnection, at: dt.datetime) -> Any:
    """As the column's type would write it."""
    write = UtcDateTime().dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return write(at) if write is not None else at


def _from_rows(table: str, columns: Sequence[str], values: str) -> str:
    """Of rows in one parameter, for which SQLite's thread needs Python once and not for each row."""
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM json_each(?)"  # noqa: S608 - names from above


def _cells(count: int) -> str:
    """The first is a contact, counted from one that is told."""
    return "value ->> 0 + ?, " + ", ".join(f"value ->> {at}" for at in range(1, count))


_INSERT_CARDS = _from_rows("contacts", _CARD, f"{_cells(6)}, ?, ?, ?, 1")
_INSERT_NUMBERS = _from_rows("contact_numbers", _NUMBER, _cells(4))
_INSERT_MEMBERS = _from_rows("list_contacts", _MEMBER, f"?, {_cells(6)}, {', '.join('?' * len(_FRESH))}, ?")
