"""The emergency switch: supervisors close and open the whole centre, by an edit that is audited like any other."""

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.general import MAIN, GeneralSettings
from appliance.services.entities import create_entity, save_entity
from appliance.store.dialing.previews import release_all
from appliance.store.site import load_entity


async def set_emergency(tx: AsyncSession, *, closed: bool, by: str) -> bool:
    """Whether that changed anything: two supervisors may press at once. No contact stays on an agent's desk."""
    found = await load_entity(tx, "general", MAIN)
    settings, version = found or (GeneralSettings.model_validate({}), 0)
    assert isinstance(settings, GeneralSettings)  # noqa: S101 - what that section holds
    if settings.emergency_closed == closed:
        return False
    changed = settings.model_copy(update={"emergency_closed": closed})
    if found is None:
        await create_entity(tx, "general", changed, by=by)
    else:
        await save_entity(tx, "general", changed, version=version, by=by)
    if closed:
        await release_all(tx)
    return True
