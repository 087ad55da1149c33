"""Contacts in the order of a field: the key by which they sort is written here, and the next ones are read by it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.lists import ContactList
from appliance.core.lists.sort_keys import sort_key, span_of
from appliance.store.dialing.lanes import ROW, Candidate, Lane, change_contacts, load_candidates, of_lane, read_heads
from appliance.store.tables.contacts import ContactRow
from appliance.store.tables.dialing import ListContactRow as Row
from appliance.store.tables.entities import ENTITY_TABLES

_LISTS = ENTITY_TABLES["lists"].c


async def load_by_field(tx: AsyncSession, lanes: Sequence[Lane], found: ContactList, most: int) -> list[Candidate]:
    """Who has no value, or whose key is not written yet, comes last, by priority.

    They are read only where all who have a key are less than `most`, so that the index passes few of these.
    """
    keyed, owned = [_head(lane, found, most) for lane in lanes], [lane for lane in lanes if lane.owner]
    others = await load_candidates(tx, owned, "priority", most) if owned else []
    first = _sorted(await read_heads(tx, keyed), found)
    if len(first) < most:
        others = await load_candidates(tx, lanes, "priority", most + len(first))
    there = {each.contact_id for each in first}
    rest = [each for each in others if each.contact_id not in there]
    return sorted([*first, *rest], key=lambda each: not each.owner)[:most]


def _head(lane: Lane, found: ContactList, most: int) -> Select[Any]:
    span, key = span_of(found.order_field), ROW.sort_key
    query = of_lane(lane).where(key.is_not(None), key >= span.first, key < span.end)
    if found.order_direction == "descending":
        query = query.order_by(key.desc(), ROW.contact_id.desc())
    else:
        query = query.order_by(key, ROW.contact_id)
    return query.limit(1 if lane.owner and lane.is_own else most)


def _sorted(candidates: list[Candidate], found: ContactList) -> list[Candidate]:
    is_down = found.order_direction == "descending"
    return sorted(candidates, key=lambda each: (each.sort_key or "", each.contact_id), reverse=is_down)


async def order_field_of(tx: AsyncSession, key: str) -> str:
    """Of a list; empty: none."""
    return (await tx.execute(select(_LISTS.order_field).where(_LISTS.key == key))).scalar() or ""


async def renew_keys(tx: AsyncSession, contact_id: int, fields: Mapping[str, Any]) -> None:
    """The card has other fields now."""
    of_lists = select(Row.list, _LISTS.order_field).join(ENTITY_TABLES["lists"], _LISTS.key == Row.list)
    own = Row.contact_id == contact_id, _LISTS.order_field != ""
    for key, field in (await tx.execute(of_lists.where(*own))).all():
        await change_contacts(tx, key, [_new_key(contact_id, field, fields)])


async def without_key(tx: AsyncSession, key: str, field: str, *, after: int, most: int) -> list[int]:
    """Contacts of a list, from one on, that have no key of this field yet."""
    query = select(Row.contact_id).where(Row.list == key, Row.contact_id > after, _is_stale(field))
    return list((await tx.execute(query.order_by(Row.contact_id).limit(most))).scalars())


async def fill_keys(tx: AsyncSession, key: str, field: str, contact_ids: Sequence[int]) -> None:
    """Whose card or place in the list somebody changes at this moment has to wait for the next time."""
    cards = select(Row.contact_id, ContactRow.fields).join(ContactRow, ContactRow.contact_id == Row.contact_id)
    some = cards.where(Row.list == key, Row.contact_id.in_(contact_ids), _is_stale(field))
    found = (await tx.execute(some.with_for_update(skip_locked=True))).all()
    await change_contacts(tx, key, [_new_key(contact_id, field, fields) for contact_id, fields in found])


def _is_stale(field: str) -> ColumnElement[bool]:
    span = span_of(field)
    return or_(Row.sort_key.is_(None), Row.sort_key < span.begin, Row.sort_key >= span.end)


def _new_key(contact_id: int, field: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"of_contact": contact_id, "sort_key": sort_key(field, fields.get(field))}
