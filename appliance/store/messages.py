"""What supervisors wrote to agents, and who has read it."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.floor import MessageReadingRow, MessageRow


class Received(NamedTuple):
    message_id: int
    sent_by: str
    sent_at: dt.datetime
    text: str


async def list_unread(tx: AsyncSession, agent: str, most: int = 20) -> list[Received]:
    """The oldest first: they are read in the order in which they came."""
    row = MessageRow
    query = (
        select(row.message_id, row.sent_by, row.sent_at, row.text)
        .join(MessageReadingRow, MessageReadingRow.message_id == row.message_id)
        .where(MessageReadingRow.agent == agent, MessageReadingRow.read_at.is_(None))
        .order_by(row.message_id)
        .limit(most)
    )
    return [Received(*found) for found in await tx.execute(query)]


async def mark_read(tx: AsyncSession, message_id: int, agent: str, at: dt.datetime) -> bool:
    """False where it was not sent to this agent, or was read before."""
    done = await tx.execute(
        update(MessageReadingRow)
        .where(
            MessageReadingRow.message_id == message_id,
            MessageReadingRow.agent == agent,
            MessageReadingRow.read_at.is_(None),
        )
        .values(read_at=at)
    )
    return isinstance(done, CursorResult) and done.rowcount == 1
