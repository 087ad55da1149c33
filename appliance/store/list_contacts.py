"""Contacts in lists: added by thousands at a time, and looked for first where a list wants nobody twice."""

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from operator import attrgetter, itemgetter
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


def identity(by: str) -> Callable[[Candidate], str]:
    """By what it is known that there is one already; empty: it is new in any case."""
    return _IDENTITIES.get(by, lambda _candidate: "")


_IDENTITIES: dict[str, Callable[[Candidate], str]] = {
    "number": lambda candidate: candidate.numbers[0][1],
    "key": attrgetter("own_key"),
}


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
    # What an index has in another order than the file's is handed over in that order: neighbours go in together.
    numbers = sorted(
        [(n, position, *each) for n, c in pairs for position, each in enumerate(c.numbers)], key=_BY_NUMBER
    )
    members = sorted([(n, c.own_key, c.priority, c.owner, c.zone) for n, c in pairs], key=_BY_PRIORITY)
    if connection.dialect.name == "postgresql":
        cards = [(n, c.name, c.company, c.email, c.notes, _dump(c.fields), when, by, when, 1) for n, c in pairs]
        await _copy(connection, "contacts", _CARD, cards)
        await _copy(connection, "contact_numbers", _NUMBER, numbers)
        await _copy(connection, "list_contacts", _MEMBER, [(key, *each, *_FRESH, when) for each in members])
    else:
        texts = [(n, c.name, c.company, c.email, c.notes, c.fields) for n, c in pairs]
        await _insert(connection, _INSERT_CARDS, (when, by, when), texts)
        await _insert(connection, _INSERT_NUMBERS, (), numbers)
        await _insert(connection, _INSERT_MEMBERS, (key, *_FRESH, when), members)
    return ids


_CARD = (
    "contact_id", "name", "company", "email", "notes", "fields", "created_at", "created_by", "changed_at", "version",
)  # fmt: skip
_NUMBER = ("contact_id", "position", "kind", "number")
_MEMBER = (
    "list", "contact_id", "own_key", "priority", "owner", "zone", "state", "tries", "position", "bad_positions",
    "next_at", "held_by", "reserved_by", "result", "disposition", "last_at", "added_at",
)  # fmt: skip
_BY_NUMBER, _BY_PRIORITY = itemgetter(3), itemgetter(2)
_FRESH = ("fresh", 0, 0, "", None, "", "", "", "", None)  # from the state on


def _from_rows(table: str, columns: Sequence[str], values: str) -> str:
    """Of rows in one parameter, for which SQLite's thread needs Python once and not for each row."""
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM json_each(?)"  # noqa: S608 - names from above


def _cells(count: int) -> str:
    return ", ".join(f"value ->> {at}" for at in range(count))


_INSERT_CARDS = _from_rows("contacts", _CARD, f"{_cells(6)}, ?, ?, ?, 1")
_INSERT_NUMBERS = _from_rows("contact_numbers", _NUMBER, _cells(4))
_INSERT_MEMBERS = _from_rows("list_contacts", _MEMBER, f"?, {_cells(5)}, {', '.join('?' * len(_FRESH))}, ?")


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


def _dump(fields: dict[str, str]) -> str:
    return json.dumps(fields) if fields else "{}"


async def _copy(connection: AsyncConnection, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.copy_records_to_table(table, records=rows, columns=columns)


async def _insert(connection: AsyncConnection, statement: str, common: tuple[Any, ...], rows: Sequence[Any]) -> None:
    await connection.exec_driver_sql(statement, (*common, json.dumps(rows, ensure_ascii=False)))
