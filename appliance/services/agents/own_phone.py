"""At which phone an agent who logs in on a page takes calls: an own one, or one that is nobody's own."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.phones import browser_phone, extension_of
from appliance.core.words import N_
from appliance.services.agents.trail import load_agent
from appliance.services.errors import Refused
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.users import UserRow

WEB, DESK = "browser", "own"  # as users.phone_kind has them


async def own_device(tx: AsyncSession, agent: str, chosen: str, *, user_id: int) -> str:
    """`chosen` is an extension, `own`, `browser`, or empty for what the user has set. Raises Refused."""
    own = (await load_agent(tx, agent)).extension
    kind = chosen or await _usual_kind(tx, user_id)
    if kind == WEB:
        return browser_phone(own)
    if kind in (DESK, "", own):
        return own
    site = (await load_snapshot(tx)).site
    owner = next((each.name for each in site.agents.values() if each.extension == extension_of(chosen)), "")
    if owner:
        message = N_("Extension {extension} is the phone of {name}. Log in there with its own keys.")
        raise Refused(message, extension=chosen, name=owner)
    return chosen


async def _usual_kind(tx: AsyncSession, user_id: int) -> str:
    found = await tx.execute(select(UserRow.phone_kind).where(UserRow.user_id == user_id))
    return found.scalar_one_or_none() or DESK
