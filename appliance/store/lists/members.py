"""The contacts of a list as people look at them: counted by state, page by page, and all of them for a file."""

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CursorResult, Select, and_, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from appliance.store.tables.contacts import ContactNumberRow, ContactRow
from appliance.store.tables.dialing import AttemptRow, ListContactRow
from appliance.store.tables.entities import ENTITY_TABLES
from appliance.store.tables.work import WorkRow

SORTS: dict[str, Any] = {
    "added": ListContactRow.contact_id,
    "name": func.lower(ContactRow.name),
    "priority": ListContactRow.priority,
    "tries": ListContactRow.tries,
    "last": ListContactRow.last_at,
    "next": ListContactRow.next_at,
}
_MAY_BE_NULL = frozenset({"last", "next"})
_DELETED_AT_ONCE = 500
_WHOLE_NUMBER = re.compile(r"\+?[0-9]{10,}")
_NEWEST, _MOST_LISTS = 100, 10  # contacts of a list, and lists, whose fields are looked at
_LISTS = ENTITY_TABLES["lists"].c


class Member(NamedTuple):
    contact_id: int
    own_key: str
    name: str
    company: str
    number: str  # the first
    priority: int
    owner: str
    zone: str
    state: str
    tries: int
    result: str
    disposition: str
    last_at: dt.datetime | None
    next_at: dt.datetime | None
    added_at: dt.datetime
    fields: dict[str, Any]


@dataclass(frozen=True)
class MemberFilter:
    """`search` is any part of a name or number, or the beginning of a key; a number that is whole, that one alone."""

    list: str
    search: str = ""
    state: str = ""
    result: str = ""
    sort: str = "added"
    descending: bool = False
    page: int = 1
    size: int = 50


_CARD_COLUMNS = ("name", "company", "fields")


def _columns() -> list[Any]:
    first = and_(ContactNumberRow.contact_id == ListContactRow.contact_id, ContactNumberRow.position == 0)
    number = select(ContactNumberRow.number).where(first).scalar_subquery()
    known = {"number": func.coalesce(number, "")} | {name: getattr(ContactRow, name) for name in _CARD_COLUMNS}
    return [known[name] if name in known else getattr(ListContactRow, name) for name in Member._fields]


async def load_places(tx: AsyncSession, contact_id: int, lists: Collection[str]) -> list[ListContactRow]:
    """Where a contact stands in those of the lists that it is in."""
    query = select(ListContactRow).where(ListContactRow.contact_id == contact_id).order_by(ListContactRow.list)
    return [row for row in (await tx.execute(query)).scalars() if row.list in lists]


async def count_states(tx: AsyncSession, key: str) -> dict[str, int]:
    query = select(ListContactRow.state, func.count()).where(ListContactRow.list == key).group_by(ListContactRow.state)
    return {state: count for state, count in await tx.execute(query)}


async def lists_with_contacts(tx: AsyncSession) -> set[str]:
    """One step of the index for each; to group millions of rows by their list would take seconds."""
    found, last = set[str](), ""
    query = select(func.min(ListContactRow.list))
    while (key := (await tx.execute(query.where(ListContactRow.list > last))).scalar_one()) is not None:
        found.add(key)
        last = key
    return found


async def count_lists(tx: AsyncSession, keys: Collection[str]) -> dict[str, int]:
    query = select(ListContactRow.list, func.count()).where(ListContactRow.list.in_(keys))
    return {key: count for key, count in await tx.execute(query.group_by(ListContactRow.list))}


async def newest_fields(tx: AsyncSession, keys: Collection[str]) -> set[str]:
    """Names of fields that the newest contacts of these lists have; of many lists, those that got some last."""
    found = set[str]()
    for key in await _latest_lists(tx, keys):
        newest = select(ListContactRow.contact_id).where(ListContactRow.list == key)
        some = newest.order_by(ListContactRow.contact_id.desc()).limit(_NEWEST)
        for fields in (await tx.execute(select(ContactRow.fields).where(ContactRow.contact_id.in_(some)))).scalars():
            found |= fields.keys()
    return found


async def _latest_lists(tx: AsyncSession, keys: Collection[str]) -> list[str]:
    """One step of the index for each."""
    newest = select(func.max(ListContactRow.contact_id)).where(ListContactRow.list == _LISTS.key).scalar_subquery()
    latest = select(_LISTS.key, newest.label("newest")).where(_LISTS.key.in_(keys)).subquery()
    query = select(latest.c.key).where(latest.c.newest.is_not(None)).order_by(latest.c.newest.desc())
    return list((await tx.execute(query.limit(_MOST_LISTS))).scalars())


async def load_members(tx: AsyncSession, wanted: MemberFilter) -> tuple[list[Member], int]:
    """A page, and how many there are in all."""
    ids, found = await _page(tx, wanted)
    theirs = _asked(select(*_columns()), MemberFilter(wanted.list)).where(ListContactRow.contact_id.in_(ids))
    by_id = {row.contact_id: Member(*row) for row in await tx.execute(theirs)}
    return [by_id[contact_id] for contact_id in ids if contact_id in by_id], found  # others may just have gone


