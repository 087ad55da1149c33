"""Whom people here have called by hand: written when the journal tells of it, for the caps of dialers."""

from collections.abc import Sequence

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.journal.facts import ByHand
from appliance.core.outbound import numbers_meant
from appliance.core.site import Site
from appliance.store.tables.calls import HandCallRow
from appliance.store.tables.columns import table_of

_TABLE = table_of(HandCallRow)


async def save_hand_calls(tx: AsyncSession, site: Site, calls: Sequence[ByHand]) -> None:
    """Emergency calls are nobody's. A journal that is read again changes nothing."""
    kind = sqlite if tx.get_bind().dialect.name == "sqlite" else postgresql
    rows = [
        {"guid": each.guid, "number": number, "at": each.at}
        for each in calls
        for number in numbers_meant(site, each.route, each.dialled)
    ]
    if rows:
        await tx.execute(kind.insert(_TABLE).on_conflict_do_nothing(), rows)
