"""Customers' cards: made, changed and deleted with a trail; found by the number that calls."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import Contact, normalised, parse_contact, written_forms
from appliance.core.number_plan import NumberPlan, plan_of
from appliance.core.sight import EVERYTHING, Sight
from appliance.services.clock import now
from appliance.services.errors import NotFound, Stale
from appliance.services.users.trail import audit
from appliance.store.contacts import cards as store
from appliance.store.contacts.cards import StoredContact
from appliance.store.contacts.changed_cards import follow_numbers
from appliance.store.lists.field_order import renew_keys
from appliance.store.snapshots import load_snapshot

SECTION = "contacts"


async def load_plan(tx: AsyncSession) -> NumberPlan:
    """Of the site's country."""
    return plan_of((await load_snapshot(tx)).site.settings.country)


async def load_contact(tx: AsyncSession, contact_id: int, sight: Sight = EVERYTHING) -> StoredContact:
    """Out of sight is not found."""
    found = await store.load_contact(tx, contact_id, sight)
    if found is None:
        raise NotFound(f"contacts.{contact_id}")
    return found


async def find_by_number(tx: AsyncSession, number: str) -> list[StoredContact]:
    return await store.find_contacts(tx, written_forms(number, await load_plan(tx)))


async def create_contact(tx: AsyncSession, values: dict[str, Any], *, by: str) -> int:
    """Raises `Invalid`."""
    contact = parse_contact(values, await load_plan(tx))
    contact_id = await store.insert_contact(tx, contact, at=now(), by=by)
    await audit(tx, "create", str(contact_id), by, section=SECTION, after=contact.model_dump())
    return contact_id


async def save_contact(tx: AsyncSession, contact_id: int, values: dict[str, Any], *, version: int, by: str) -> Contact:
    """Raises `Invalid`, `NotFound`, `Stale`."""
    plan = await load_plan(tx)
    contact = parse_contact(values, plan)
    before = await load_contact(tx, contact_id)
    if not await store.update_contact(tx, contact_id, contact, version=version, at=now()):
        raise Stale(f"contacts.{contact_id}")
    numbers = [normalised(each.number, plan) for each in before.contact.numbers]
    await follow_numbers(tx, contact_id, numbers, [each.number for each in contact.numbers])
    await renew_keys(tx, contact_id, {each.name: each.value for each in contact.fields})
    old, new = before.contact.model_dump(), contact.model_dump()
    await audit(tx, "change", str(contact_id), by, section=SECTION, before=old, after=new)
    return contact


async def delete_contact(tx: AsyncSession, contact_id: int, *, version: int, by: str) -> None:
    """The calls with this customer stay, without a name."""
    before = await load_contact(tx, contact_id)
    if not await store.delete_contact(tx, contact_id, version):
        raise Stale(f"contacts.{contact_id}")
    await audit(tx, "remove", str(contact_id), by, section=SECTION, before=before.contact.model_dump())
