"""The next contacts of a list by an index, in the order that is wished, without reading who cannot be called anyway."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, case, func, literal_column, select, text, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.among import among, among_named, packed
from appliance.store.tables.columns import table_of
from appliance.store.tables.dialing import ListContactRow

FRESH, DUE, RETRY = "fresh", "due", "retry"
# Written out, not bound: the databases use an index of some rows only where the statement itself says which.
_LITERAL: dict[str, ColumnElement[str]] = {state: literal_column(f"'{state}'") for state in (FRESH, DUE, RETRY)}
_CHOOSING = 0x6469616C  # any number that no other lock has
_AT_ONCE = 200  # lanes in one statement
_TABLE = table_of(ListContactRow)
ROW = _TABLE.c


class Lane(NamedTuple):
    """Contacts that stand in one index one behind the other. All of them may be called, or none."""

    list: str
    state: str
    owner: str
    zone: str
    is_own: bool = True  # to be called one at a time, for its owner


class Candidate(NamedTuple):
    list: str
    contact_id: int
    state: str
    owner: str
    zone: str
    priority: int
    tries: int
    position: int
    bad_positions: str
    last_at: dt.datetime | None
    added_at: dt.datetime
    sort_key: str | None


_COLUMNS = [ROW[name] for name in Candidate._fields]


async def choose_alone(tx: AsyncSession) -> None:
    """Until the end of the transaction. Else PostgreSQL would not show the call that another node begins, and perhaps
    ends, after this one has looked how often somebody was called. SQLite has one writer anyway."""
    if tx.get_bind().dialect.name == "postgresql":
        await tx.execute(select(func.pg_advisory_xact_lock(_CHOOSING)))


async def wake_contacts(tx: AsyncSession, lists: Collection[str], at: dt.datetime, most: int) -> None:
    """Those whose time has come stand in line again, in their order."""
    link = await tx.connection()
    for key in lists:
        waiting = select(ROW.contact_id).where(ROW.list == key, ROW.state == _LITERAL[RETRY], ROW.next_at <= at)
        some = waiting.order_by(ROW.next_at).limit(most).with_for_update(skip_locked=True)
        found = list((await link.execute(some)).scalars())
        if found:
            state = case((ROW.tries == 0, FRESH), else_=DUE)
            rows = update(_TABLE).where(ROW.list == key, among(tx, ROW.contact_id, found))
            await link.execute(rows.values(state=state, held_by="", next_at=None))


_ZONE = "SELECT c.zone FROM list_contacts c WHERE c.list = {0}.list AND c.state = {0}.state AND c.owner = {0}.owner"
_LANES = """
WITH RECURSIVE begun(list, state, owner) AS (VALUES {begun}),
lane(list, state, owner, zone) AS (
  SELECT list, state, owner, ({first} ORDER BY c.zone LIMIT 1) FROM begun
  UNION ALL
  SELECT list, state, owner, ({other} AND c.zone > lane.zone ORDER BY c.zone LIMIT 1) FROM lane WHERE zone IS NOT NULL
) SELECT list, state, owner, zone FROM lane WHERE zone IS NOT NULL"""


async def load_lanes(tx: AsyncSession, lists: Iterable[str], owners: Sequence[str]) -> list[Lane]:
    """By one look into the index for each time zone there is, however long the lists are."""
    begun = [(key, state, owner) for key in lists for state in (FRESH, DUE) for owner in owners]
    values = {f"{name}{n}": value for n, row in enumerate(begun) for name, value in zip("lso", row, strict=True)}
    places = ", ".join(f"(CAST(:l{n} AS VARCHAR(40)), :s{n}, :o{n})" for n in range(len(begun)))
    query = _LANES.format(begun=places, first=_ZONE.format("begun"), other=_ZONE.format("lane"))
    return [Lane(*row) for row in await tx.execute(text(query), values)] if begun else []


_OWNERS = """
WITH RECURSIVE own(list, state, owner) AS (
  VALUES {begun}
  UNION ALL
  SELECT list, state, (SELECT c.owner FROM list_contacts c WHERE c.list = own.list AND c.state = own.state
    AND c.owner > own.owner ORDER BY c.owner LIMIT 1) FROM own WHERE owner IS NOT NULL
) SELECT DISTINCT owner FROM own WHERE owner IS NOT NULL"""


async def load_owners(tx: AsyncSession, lists: Iterable[str]) -> list[str]:
    """Nobody, and all to whom contacts who may be waiting belong; found as lanes are."""
    values = {f"l{n}": key for n, key in enumerate(lists)}
    begun = ", ".join(f"(CAST(:{name} AS VARCHAR(40)), '{state}', '')" for name in values for state in (FRESH, DUE))
    return list((await tx.execute(text(_OWNERS.format(begun=begun)), values)).scalars()) if values else []


async def load_zones(tx: AsyncSession, lists: Collection[str]) -> set[tuple[str, str]]:
    """Lists with the time zones that contacts of theirs have who may be waiting; found as lanes are."""
    lanes = await load_lanes(tx, lists, await load_owners(tx, lists))
    return {(each.list, each.zone) for each in lanes}


async def load_candidates(tx: AsyncSession, lanes: Sequence[Lane], order: str, most: int) -> list[Candidate]:
    """The first ones of all these lanes, in the dialer's order."""
    found = await read_heads(tx, [_head(lane, order, most) for lane in lanes])
    return sorted(found, key=lambda each: _rank(each, order))[:most]


