"""Numbers that are never called: whole ones and beginnings, everywhere or for one campaign."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.do_not_call import Barred
from appliance.store.among import among
from appliance.store.tables.columns import table_of
from appliance.store.tables.contacts import ContactNumberRow
from appliance.store.tables.dialing import DoNotCallRow

SHORTEST_PREFIX, LONGEST_PREFIX = 2, 16  # with the plus
_ENTRY = table_of(DoNotCallRow).c
_LENGTHS = range(SHORTEST_PREFIX, LONGEST_PREFIX + 1)
_MOST_OTHERS = 20
_FEW = 200  # numbers whose every beginning is looked up faster than it is asked which lengths there are


async def never_dialled(
    tx: AsyncSession, forms: Mapping[str, frozenset[str]], campaign: str, at: dt.datetime
) -> set[str]:
    """Those of the numbers that may not be called now, however an entry or a contact was written down: its country
    may have been set, or changed, after either. `forms` are all of a number."""
    barred = await never_called(tx, frozenset[str]().union(*forms.values()), campaign, at)
    return {number for number, written in forms.items() if written & barred}


async def never_called(tx: AsyncSession, numbers: Collection[str], campaign: str, at: dt.datetime) -> set[str]:
    """Those of `numbers` that may not be called now, as they are written here."""
    if not numbers:
        return set()
    query = select(_ENTRY.number, _ENTRY.is_prefix).where(holds(campaign, at))
    if len(numbers) <= _FEW or await _most_entries(tx) > len(numbers):
        lengths = list(_LENGTHS) if len(numbers) <= _FEW else await _lengths_in_use(tx)
        beginnings = {number[:length] for number in numbers for length in lengths}
        query = query.where(among(tx, _ENTRY.number, {*numbers, *beginnings}))
    found = [(number, is_prefix) for number, is_prefix in await (await tx.connection()).execute(query)]
    whole = {number for number, is_prefix in found if not is_prefix}
    return (whole & set(numbers)) | _beginning(numbers, {number for number, is_prefix in found if is_prefix})


async def has_bare_numbers(tx: AsyncSession) -> bool:
    """Whether cards or entries are there from a time in which no country was set."""
    for column in (ContactNumberRow.number, DoNotCallRow.number):
        if (await tx.execute(select(column).where(~column.startswith("+")).limit(1))).first():
            return True
    return False


def _beginning(numbers: Iterable[str], prefixes: Collection[str]) -> set[str]:
    return {number for number in numbers if number.startswith(tuple(prefixes))} if prefixes else set()


async def _most_entries(tx: AsyncSession) -> int:
    """As many or fewer; to count them would take longer."""
    identity = DoNotCallRow.do_not_call_id
    first, last = (await tx.execute(select(func.min(identity), func.max(identity)))).one()
    return int(last - first + 1) if last else 0


async def _lengths_in_use(tx: AsyncSession) -> list[int]:
    """Most centres have no prefix at all."""
    query = select(func.length(DoNotCallRow.number)).where(DoNotCallRow.is_prefix).distinct()
    return list((await tx.execute(query)).scalars())


def holds(campaign: str, at: dt.datetime) -> ColumnElement[bool]:
    """Entries that keep this campaign from calling, as they stand then."""
    return and_(_ENTRY.campaign.in_(("", campaign)), _is_valid(at))


def _is_valid(at: dt.datetime) -> ColumnElement[bool]:
    return or_(_ENTRY.expires_at.is_(None), _ENTRY.expires_at > at)


class Entry(NamedTuple):
    do_not_call_id: int
    number: str
    is_prefix: bool
    campaign: str
    reason: str
    source: str  # console, api, import, agent or caller
    created_at: dt.datetime
    created_by: str
    expires_at: dt.datetime | None

    def covers(self, other: "Entry") -> bool:
        """Whoever `other` keeps from being called, this one does too."""
        is_wider = self.is_prefix and other.number.startswith(self.number)
        is_same = (self.number, self.is_prefix) == (other.number, other.is_prefix)
        return self.campaign in ("", other.campaign) and (is_wider or is_same)


_COLUMNS = [getattr(DoNotCallRow, name) for name in Entry._fields]


@dataclass(frozen=True)
class EntryFilter:
    """`search` is a beginning of the number; `campaigns` are those in sight, None for all."""

    search: str = ""
    campaign: str = ""
    source: str = ""
    campaigns: frozenset[str] | None = None
    descending: bool = True
    page: int = 1
    size: int = 50


async def save_entries(tx: AsyncSession, entries: Iterable[Barred], *, source: str, at: dt.datetime, by: str) -> None:
    """What is there already is kept until the later of both days, for the newer reason."""
    by_number = {(each.number, each.is_prefix, each.campaign): each._asdict() for each in entries}
    if not by_number:
        return
    common = {"source": source, "created_at": at, "created_by": by[:80]}
    kind = sqlite if tx.get_bind().dialect.name == "sqlite" else postgresql
    query = kind.insert(DoNotCallRow)
    new = query.excluded
    later = case((or_(DoNotCallRow.expires_at.is_(None), new.expires_at.is_(None)), None), else_=_later(new.expires_at))
    query = query.on_conflict_do_update(
        index_elements=["number", "is_prefix", "campaign"], set_={"reason": new.reason, "expires_at": later}
    )
    await tx.execute(query, [each | common for each in by_number.values()])


def _later(other: Any) -> ColumnElement[Any]:
    return case((DoNotCallRow.expires_at > other, DoNotCallRow.expires_at), else_=other)


async def load_entry(tx: AsyncSession, do_not_call_id: int) -> Entry | None:
    row = (await tx.execute(select(*_COLUMNS).where(DoNotCallRow.do_not_call_id == do_not_call_id))).first()
    return Entry(*row) if row else None


async def load_others(tx: AsyncSession, entry: Entry, at: dt.datetime) -> list[Entry]:
    """Which hold now for the same numbers or some of them and where it does, the widest first."""
    row, wide = DoNotCallRow, [entry.number[:length] for length in _LENGTHS if length <= len(entry.number)]
    meant = or_(row.number == entry.number, and_(row.is_prefix, row.number.in_(wide)))
    if entry.is_prefix:
        meant = or_(meant, row.number.startswith(entry.number, autoescape=True))
    where = holds(entry.campaign, at) if entry.campaign else _is_valid(at)
    others = select(*_COLUMNS).where(meant, row.do_not_call_id != entry.do_not_call_id, where)
    query = others.order_by(func.length(row.number), row.number, row.campaign)
    return [Entry(*found) for found in await tx.execute(query.limit(_MOST_OTHERS))]


async def find_entry(tx: AsyncSession, numbers: Collection[str], campaign: str, at: dt.datetime) -> Entry | None:
    """Why one of these is not to be called: of several entries the most exact. `numbers` are all forms of it."""
    beginnings = {number[:length] for number in numbers for length in _LENGTHS}
    query = select(*_COLUMNS).where(holds(campaign, at), among(tx, _ENTRY.number, {*numbers, *beginnings}))
    found = [Entry(*row) for row in await tx.execute(query)]
    holding = [each for each in found if each.is_prefix or each.number in numbers]
    return max(holding, key=lambda each: len(each.number), default=None)


async def delete_entry(tx: AsyncSession, do_not_call_id: int) -> None:
    await tx.execute(delete(DoNotCallRow).where(DoNotCallRow.do_not_call_id == do_not_call_id))


async def list_entries(tx: AsyncSession, wanted: EntryFilter) -> tuple[list[Entry], int]:
    """A page, and how many there are in all."""
    conditions = _asked(wanted)
    found = (await tx.execute(select(func.count()).select_from(DoNotCallRow).where(*conditions))).scalar_one()
    identity = DoNotCallRow.do_not_call_id
    query = select(*_COLUMNS).where(*conditions).order_by(identity.desc() if wanted.descending else identity.asc())
    rows = await tx.execute(query.offset((wanted.page - 1) * wanted.size).limit(wanted.size))
    return [Entry(*row) for row in rows], found


async def load_entries(tx: AsyncSession, wanted: EntryFilter, *, after: Entry | None, size: int) -> list[Entry]:
    query = select(*_COLUMNS).where(*_asked(wanted)).order_by(DoNotCallRow.do_not_call_id).limit(size)
    if after is not None:
        query = query.where(DoNotCallRow.do_not_call_id > after.do_not_call_id)
    return [Entry(*row) for row in await tx.execute(query)]


def _asked(wanted: EntryFilter) -> list[ColumnElement[bool]]:
    conditions = list[ColumnElement[bool]]()
    if wanted.search:
        conditions.append(DoNotCallRow.number.contains(wanted.search, autoescape=True))
    if wanted.campaign:
        conditions.append(DoNotCallRow.campaign == wanted.campaign)
    if wanted.source:
        conditions.append(DoNotCallRow.source == wanted.source)
    if wanted.campaigns is not None:
        conditions.append(DoNotCallRow.campaign.in_({"", *wanted.campaigns}))
    return conditions
