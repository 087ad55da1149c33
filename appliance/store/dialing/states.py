"""The state of dialers, and how far they have come."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import case, func, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.life import DialerState, Left
from appliance.core.entities.dialers import Dialer
from appliance.store.tables.dialing import AttemptRow, DialerStateRow
from appliance.store.tables.dialing import ListContactRow as Row
from appliance.store.tables.work import ReminderRow

_COLUMNS = [getattr(DialerStateRow, name) for name in DialerState._fields]


class Progress(NamedTuple):
    """Contacts of one list by where they stand; `tried` of them were called, all together `tries` times."""

    list: str
    state: str
    held_by: str
    result: str
    contacts: int
    tried: int
    tries: int


async def load_states(tx: AsyncSession) -> dict[str, DialerState]:
    """Of those that somebody has touched."""
    return {row.dialer: DialerState(*row) for row in await tx.execute(select(*_COLUMNS))}


async def load_running(tx: AsyncSession) -> dict[str, DialerState]:
    return {key: each for key, each in (await load_states(tx)).items() if each.state == "running"}


async def load_state(tx: AsyncSession, key: str) -> DialerState:
    row = (await tx.execute(select(*_COLUMNS).where(DialerStateRow.dialer == key))).first()
    return DialerState(*row) if row else DialerState(key)


async def save_state(tx: AsyncSession, state: DialerState) -> bool:
    """`version` is the one that was read; False where somebody was faster."""
    values = {**state._asdict(), "version": state.version + 1}
    if state.version:
        own = DialerStateRow.dialer == state.dialer, DialerStateRow.version == state.version
        done = update(DialerStateRow).where(*own).values(**values)
    else:
        kind = sqlite if tx.get_bind().dialect.name == "sqlite" else postgresql
        done = kind.insert(DialerStateRow).values(**values).on_conflict_do_nothing()
    return (await tx.execute(done.returning(DialerStateRow.dialer))).first() is not None


async def load_progress(tx: AsyncSession, dialer: Dialer) -> list[Progress]:
    columns = Row.list, Row.state, Row.held_by, Row.result
    tried = func.sum(case((Row.tries > 0, 1), else_=0))
    query = select(*columns, func.count(), tried, func.sum(Row.tries)).where(
        Row.list.in_([each.list for each in dialer.lists])
    )
    return [Progress(*row) for row in await tx.execute(query.group_by(*columns).order_by(*columns))]


async def load_next_tries(tx: AsyncSession, dialer: Dialer) -> tuple[dt.datetime | None, dt.datetime | None]:
    """When the first and when the last of those who wait for their next try may have it."""
    found = list[dt.datetime]()
    for each in dialer.lists:
        waiting = Row.list == each.list, Row.state == literal_column("'retry'"), Row.next_at.is_not(None)
        for end in (func.min, func.max):  # one step of the index each
            found += filter(None, (await tx.execute(select(end(Row.next_at)).where(*waiting))).scalars())
    return min(found, default=None), max(found, default=None)


async def load_left(tx: AsyncSession, dialer: Dialer, most: int = 1) -> Left:
    """At most `most` of each: whether there is one is asked often, how many is not."""
    lists = [each.list for each in dialer.lists]
    waiting = select(Row.contact_id).where(Row.list.in_(lists), Row.state.in_(("fresh", "due", "retry", "reserved")))
    dialing = select(Row.contact_id).where(Row.list.in_(lists), Row.state == "dialing")
    open_calls = select(AttemptRow.guid).where(AttemptRow.dialer == dialer.key, AttemptRow.ended_at.is_(None))
    promised = select(ReminderRow.reminder_id).where(
        ReminderRow.campaign == dialer.campaign, ReminderRow.ended_at.is_(None)
    )
    parts = [query.limit(most).subquery() for query in (waiting, dialing, open_calls, promised)]
    counts = [select(func.count()).select_from(part).scalar_subquery() for part in parts]
    some, calls, attempts, promises = (await tx.execute(select(*counts))).one()
    return Left(some + calls, attempts, promises)
