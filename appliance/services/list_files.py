"""The blacklist and the VIP list from a CSV file: a preview that changes nothing, and the import of all good rows."""

import asyncio
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.csv_rows import Columns, read_rows
from appliance.core.list_rows import JudgedEntry, judge_entries, seal_of
from appliance.core.site import Site
from appliance.services.entities import put_entities
from appliance.services.errors import Stale
from appliance.store.configuration import lock_wanted
from appliance.store.site import load_site
from appliance.store.snapshots import load_snapshot


@dataclass(frozen=True)
class ListFile:
    """A file that was sent, for which list, and what its header may say."""

    section: str
    text: str
    columns: Columns


async def preview_list(tx: AsyncSession, file: ListFile) -> list[JudgedEntry]:
    """Raises Invalid where the file as a whole cannot be read."""
    return await asyncio.to_thread(_judge, file, (await load_snapshot(tx)).site)


def _judge(file: ListFile, site: Site) -> list[JudgedEntry]:
    return list(judge_entries(file.section, read_rows(file.text, file.columns), site))


async def import_list(tx: AsyncSession, file: ListFile, *, seal: str, by: str) -> list[JudgedEntry]:
    """Stores what is new or changed, together. Raises Stale where the list is not what the preview was made of."""
    await lock_wanted(tx)
    judged = await asyncio.to_thread(_judge, file, await load_site(tx))
    if seal_of(judged) != seal:
        raise Stale(file.section)
    wanted = {each.key: each.entity for each in judged if each.entity is not None and each.verdict != "same"}
    if wanted:
        await put_entities(tx, file.section, wanted, by=by)
    return judged
