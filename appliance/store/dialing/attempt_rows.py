"""Every call of a dialer as a row of a file: whom, when, how it ended, and which keys were pressed."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.dialing.figures import dialled
from appliance.store.tables.calls import StepRow
from appliance.store.tables.contacts import ContactRow
from appliance.store.tables.dialing import AttemptRow, ListContactRow
from appliance.store.tables.work import WorkRow

_PRESSED = ("key", "survey", "input")  # steps of menus, questions and collected digits


class ToldAttempt(NamedTuple):
    guid: str
    begun_at: dt.datetime
    list: str
    name: str
    own_key: str
    number: str
    kind: str
    agent: str
    outcome: str
    disposition: str
    amd: str
    answered_at: dt.datetime | None
    wait_s: float
    talk_s: float
    ended_at: dt.datetime | None
    cause: int
    tech_cause: str
    caller_id: str
    pressed: tuple[str, ...] = ()


async def load_attempts(tx: AsyncSession, dialer: str, *, after: ToldAttempt | None, size: int) -> list[ToldAttempt]:
    """In the order in which they began, from the one after this."""
    row = AttemptRow
    texts = {"name": ContactRow.name, "own_key": ListContactRow.own_key, "disposition": WorkRow.disposition}
    columns = [
        func.coalesce(texts[name], "") if name in texts else getattr(row, name) for name in ToldAttempt._fields[:-1]
    ]
    listed = and_(ListContactRow.list == row.list, ListContactRow.contact_id == row.contact_id)
    query = (
        select(*columns)
        .select_from(row)
        .outerjoin(ContactRow, ContactRow.contact_id == row.contact_id)
        .outerjoin(ListContactRow, listed)
        .outerjoin(WorkRow, and_(WorkRow.guid == row.guid, WorkRow.agent == row.agent))
        .where(*dialled(dialer))
    )
    if after is not None:
        later = or_(row.begun_at > after.begun_at, row.guid > after.guid)
        query = query.where(row.begun_at >= after.begun_at, later)
    found = [ToldAttempt(*each) for each in await tx.execute(query.order_by(row.begun_at, row.guid).limit(size))]
    pressed = await _pressed(tx, [each.guid for each in found])
    return [each._replace(pressed=tuple(pressed.get(each.guid, ()))) for each in found]


async def _pressed(tx: AsyncSession, guids: Collection[str]) -> dict[str, list[str]]:
    """Such as `happy 1: 4`: the menu or question, and what was pressed."""
    query = select(StepRow.guid, StepRow.detail).where(StepRow.guid.in_(guids), StepRow.kind.in_(_PRESSED))
    told: dict[str, list[str]] = {}
    for guid, detail in await tx.execute(query.order_by(StepRow.guid, StepRow.position)):
        parts = detail.split("|")
        told.setdefault(guid, []).append(f"{' '.join(parts[:-1])}: {parts[-1]}")
    return told
