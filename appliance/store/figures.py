"""Counts for the overview: what happened to calls between two instants; reads only."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.sight import EVERYTHING, Sight
from appliance.store.interactions import in_sight
from appliance.store.tables.calls import InteractionRow

DEFAULT_LEVEL_S = 20  # of a queue that is gone


@dataclass(frozen=True)
class Figures:
    """`offered` are the calls that reached a queue; averages are None where there is nothing to average."""

    calls: int
    offered: int
    answered: int
    abandoned: int
    in_time: int
    average_wait_s: float | None
    average_talk_s: float | None

    @property
    def answer_rate(self) -> float | None:
        return self.answered / self.offered if self.offered else None

    @property
    def service_level(self) -> float | None:
        return self.in_time / self.offered if self.offered else None


async def load_figures(
    tx: AsyncSession, since: dt.datetime, levels_s: Mapping[str, int], sight: Sight = EVERYTHING
) -> Figures:
    """Inbound calls in sight that entered since then; `levels_s` is the service level of each queue."""
    row = InteractionRow
    in_queue, answered = row.queue != "", and_(row.queue != "", row.outcome == "answered")
    level_s = case(dict(levels_s), value=row.queue, else_=DEFAULT_LEVEL_S) if levels_s else DEFAULT_LEVEL_S
    found = await tx.execute(
        select(
            func.count(),
            _count(in_queue),
            _count(answered),
            _count(and_(in_queue, row.outcome == "abandoned")),
            _count(and_(answered, row.wait_s <= level_s)),
            func.avg(case((answered, row.wait_s))),
            func.avg(case((row.outcome == "answered", row.talk_s))),
        ).where(row.entered_at >= since, row.direction == "inbound", in_sight(sight))
    )
    return Figures(*found.one())


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