async def read_heads(tx: AsyncSession, heads: Sequence[Select[Any]]) -> list[Candidate]:
    """Of each lane, in no order."""
    found = list[Candidate]()
    for start in range(0, len(heads), _AT_ONCE):
        some = heads[start : start + _AT_ONCE]
        # In subqueries: only so may each part of a union have an order and a limit of its own.
        query = union_all(*(select(*head.subquery().c) for head in some)) if len(some) > 1 else some[0]
        found += [Candidate(*row) for row in await (await tx.connection()).execute(query)]
    return found


def of_lane(lane: Lane) -> Select[Any]:
    whose = ROW.owner if lane.is_own else literal_column("''").label("owner")
    return select(*(whose if each is ROW.owner else each for each in _COLUMNS)).where(
        ROW.list == lane.list, ROW.state == _LITERAL[lane.state], ROW.owner == lane.owner, ROW.zone == lane.zone
    )


def _head(lane: Lane, order: str, most: int) -> Select[Any]:
    query = of_lane(lane)
    if (lane.state, order) == (FRESH, "newest_first"):
        query = query.order_by(ROW.added_at.desc())
    elif (lane.state, order) == (DUE, "oldest_attempt"):
        query = query.order_by(ROW.last_at)
    else:
        query = query.order_by(ROW.priority, ROW.contact_id)
    return query.limit(1 if lane.owner and lane.is_own else most)


def _rank(each: Candidate, order: str) -> tuple[Any, ...]:
    """Who belongs to an agent who is free comes first: nobody else can call them."""
    is_due, by_priority = each.state == DUE, (each.priority, each.contact_id)
    if order == "priority":
        return (not each.owner, *by_priority)
    if order == "oldest_attempt" and is_due and each.last_at:
        return (not each.owner, is_due, each.last_at.timestamp(), *by_priority)
    newest = -each.added_at.timestamp() if order == "newest_first" and not is_due else 0.0
    return (not each.owner, is_due, newest, *by_priority)


async def lock_contacts(tx: AsyncSession, key: str, contact_ids: Collection[int]) -> set[int]:
    """Of these contacts of a list, those that nobody else takes at this moment, and that may still be taken."""
    if not contact_ids or tx.get_bind().dialect.name == "sqlite":
        return set(contact_ids)  # whoever writes to SQLite is alone: they are as they were read
    free = ROW.list == key, among(tx, ROW.contact_id, contact_ids), ROW.state.in_((FRESH, DUE))
    query = select(ROW.contact_id).where(*free).with_for_update(skip_locked=True)
    return set((await (await tx.connection()).execute(query)).scalars())


async def change_contacts(tx: AsyncSession, key: str, rows: Sequence[dict[str, Any]]) -> None:
    """All with the same columns, each with its contact; those who get the same values are changed together."""
    alike: dict[tuple[Any, ...], list[int]] = {}
    names = [name for name in (rows[0] if rows else ()) if name != "of_contact"]
    for row in rows:
        alike.setdefault(tuple(row[name] for name in names), []).append(row["of_contact"])
    if alike:
        own = (ROW.list == key) & among_named(tx, ROW.contact_id, "of_contacts")
        change = update(_TABLE).where(own).values({name: bindparam(name) for name in names})
        new = [dict(zip(names, values, strict=True), of_contacts=packed(tx, ids)) for values, ids in alike.items()]
        await (await tx.connection()).execute(change, new)
