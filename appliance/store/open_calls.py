"""The journal's lines of calls that are not over: stored within a tenth of a second, and there after any restart."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.journal.so_far import people_named
from appliance.store.tables.calls import JournalPositionRow, OpenCallRow

_LONGEST = dt.timedelta(hours=2)  # of a machine that died in a call nobody ever tells that it is over


async def load_open_lines(tx: AsyncSession, node: str, call_id: str, guid: str = "") -> list[str]:
    """By the call's first channel; after a transfer, when that is another one, by its GUID."""
    lines = select(OpenCallRow.text).where(OpenCallRow.node == node).order_by(OpenCallRow.seq)
    found = list((await tx.execute(lines.where(OpenCallRow.call == call_id))).scalars())
    if guid and not any(guid in line for line in found):
        named = select(OpenCallRow.call).where(
            OpenCallRow.node == node, OpenCallRow.text.contains(guid, autoescape=True)
        )
        call = (await tx.execute(named.limit(1))).scalar()
        found = list((await tx.execute(lines.where(OpenCallRow.call == call))).scalars()) if call else found
    return found


async def load_people_elsewhere(tx: AsyncSession, node: str, at: dt.datetime) -> frozenset[str]:
    """Whoever is in a call with another machine on this database, by the end of their number."""
    others = select(JournalPositionRow.node).where(JournalPositionRow.node != node)
    names = OpenCallRow.node.in_(others), OpenCallRow.text.like('"USER_DEFINED"%,"INTERACTION",%')
    lines = (await tx.execute(select(OpenCallRow.text).where(*names))).scalars()
    return people_named(lines, at - _LONGEST)
