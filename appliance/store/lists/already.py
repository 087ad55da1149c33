"""Who is in a list already, where it wants nobody twice."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.lists.rows import Candidate
from appliance.store.among import among
from appliance.store.tables.contacts import ContactNumberRow
from appliance.store.tables.dialing import ListContactRow

_LOCK = 0x6C69737473  # of PostgreSQL: whoever adds contacts waits for the one before


class Place(NamedTuple):
    """Where somebody is already; the list is empty where the card stands in none."""

    contact_id: int
    list: str
    is_by_key: bool = False


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


async def places_of(tx: AsyncSession, scope: Scope, wanted: Collection[str]) -> dict[str, Place]:
    """Where those of `wanted` are that `known` finds; of several places any."""
    row = ListContactRow
    if not wanted:
        return {}
    if scope.by == "key":
        keys = select(row.own_key, row.contact_id, row.list).where(among(tx, row.own_key, wanted), *_within(scope))
        return {own_key: Place(contact_id, key, is_by_key=True) for own_key, contact_id, key in await tx.execute(keys)}
    card, number = ContactNumberRow.contact_id, ContactNumberRow.number
    cards = [*await tx.execute(select(card, number).where(among(tx, number, wanted)))]
    query = select(row.contact_id, row.list).where(row.contact_id.in_({each.contact_id for each in cards}))
    lists = {contact_id: key for contact_id, key in await tx.execute(query.where(*_within(scope)))}
    found = [(each.number, Place(each.contact_id, lists.get(each.contact_id, ""))) for each in cards]
    return dict(sorted(found, key=lambda pair: bool(pair[1].list)))  # one in a list goes before one in none


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
