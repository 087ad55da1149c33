"""The request file of this machine, made from what is installed here."""

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.license.body import Edition, Model
from appliance.core.license.request import Request
from appliance.core.license.sale import MIN_SEATS, STEP
from appliance.services.licenses.current import load_licensing
from appliance.services.licenses.ground import this_machine
from appliance.store.snapshots import load_snapshot


async def make_request(
    tx: AsyncSession, *, seats: int | None = None, edition: Edition | None = None, model: Model | None = None
) -> Request:
    """Without wishes it asks for what there is, or for as many seats as there are agents."""
    license, site = (await load_licensing(tx)).license, (await load_snapshot(tx)).site
    if license is not None and not license.trial:
        usual = (len(license.seats), license.edition, license.model, license.customer, license.license_id)
    else:
        usual = (enough_seats(len(site.agents)), "voice", "named", site.settings.company, "")
    return Request(
        customer=usual[3],
        seats=seats or usual[0],
        edition=edition or usual[1],
        model=model or usual[2],
        license_id=usual[4],
        machine=await this_machine(),
    )


def enough_seats(agents: int) -> int:
    return max(MIN_SEATS, -(-agents // STEP) * STEP)
