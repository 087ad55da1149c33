"""The recordings that still wait for their file, and what became of them."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.journal.facts import Interaction, Recording
from appliance.store.tables.calls import InteractionRow, RecordingRow

WAITING = "waiting"
_WAITING = (
    select(*(getattr(InteractionRow, name) for name in Interaction._fields))
    .join(RecordingRow, RecordingRow.guid == InteractionRow.guid)
    .where(RecordingRow.state == WAITING, RecordingRow.node == bindparam("of_node"))
    .order_by(InteractionRow.ended_at)
    .limit(bindparam("most"))
)


async def load_waiting(tx: AsyncSession, node: str, limit: int = 1000) -> list[Interaction]:
    """The interactions of this node whose recording is not settled, the oldest first."""
    found = await tx.execute(_WAITING, {"of_node": node, "most": limit})
    return [Interaction(*row) for row in found]


async def save_recordings(tx: AsyncSession, recordings: Iterable[Recording]) -> None:
    for recording in recordings:
        await tx.execute(update(RecordingRow).where(RecordingRow.guid == recording.guid).values(**recording._asdict()))
