"""What happened with a customer before: interactions by number or card, and what agents wrote about them."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.sight import EVERYTHING, Sight
from appliance.store.interactions import in_sight
from appliance.store.tables.calls import InteractionRow
from appliance.store.tables.work import WorkRow

MOST = 20


class Earlier(NamedTuple):
    """`disposition` and `notes` are of whoever worked on it last."""

    guid: str
    direction: str
    did: str
    queue: str
    campaign: str
    agent: str
    outcome: str
    entered_at: dt.datetime
    talk_s: float
    disposition: str = ""
    notes: str = ""


_COLUMNS = [getattr(InteractionRow, name) for name in Earlier._fields if name not in ("disposition", "notes")]


async def load_history(
    tx: AsyncSession,
    forms: Collection[str],
    contact_id: int | None = None,
    *,
    most: int = MOST,
    sight: Sight = EVERYTHING,
) -> list[Earlier]:
    """The newest first of those in sight; `forms` are those in which the customer's numbers may have been written."""
    numbers = list(forms)
    conditions = [
        InteractionRow.caller.in_(numbers),
        and_(InteractionRow.direction == "outbound", InteractionRow.did.in_(numbers)),
    ]
    if contact_id is not None:
        worked = select(WorkRow.guid).where(WorkRow.contact_id == contact_id)
        conditions.append(InteractionRow.guid.in_(worked))
    query = (
        select(*_COLUMNS)
        .where(or_(*conditions), in_sight(sight))
        .order_by(InteractionRow.entered_at.desc())
        .limit(most)
    )
    found = [Earlier(*row) for row in await tx.execute(query)]
    written = await _written(tx, [each.guid for each in found])
    return [each._replace(disposition=a, notes=b) for each in found for a, b in [written.get(each.guid, ("", ""))]]


async def _written(tx: AsyncSession, guids: list[str]) -> dict[str, tuple[str, str]]:
    query = select(WorkRow.guid, WorkRow.disposition, WorkRow.notes).where(WorkRow.guid.in_(guids))
    found = await tx.execute(query.order_by(WorkRow.began_at))
    return {guid: (disposition, notes) for guid, disposition, notes in found}
