"""Moves of agents into and out of queues for some time."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.floor import QueueMoveRow


async def load_moves(tx: AsyncSession, agent: str | None = None) -> list[QueueMoveRow]:
    """Those that are not over, of one agent or of all."""
    query = select(QueueMoveRow).where(QueueMoveRow.ended_at.is_(None)).order_by(QueueMoveRow.queue_move_id)
    if agent is not None:
        query = query.where(QueueMoveRow.agent == agent)
    return list((await tx.execute(query)).scalars())
