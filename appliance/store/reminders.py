"""Calls that agents promised: the open ones, and what became of the others."""

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import CursorResult, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.sight import Sight
from appliance.store.tables.work import ReminderRow


class Reminder(NamedTuple):
    """Without an agent it is anyone's."""

    reminder_id: int
    agent: str
    campaign: str
    number: str
    contact_id: int | None
    guid: str
    note: str
    due_at: dt.datetime
    created_at: dt.datetime
    created_by: str
    ended_at: dt.datetime | None
    result: str


_COLUMNS = [getattr(ReminderRow, name) for name in Reminder._fields]
_DUE = (
    select(*_COLUMNS)
    .where(ReminderRow.ended_at.is_(None), ReminderRow.due_at > bindparam("after"))
    .where(ReminderRow.due_at <= bindparam("until"))
    .order_by(ReminderRow.due_at)
)


async def insert_reminder(tx: AsyncSession, **values: Any) -> int:
    query = insert(ReminderRow).values(**values).returning(ReminderRow.reminder_id)
    return int((await tx.execute(query)).scalar_one())


async def load_reminder(tx: AsyncSession, reminder_id: int) -> Reminder | None:
    row = (await tx.execute(select(*_COLUMNS).where(ReminderRow.reminder_id == reminder_id))).first()
    return Reminder._make(row) if row else None


async def load_first_due(tx: AsyncSession) -> dict[str, dt.datetime]:
    """By campaign, of the calls that are still owed."""
    query = select(ReminderRow.campaign, func.min(ReminderRow.due_at)).where(ReminderRow.ended_at.is_(None))
    return {campaign: due_at for campaign, due_at in await tx.execute(query.group_by(ReminderRow.campaign))}


async def list_open_reminders(tx: AsyncSession, agent: str, most: int = 50) -> list[Reminder]:
    """The agent's own and anyone's, the next one first; so many of each, for many of anyone's hide no own one."""
    found: list[Reminder] = []
    for whose in (agent, ""):
        query = select(*_COLUMNS).where(ReminderRow.ended_at.is_(None), ReminderRow.agent == whose)
        rows = await tx.execute(query.order_by(ReminderRow.due_at, ReminderRow.reminder_id).limit(most))
        found += [Reminder._make(row) for row in rows]
    return sorted(found, key=lambda each: (each.due_at, each.reminder_id))


async def list_reminders(tx: AsyncSession, agent: str, sight: Sight, *, page: int, size: int) -> list[Reminder]:
    """The open ones, the next one first; one more than `size` where there is a further page."""
    query = select(*_COLUMNS).where(ReminderRow.ended_at.is_(None))
    if agent:
        query = query.where(ReminderRow.agent == agent)
    if sight.is_limited:
        query = query.where(ReminderRow.agent.in_(["", *sight.agents]))
    query = query.order_by(ReminderRow.due_at, ReminderRow.reminder_id).offset((page - 1) * size).limit(size + 1)
    return [Reminder._make(row) for row in await tx.execute(query)]


async def count_open_made_by(tx: AsyncSession, login: str) -> int:
    query = select(func.count()).where(ReminderRow.ended_at.is_(None), ReminderRow.created_by == login)
    return int((await tx.execute(query)).scalar_one())


async def load_due(tx: AsyncSession, after: dt.datetime, until: dt.datetime) -> list[Reminder]:
    """Those whose minute came in between."""
    return [Reminder._make(row) for row in await tx.execute(_DUE, {"after": after, "until": until})]


async def end_reminders_of(tx: AsyncSession, guid: str, result: str, at: dt.datetime) -> None:
    """Those that were promised in this call."""
    own = ReminderRow.guid == guid, ReminderRow.ended_at.is_(None)
    await tx.execute(update(ReminderRow).where(*own).values(ended_at=at, result=result))


async def end_reminder(tx: AsyncSession, reminder_id: int, result: str, at: dt.datetime) -> bool:
    """False where it had ended before."""
    done = await tx.execute(
        update(ReminderRow)
        .where(ReminderRow.reminder_id == reminder_id, ReminderRow.ended_at.is_(None))
        .values(ended_at=at, result=result)
    )
    return isinstance(done, CursorResult) and done.rowcount == 1
