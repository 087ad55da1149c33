"""What happened to the calls of each queue since an instant, for boards and alarms; reads only."""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.queue_figures import DEFAULT_LEVEL_S, RECENT, Counts, DayFigures, Finished
from appliance.store.tables.calls import InteractionRow


async def load_day(tx: AsyncSession, since: dt.datetime, at: dt.datetime, levels_s: Mapping[str, int]) -> DayFigures:
    """Inbound calls that entered since then; `levels_s` is the service level of each queue."""
    row = InteractionRow
    level_s = case(dict(levels_s), value=row.queue, else_=DEFAULT_LEVEL_S) if levels_s else DEFAULT_LEVEL_S
    in_queue = and_(row.entered_at >= since, row.direction == "inbound", row.queue != "")
    answered = row.outcome == "answered"
    counted = select(
        row.queue,
        func.count(),
        _count(answered),
        _count(row.outcome == "abandoned"),
        _count(and_(answered, row.wait_s <= level_s)),
    )
    counts = {
        queue: Counts(*numbers) for queue, *numbers in await tx.execute(counted.where(in_queue).group_by(row.queue))
    }
    columns = select(row.guid, row.queue, row.outcome, row.wait_s, row.entered_at)
    recent = await tx.execute(columns.where(in_queue, row.entered_at >= at - RECENT))
    return DayFigures(since, counts, [Finished(*found) for found in recent], levels_s)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
