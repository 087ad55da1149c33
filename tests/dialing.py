"""Contacts in lists for tests of calling out."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select

from appliance.core.dialing.attempts import Wish
from appliance.core.entities.dialers import Dialer
from appliance.core.site import Site
from appliance.store.db import Database
from appliance.store.tables.contacts import ContactNumberRow, ContactRow
from appliance.store.tables.dialing import ListContactRow

NOON = dt.datetime(2026, 5, 4, 17, tzinfo=dt.UTC)  # a Monday, noon in Lima
LIMA, TOKYO = "America/Lima", "Asia/Tokyo"


def a_dialer(**fields: Any) -> Dialer:
    usual = {"key": "sales", "name": "Sales", "campaign": "support", "lists": [{"list": "winter"}], "schedule": "day"}
    return Dialer.model_validate(usual | fields)


def a_dialing_site(*dialers: Dialer, country: str = "") -> Site:
    week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    return Site.model_validate(
        {
            "general": {"main": {"key": "main", "time_zone": LIMA, "country": country}},
            "lists": {key: {"key": key, "name": key} for key in ("winter", "summer")},
            "contact_filters": {
                "vips": {"key": "vips", "name": "Best ones", "conditions": [{"field": "key", "value": "vip"}]}
            },
            "schedules": {
                "day": {
                    "key": "day",
                    "name": "Day",
                    "hours": [{"days": week, "start": "09:00", "end": "20:00"}],
                    "holidays": [{"date": "2026-05-05", "name": "A feast"}],
                }
            },
            "dispositions": {
                "again": {"key": "again", "name": "Again", "retry": True},
                "never": {"key": "never", "name": "Never", "do_not_call": True},
                "sold": {"key": "sold", "name": "Sold", "success": True},
            },
            "dialers": {each.key: each.model_dump(mode="json") for each in dialers},
        }
    )


def a_wish(most: int = 10, at: dt.datetime = NOON, **fields: Any) -> Wish:
    return Wish(node="local", at=at, most=most, **fields)


async def add_contacts(database: Database, rows: Iterable[dict[str, Any]]) -> list[int]:
    """Each with its numbers; whatever else is given stands in the list."""
    ids = []
    async with database.transaction() as tx:
        for each in rows:
            card = {"name": "Somebody", "fields": {}, "created_at": NOON, "changed_at": NOON}
            made = await tx.execute(insert(ContactRow).values(**card).returning(ContactRow.contact_id))
            ids.append(made.scalar_one())
            numbers = each.pop("numbers")
            for position, number in enumerate(numbers):
                of_card = {"contact_id": ids[-1], "position": position, "kind": "mobile", "number": number}
                await tx.execute(insert(ContactNumberRow).values(**of_card))
            usual = {"list": "winter", "contact_id": ids[-1], "added_at": NOON}
            await tx.execute(insert(ListContactRow).values(**usual | each))
    return ids


async def load_row(database: Database, contact_id: int, key: str = "winter") -> ListContactRow:
    async with database.reading() as tx:
        own = ListContactRow.list == key, ListContactRow.contact_id == contact_id
        return (await tx.execute(select(ListContactRow).where(*own))).scalar_one()
