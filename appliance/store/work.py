"""Agents' work on interactions: opened once, changed by compare-and-set; two browsers do not undo each other."""

import datetime as dt
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, CursorResult, Executable, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.columns import table_of
from appliance.store.tables.work import WorkRow


class Work(NamedTuple):
    guid: str
    agent: str
    campaign: str
    queue: str
    number: str
    contact_id: int | None
    disposition: str
    chosen_by: str
    notes: str
    form: str
    answers: dict[str, Any]
    is_marked: bool
    began_at: dt.datetime
    ended_at: dt.datetime | None
    completed_at: dt.datetime | None
    version: int


_COLUMNS = [getattr(WorkRow, name) for name in Work._fields]
_OWED = (
    select(*_COLUMNS).where(WorkRow.completed_at.is_(None), WorkRow.ended_at.is_not(None)).order_by(WorkRow.began_at)
)
_WORK = table_of(WorkRow)
_COMPARED = ("guid", "agent", "version")
_UPDATE = update(_WORK).where(*(_WORK.c[name] == bindparam(f"of_{name}") for name in _COMPARED))
_OF: BindParameter[Any] = bindparam("guids", expanding=True)
_WORK_OF = select(*_COLUMNS).where(WorkRow.guid.in_(_OF)).order_by(WorkRow.began_at)


@cache
def _insert(dialect: str) -> Executable:
    insert = sqlite.insert(_WORK) if dialect == "sqlite" else postgresql.insert(_WORK)
    return insert.on_conflict_do_nothing().returning(_WORK.c.guid)


async def insert_work(tx: AsyncSession, work: Work) -> bool:
    """False where it was there already."""
    return (await tx.execute(_insert(tx.get_bind().dialect.name), work._asdict())).first() is not None


async def load_work(tx: AsyncSession, guid: str, agent: str) -> Work | None:
    row = (await tx.execute(select(*_COLUMNS).where(WorkRow.guid == guid, WorkRow.agent == agent))).first()
    return Work._make(row) if row else None


async def update_work(tx: AsyncSession, work: Work, **values: Any) -> bool:
    """False where another page changed it since `work` was read."""
    same = {f"of_{name}": getattr(work, name) for name in _COMPARED}
    done = await tx.execute(_UPDATE, values | same | {"version": work.version + 1})
    return isinstance(done, CursorResult) and done.rowcount == 1


async def load_incomplete(tx: AsyncSession, agent: str | None = None) -> list[Work]:
    """Of one agent or of all, the oldest first."""
    query = select(*_COLUMNS).where(WorkRow.completed_at.is_(None)).order_by(WorkRow.began_at)
    if agent is not None:
        query = query.where(WorkRow.agent == agent)
    return [Work._make(row) for row in await tx.execute(query)]


async def load_owed(tx: AsyncSession) -> list[Work]:
    """Incomplete although the call is over, the oldest first."""
    return [Work._make(row) for row in await tx.execute(_OWED)]


async def load_work_since(tx: AsyncSession, agent: str, since: dt.datetime, most: int = 200) -> list[Work]:
    """The newest first."""
    query = select(*_COLUMNS).where(WorkRow.agent == agent, WorkRow.began_at >= since)
    found = await tx.execute(query.order_by(WorkRow.began_at.desc()).limit(most))
    return [Work._make(row) for row in found]


async def load_work_of(tx: AsyncSession, guids: list[str]) -> list[Work]:
    """Whoever worked on these interactions."""
    found = await tx.execute(_WORK_OF, {"guids": guids})
    return [Work._make(row) for row in found]
