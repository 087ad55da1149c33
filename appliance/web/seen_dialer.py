"""The dialer that an address names, as far as this person may see it."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.dialers import Dialer
from appliance.core.site import Site
from appliance.services.dialers import find_dialer
from appliance.services.errors import NotFound
from appliance.web.keys import SIGHT
from appliance.web.sight import load_seen


async def seen_dialer(tx: AsyncSession, request: web.Request) -> tuple[Site, Dialer]:
    """Of a campaign in sight, else `NotFound`."""
    site = (await load_seen(tx, request)).site
    dialer = find_dialer(site, request.match_info["key"])
    if not request[SIGHT].may_see("campaigns", dialer.campaign):
        raise NotFound(f"dialers.{dialer.key}")
    return site, dialer
