"""What an agent said of a call, as far as it concerns calling out: try again, or never call this number again."""

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import normalised
from appliance.services.clock import now
from appliance.services.contacts import load_plan
from appliance.store.dialing.contact_progress import note_disposition
from appliance.store.dialing.never_again import call_no_more
from appliance.store.snapshots import load_snapshot
from appliance.store.work import Work


async def tell_dialer(tx: AsyncSession, work: Work) -> None:
    """In the transaction that completes the work."""
    site = (await load_snapshot(tx)).site
    chosen = site.dispositions.get(work.disposition)
    if chosen is None:
        return
    if chosen.do_not_call and work.number:
        await call_no_more(tx, normalised(work.number, await load_plan(tx)), source="agent", by=work.agent, at=now())
    await note_disposition(tx, site, work.guid, chosen.key)
