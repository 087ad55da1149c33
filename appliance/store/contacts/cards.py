"""Customers' cards: lists for people, one by its identity, and those that have a number."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from sqlalchemy import BindParameter, ColumnElement, CursorResult, Select, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import Contact, ContactField, ContactNumber, NumberKind
from appliance.core.sight import EVERYTHING, Sight
from appliance.store.tables.contacts import ContactNumberRow, ContactRow
from appliance.store.tables.dialing import ListContactRow

_FORMS: BindParameter[Any] = bindparam("forms", expanding=True)
_WHOSE = select(ContactNumberRow.contact_id).where(ContactNumberRow.number.in_(_FORMS)).distinct().limit(2)
SORTS: dict[str, Any] = {
    "name": func.lower(ContactRow.name),
    "company": func.lower(ContactRow.company),
    "changed": ContactRow.changed_at,
}


class StoredContact(NamedTuple):
    contact_id: int
    contact: Contact
    created_at: dt.datetime
    created_by: str
    changed_at: dt.datetime
    version: int


@dataclass(frozen=True)
class ContactFilter:
    """`digits` are any part of a number; `search` words of name, company or e-mail address."""

    search: str = ""
    digits: str = ""
    sort: str = "name"
    descending: bool = False
    page: int = 1
    size: int = 50
    sight: Sight = EVERYTHING


class ContactPage(NamedTuple):
    contacts: list[StoredContact]
    found: int
    total: int


async def list_contacts(tx: AsyncSession, wanted: ContactFilter) -> ContactPage:
    query = select(ContactRow).where(*_conditions(wanted))
    found = (await tx.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    total = (await tx.execute(select(func.count()).where(in_sight(wanted.sight)))).scalar_one()
    rows = list((await tx.execute(_ordered(query, wanted))).scalars())
    return ContactPage(await _with_numbers(tx, rows), found, total)


def in_sight(sight: Sight) -> ColumnElement[bool]:
    """Cards that stand in a list in sight, and those that stand in none."""
    if not sight.is_limited:
        return ContactRow.contact_id.is_not(None)
    listed = select(ListContactRow.contact_id).where(ListContactRow.contact_id == ContactRow.contact_id)
    return ~listed.exists() | listed.where(ListContactRow.list.in_(sight.lists)).exists()


def _conditions(wanted: ContactFilter) -> list[ColumnElement[bool]]:
    seen = in_sight(wanted.sight)
    if wanted.digits:
        return [seen, _has_number(ContactNumberRow.number.contains(wanted.digits, autoescape=True))]
    columns = (ContactRow.name, ContactRow.company, ContactRow.email)
    words = wanted.search.replace("\0", "").split()
    return [seen, *(or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words)]


def _has_number(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return ContactRow.contact_id.in_(select(ContactNumberRow.contact_id).where(condition))


def _ordered(query: Select[Any], wanted: ContactFilter) -> Select[Any]:
    by = SORTS.get(wanted.sort, SORTS["name"])
    order = by.desc() if wanted.descending else by.asc()
    return query.order_by(order, ContactRow.contact_id).offset((wanted.page - 1) * wanted.size).limit(wanted.size)


async def find_contacts(
    tx: AsyncSession, forms: Collection[str], most: int = 5, *, sight: Sight = EVERYTHING
) -> list[StoredContact]:
    """Whose card has this number, in whatever form; the one that was changed last comes first."""
    if not forms:
        return []
    query = select(ContactRow).where(_has_number(ContactNumberRow.number.in_(list(forms))), in_sight(sight))
    rows = list((await tx.execute(query.order_by(ContactRow.changed_at.desc()).limit(most))).scalars())
    return await _with_numbers(tx, rows)


async def find_only_contact(tx: AsyncSession, forms: Collection[str]) -> int | None:
    """None where nobody has this number, or several do."""
    found = list((await tx.execute(_WHOSE, {"forms": list(forms)})).scalars()) if forms else []
    return found[0] if len(found) == 1 else None


async def load_contact(tx: AsyncSession, contact_id: int, sight: Sight = EVERYTHING) -> StoredContact | None:
    query = select(ContactRow).where(ContactRow.contact_id == contact_id, in_sight(sight))
    row = (await tx.execute(query.execution_options(populate_existing=True))).scalar()
    return (await _with_numbers(tx, [row]))[0] if row is not None else None


async def load_names(tx: AsyncSession, contact_ids: Iterable[int]) -> dict[int, str]:
    query = select(ContactRow.contact_id, ContactRow.name).where(ContactRow.contact_id.in_(set(contact_ids)))
    return {contact_id: name for contact_id, name in await tx.execute(query)}


async def _with_numbers(tx: AsyncSession, rows: list[ContactRow]) -> list[StoredContact]:
    query = select(ContactNumberRow).where(ContactNumberRow.contact_id.in_([row.contact_id for row in rows]))
    numbers: dict[int, list[ContactNumber]] = {}
    for each in (await tx.execute(query.order_by(ContactNumberRow.position))).scalars():
        kind = cast(NumberKind, each.kind)
        number = ContactNumber.model_construct(kind=kind, number=each.number)
        numbers.setdefault(each.contact_id, []).append(number)
    return [_stored(row, numbers.get(row.contact_id, [])) for row in rows]


def _stored(row: ContactRow, numbers: list[ContactNumber]) -> StoredContact:
    # What is stored is shown as it is, even if today's rules would refuse it.
    contact = Contact.model_construct(
        name=row.name,
        company=row.company,
        email=row.email,
        notes=row.notes,
        numbers=numbers,
        fields=[ContactField.model_construct(name=name, value=str(value)) for name, value in row.fields.items()],
    )
    return StoredContact(row.contact_id, contact, row.created_at, row.created_by, row.changed_at, row.version)


async def insert_contact(tx: AsyncSession, contact: Contact, *, at: dt.datetime, by: str) -> int:
    row = ContactRow(**_columns(contact), created_at=at, created_by=by[:80], changed_at=at, version=1)
    tx.add(row)
    await tx.flush()
    _add_numbers(tx, row.contact_id, contact)
    await tx.flush()
    return row.contact_id


async def update_contact(tx: AsyncSession, contact_id: int, contact: Contact, *, version: int, at: dt.datetime) -> bool:
    """False where somebody else changed or deleted it since."""
    done = await tx.execute(
        update(ContactRow)
        .where(ContactRow.contact_id == contact_id, ContactRow.version == version)
        .values(**_columns(contact), changed_at=at, version=version + 1)
    )
    if not isinstance(done, CursorResult) or done.rowcount != 1:
        return False
    await tx.execute(delete(ContactNumberRow).where(ContactNumberRow.contact_id == contact_id))
    _add_numbers(tx, contact_id, contact)
    await tx.flush()
    return True


async def delete_contact(tx: AsyncSession, contact_id: int, version: int) -> bool:
    query = delete(ContactRow).where(ContactRow.contact_id == contact_id, ContactRow.version == version)
    done = await tx.execute(query)
    return isinstance(done, CursorResult) and done.rowcount == 1


def _columns(contact: Contact) -> dict[str, Any]:
    fields = {each.name: each.value for each in contact.fields}
    return {**contact.model_dump(include={"name", "company", "email", "notes"}), "fields": fields}


def _add_numbers(tx: AsyncSession, contact_id: int, contact: Contact) -> None:
    for position, each in enumerate(contact.numbers):
        tx.add(ContactNumberRow(contact_id=contact_id, position=position, kind=each.kind, number=each.number))
