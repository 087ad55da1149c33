"""An agent's day in figures: calls and time, as the journals told them."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.calls import AgentIntervalRow, MissedRingRow, SegmentRow


@dataclass(frozen=True)
class OwnFigures:
    calls: int = 0
    missed: int = 0
    talk_s: float = 0.0
    wrapup_s: float = 0.0
    paused_s: float = 0.0

    @property
    def average_talk_s(self) -> float | None:
        return self.talk_s / self.calls if self.calls else None


async def load_own_figures(tx: AsyncSession, agent: str, since: dt.datetime) -> OwnFigures:
    row = SegmentRow
    query = select(row.guid, row.began_at, row.ended_at).where(
        row.agent == agent, row.kind == "talking", row.began_at >= since
    )
    talks = [(guid, (ended - began).total_seconds()) for guid, began, ended in await tx.execute(query)]
    rings = select(func.count()).select_from(MissedRingRow)
    missed = await tx.execute(rings.where(MissedRingRow.at >= since, MissedRingRow.agent == agent))
    times = await _times(tx, agent, since)
    return OwnFigures(
        calls=len({guid for guid, _ in talks}),
        missed=missed.scalar_one(),
        talk_s=sum(seconds for _, seconds in talks),
        wrapup_s=times.get("wrapup", 0.0),
        paused_s=times.get("paused", 0.0),
    )


async def _times(tx: AsyncSession, agent: str, since: dt.datetime) -> dict[str, float]:
    """Seconds by state, of the stretches that have ended."""
    row = AgentIntervalRow
    query = select(row.state, row.began_at, row.ended_at).where(row.began_at >= since, row.agent == agent)
    found: dict[str, float] = {}
    for state, began, ended in await tx.execute(query):
        found[state] = found.get(state, 0.0) + (ended - began).total_seconds()
    return found
