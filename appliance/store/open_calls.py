"""The journal's lines of calls that are not over: stored within a tenth of a second, and there after any restart."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.calls import OpenCallRow


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
