"""Agents' time as queue_log told it."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.calls import AgentIntervalRow, OpenAgentRow

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


async def load_pauses(
    tx: AsyncSession, agent: str, since: dt.datetime, until: dt.datetime
) -> list[tuple[str, dt.datetime, dt.datetime]]:
    """Reason, beginning and end of each pause after `since`; one that goes on ends at `until`."""
    row = AgentIntervalRow
    query = select(row.reason, row.began_at, row.ended_at).where(row.agent == agent, row.state == "paused")
    ended = [(reason, began, end) for reason, began, end in await tx.execute(query.where(row.ended_at > since))]
    states = (await tx.execute(select(OpenAgentRow.state).where(OpenAgentRow.agent == agent))).scalars()
    going_on = [
        (str(state["reason"]), _EPOCH + dt.timedelta(seconds=state["since_s"]), until)
        for state in states
        if state["state"] == "paused"
    ]
    return ended + going_on
