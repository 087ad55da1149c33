"""Numbers that are never called: added and removed by people, files, agents and those who were called."""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.do_not_call import Barred, RefusedRow, parse_entry, parse_rows
from appliance.core.lists.numbers import NumberReader
from appliance.core.problems import Invalid, Problem
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.users.trail import audit
from appliance.store.db import Database
from appliance.store.dialing.do_not_call import Entry, delete_entry, load_entry, save_entries

SECTION = "do_not_call"
BATCH = 2000  # rows of a transaction


class Report(NamedTuple):
    """What became of a file; not every refused row is kept."""

    stored: int
    refused: int
    first_refused: list[RefusedRow]


def check_own(values: Mapping[str, str]) -> None:
    """Of who sees some campaigns only: whoever asks may be entered for all, but not the beginning of many numbers."""
    if values.get("number", "").strip().endswith("*") and not values.get("campaign", "").strip():
        raise Invalid([Problem(("campaign",), N_("must be given"))])


async def add_entry(tx: AsyncSession, site: Site, values: Mapping[str, str], *, source: str, by: str) -> Barred:
    """Raises `Invalid`. What is there already gets the new reason and expiry."""
    at = now()
    entry = parse_entry(values, NumberReader(site.settings.country), set(site.campaigns), at=at)
    await save_entries(tx, [entry], source=source, at=at, by=by)
    await audit(tx, "create", entry.shown, by, section=SECTION, after=entry.told())
    return entry


async def load_own_entry(tx: AsyncSession, do_not_call_id: int, campaigns: Collection[str] | None) -> Entry:
    """One that may be removed by who sees these campaigns; None: all. What holds for all is not theirs: `NotFound`."""
    found = await load_entry(tx, do_not_call_id)
    if found is None or (campaigns is not None and found.campaign not in campaigns):
        raise NotFound(f"{SECTION}.{do_not_call_id}")
    return found


async def remove_entry(tx: AsyncSession, do_not_call_id: int, *, by: str) -> None:
    """Raises `NotFound`."""
    found = await load_entry(tx, do_not_call_id)
    if found is None:
        raise NotFound(f"{SECTION}.{do_not_call_id}")
    await delete_entry(tx, do_not_call_id)
    before = {"number": found.number, "campaign": found.campaign, "reason": found.reason}
    await audit(tx, "remove", found.number, by, section=SECTION, before=before)


async def import_entries(database: Database, site: Site, rows: Iterable[Sequence[str]], *, by: str) -> Report:
    """In batches: a million rows hold nobody up. Rows that cannot be stored are told, and stop nothing."""
    stored, refused, first, at = 0, 0, list[RefusedRow](), now()
    read = parse_rows(rows, NumberReader(site.settings.country), set(site.campaigns), at=at)
    while batch := await asyncio.to_thread(_take, read):
        good = [each for each in batch if isinstance(each, Barred)]
        bad = [each for each in batch if isinstance(each, RefusedRow)]
        async with database.transaction() as tx:
            await save_entries(tx, good, source="import", at=at, by=by)
        stored, refused = stored + len(good), refused + len(bad)
        first += bad[: max(0, 300 - len(first))]
    async with database.transaction() as tx:
        await audit(tx, "import", SECTION, by, section=SECTION, after={"stored": stored, "refused": refused})
    return Report(stored, refused, first)


def _take(read: Iterator[Barred | RefusedRow]) -> list[Barred | RefusedRow]:
    return list(islice(read, BATCH))
