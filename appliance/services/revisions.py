"""Puts an earlier configuration back; as a new edit, so that nothing of the history is lost."""

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.site import Site
from appliance.services.entities import SiteChanges, replace_site
from appliance.services.errors import NotFound
from appliance.store.configuration import load_revision


async def restore_revision(tx: AsyncSession, revision_id: int, *, by: str) -> SiteChanges:
    revision = await load_revision(tx, revision_id)
    if revision is None:
        raise NotFound(f"revision {revision_id}")
    site = Site.model_validate(revision.site)
    return await replace_site(tx, site, by=by, summary=f"restore revision {revision_id}")