async def _page(tx: AsyncSession, wanted: MemberFilter) -> tuple[list[int], int]:
    """Of a million rows nothing is read but what they are sorted and searched by, and they are read once."""
    if _WHOLE_NUMBER.fullmatch(wanted.search):
        bare = wanted.search.removeprefix("+")
        theirs = select(ContactNumberRow.contact_id).where(ContactNumberRow.number.in_((bare, f"+{bare}")))
        ids, found = await _hits(tx, wanted, ListContactRow.contact_id.in_(theirs))
        if found:
            return ids, found
    if wanted.search:
        return await _hits(tx, wanted, _found(wanted.search))
    every = _of_list(select(func.count()).select_from(ListContactRow), wanted)
    found = (await tx.execute(every)).scalar_one()
    return list((await tx.execute(_in_order(select(ListContactRow.contact_id), wanted))).scalars()), found


async def _hits(tx: AsyncSession, wanted: MemberFilter, condition: ColumnElement[bool]) -> tuple[list[int], int]:
    """Counted while they are looked for."""
    counted: Any = select(ListContactRow.contact_id, func.count().over().label("found"))
    rows = (await tx.execute(_in_order(counted, wanted, condition))).all()
    if not rows and wanted.page > 1:
        return [], (await _hits(tx, replace(wanted, page=1, size=1), condition))[1]
    return [row.contact_id for row in rows], rows[0].found if rows else 0


def _in_order(query: Select[Any], wanted: MemberFilter, condition: ColumnElement[bool] | None = None) -> Select[Any]:
    by = SORTS.get(wanted.sort, SORTS["added"])
    order = by.desc() if wanted.descending else by.asc()
    if wanted.sort in _MAY_BE_NULL:  # said of others too, it would keep PostgreSQL from reading an index backwards
        order = order.nulls_last()
    query = _of_list(query.select_from(ListContactRow), wanted)
    if condition is not None or wanted.sort == "name":
        query = query.join(ContactRow, ContactRow.contact_id == ListContactRow.contact_id)
    if condition is not None:
        query = query.where(condition)
    query = query.order_by(order, ListContactRow.contact_id)
    return query.offset((wanted.page - 1) * wanted.size).limit(wanted.size)


async def load_batch(tx: AsyncSession, wanted: MemberFilter, *, after: Member | None, size: int) -> list[Member]:
    """In the order in which they were added, whatever the page's is: a file of a million rows is read once."""
    query = _asked(select(*_columns()), wanted).order_by(ListContactRow.contact_id).limit(size)
    if after is not None:
        query = query.where(ListContactRow.contact_id > after.contact_id)
    return [Member(*row) for row in await tx.execute(query)]


def _asked(query: Select[Any], wanted: MemberFilter) -> Select[Any]:
    query = query.select_from(ListContactRow).join(ContactRow, ContactRow.contact_id == ListContactRow.contact_id)
    query = _of_list(query, wanted)
    return query.where(_found(wanted.search)) if wanted.search else query


def _of_list(query: Select[Any], wanted: MemberFilter) -> Select[Any]:
    query = query.where(ListContactRow.list == wanted.list)
    if wanted.state:
        query = query.where(ListContactRow.state == wanted.state)
    return query.where(ListContactRow.result == wanted.result) if wanted.result else query


def _found(search: str) -> ColumnElement[bool]:
    numbers = select(ContactNumberRow.contact_id).where(ContactNumberRow.number.contains(search, autoescape=True))
    return or_(
        ContactRow.name.icontains(search, autoescape=True),
        ListContactRow.own_key.startswith(search, autoescape=True),
        ListContactRow.contact_id.in_(numbers),
    )


async def delete_some(tx: AsyncSession, key: str) -> int:
    """How many left the list; a card goes too where nothing else knows of it."""
    query = select(ListContactRow.contact_id).where(ListContactRow.list == key).limit(_DELETED_AT_ONCE)
    ids = list((await tx.execute(query)).scalars())
    if not ids:
        return 0
    is_theirs = ListContactRow.contact_id.in_(ids)
    done = await tx.execute(delete(ListContactRow).where(ListContactRow.list == key, is_theirs))
    others = aliased(ListContactRow)
    known = [
        exists().where(others.contact_id == ContactRow.contact_id),
        exists().where(AttemptRow.contact_id == ContactRow.contact_id),
        exists().where(WorkRow.contact_id == ContactRow.contact_id),
    ]
    is_lonely = and_(ContactRow.contact_id.in_(ids), ContactRow.version == 1, ~or_(*known))
    await tx.execute(
        delete(ContactNumberRow).where(ContactNumberRow.contact_id.in_(select(ContactRow.contact_id).where(is_lonely)))
    )
    await tx.execute(delete(ContactRow).where(is_lonely))
    return done.rowcount if isinstance(done, CursorResult) else 0
