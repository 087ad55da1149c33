"""The list of customers as the shared parts of every list want it."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import plain_number
from appliance.core.sight import Sight
from appliance.core.words import N_
from appliance.store.contacts.cards import SORTS, ContactFilter, StoredContact, list_contacts
from appliance.web.console.columns import Asked
from appliance.web.console.row_lists import Column, RowTable, read_rows_asked

COLUMNS: tuple[Column[StoredContact], ...] = (
    Column("name", N_("Name"), lambda each: each.contact.name),
    Column("company", N_("Company"), lambda each: each.contact.company),
    Column("email", N_("E-mail"), lambda each: each.contact.email),
    Column("numbers", N_("Numbers"), lambda each: [number.number for number in each.contact.numbers]),
    Column("fields", N_("Further fields"), lambda each: {f.name: f.value for f in each.contact.fields}),
    Column("notes", N_("Notes"), lambda each: each.contact.notes),
    Column("changed", N_("Changed"), lambda each: each.changed_at),
)
SORTABLE = tuple(column for column in COLUMNS if column.name in SORTS)
FEWEST_DIGITS = 3  # what is shorter may be a word


def read_asked(query: Mapping[str, str]) -> Asked:
    return read_rows_asked(query, {}, SORTS, usual_sort="name")


def as_filter(asked: Asked, sight: Sight) -> ContactFilter:
    """What looks like a number is searched for among the numbers, however it is written."""
    number = plain_number(asked.search).lstrip("+")
    return ContactFilter(
        search=asked.search,
        digits=number if len(number) >= FEWEST_DIGITS else "",
        sort=asked.sort.removeprefix("-"),
        descending=asked.sort.startswith("-"),
        page=asked.page,
        size=asked.size,
        sight=sight,
    )


async def load_table(tx: AsyncSession, query: Mapping[str, str], sight: Sight) -> RowTable[StoredContact]:
    asked = read_asked(query)
    found = await list_contacts(tx, as_filter(asked, sight))
    pages = max(1, -(-found.found // asked.size))
    if asked.page > pages:
        asked = replace(asked, page=pages)
        found = await list_contacts(tx, as_filter(asked, sight))
    return RowTable(found.contacts, SORTABLE, asked, pages, found.found, found.total)
