"""What a dialer came to: its attempts since an instant and how they ended; reads only."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.dialing.results import IS_PERSON
from appliance.store.tables.dialing import AttemptRow


class DialerFigures(NamedTuple):
    """`answers` are those of persons; `wait_s` is the mean from the answer to the agent, None without one."""

    attempts: int
    ended: int
    answers: int
    connected: int
    late: int  # connected, but not within the time that the law gives
    wait_s: float | None
    talk_s: float | None

    @property
    def answer_rate(self) -> float | None:
        return self.answers / self.ended if self.ended else None

    def with_open(self, talking: int) -> "DialerFigures":
        """As well those who talk at this moment: attempts tell of their answer when they end."""
        counts = {name: getattr(self, name) + talking for name in ("ended", "answers", "connected")}
        return self._replace(**counts)


async def load_dialer_figures(tx: AsyncSession, dialer: str, since: dt.datetime, connect_s: float) -> DialerFigures:
    row = AttemptRow
    is_connected = row.connected_at.is_not(None)
    query = select(
        func.count(),
        counted(row.ended_at.is_not(None)),
        counted(IS_PERSON),
        counted(is_connected),
        counted(and_(is_connected, row.wait_s > connect_s)),
        func.avg(case((is_connected, row.wait_s))),
        func.avg(case((is_connected, row.talk_s))),
    ).where(*dialled(dialer), AttemptRow.begun_at >= since)
    counts = (await tx.execute(query)).one()
    return DialerFigures(*(int(each) for each in counts[:5]), *counts[5:])


def dialled(dialer: str) -> tuple[ColumnElement[bool], ...]:
    """Its attempts as people are told of them. One that was cancelled was never placed: its agents went before."""
    return AttemptRow.dialer == dialer, AttemptRow.outcome != "cancelled"


def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


async def load_outcomes(tx: AsyncSession, dialer: str, since: dt.datetime) -> list[tuple[str, int]]:
    """How attempts ended, the most frequent first."""
    query = select(AttemptRow.outcome, func.count()).where(
        *dialled(dialer), AttemptRow.begun_at >= since, AttemptRow.ended_at.is_not(None)
    )
    found = await tx.execute(query.group_by(AttemptRow.outcome).order_by(func.count().desc(), AttemptRow.outcome))
    return [(outcome, number) for outcome, number in found]


async def load_pace(tx: AsyncSession, dialer: str, since: dt.datetime) -> tuple[int, dt.datetime | None]:
    """How many attempts, and when the first of them began."""
    query = select(func.count(), func.min(AttemptRow.begun_at))
    number, first_at = (await tx.execute(query.where(*dialled(dialer), AttemptRow.begun_at >= since))).one()
    return int(number), first_at
