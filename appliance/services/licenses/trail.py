"""Writes down, once each, what stands in the database and was not put there by the appliance."""

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.services.licenses.current import Found
from appliance.services.licenses.seats import SECTION
from appliance.services.users.trail import audit
from appliance.store.licenses import load_history

SEAT, FILE = "refuse seat", "refuse stored license"
BY = "appliance"

log = structlog.get_logger(__name__)


async def audit_foreign(tx: AsyncSession, found: Found) -> None:
    """Only this job writes such lines, with the state locked: looking first makes it once."""
    if not found.foreign and not found.damaged:
        return
    known = [(row.action, row.entity_key, row.after) for row in await load_history(tx, SECTION)]
    entries = [(SEAT, seat.seat_id, {"agent": seat.agent, "by": seat.by}) for seat in found.foreign]
    entries += [(FILE, number, {"reason": str(error)}) for number, error in found.damaged]
    for action, key, after in entries:
        if (action, key, after) not in known:
            log.error("licenses.refused", what=action, key=key, **after)
            await audit(tx, action, key, BY, section=SECTION, after=after)
