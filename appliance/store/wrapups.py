"""How long agents wrapped up after calls, as the journal of their time told it; reads only."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.calls import AgentIntervalRow

APART = dt.timedelta(seconds=5)  # between the end of a call and the begin of its wrap-up, by two journals


async def load_wrapups(tx: AsyncSession, calls: Sequence[tuple[str, dt.datetime]]) -> list[float]:
    """Seconds, for each call by its agent and end; 0 where none followed."""
    row = AgentIntervalRow
    first = min((ended_at for _, ended_at in calls), default=dt.datetime.max.replace(tzinfo=dt.UTC)) - APART
    query = select(row.agent, row.began_at, row.ended_at).where(
        row.state == "wrapup", row.began_at >= first, row.agent.in_({agent for agent, _ in calls})
    )
    times: dict[str, list[tuple[dt.datetime, dt.datetime]]] = {}
    for agent, began_at, ended_at in await tx.execute(query):
        times.setdefault(agent, []).append((began_at, ended_at))
    return [_after(ended_at, times.get(agent, [])) for agent, ended_at in calls]


def _after(call_ended_at: dt.datetime, times: Sequence[tuple[dt.datetime, dt.datetime]]) -> float:
    found = [each for each in times if abs(each[0] - call_ended_at) <= APART]
    return max(((ended_at - began_at).total_seconds() for began_at, ended_at in found), default=0.0)
