"""Contacts that a dialer's own rules keep back until later: looked at again where the rules were changed."""

import datetime as dt
from collections.abc import Collection

from sqlalchemy import literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.dialing import ListContactRow as Row

BY_RULES = ("filter", "cap", "hours")
MOST = 20_000  # of a list: nobody else writes meanwhile


async def look_anew(tx: AsyncSession, lists: Collection[str], at: dt.datetime) -> None:
    """Those who would come first; the rest in their time."""
    for key in lists:
        held = Row.list == key, Row.state == literal_column("'retry'"), Row.next_at > at, Row.held_by.in_(BY_RULES)
        first = select(Row.contact_id).where(*held).order_by(Row.next_at).limit(MOST)
        own = update(Row).where(Row.list == key, Row.contact_id.in_(first))
        await tx.execute(own.values(next_at=at).execution_options(synchronize_session=False))
