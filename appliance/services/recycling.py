"""Contacts that are done are called again: counted first, then made fresh or copied into another list; audited."""

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.dialers import Dialer
from appliance.core.problems import Invalid, Problem
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.users.trail import audit
from appliance.store.dialing.recycling import Recycling, copy_to, make_fresh


def check_choice(wanted: Recycling) -> None:
    if not wanted.results and not wanted.dispositions:
        raise Invalid([Problem(("results",), N_("choose at least one result or disposition"))])


async def recycle(tx: AsyncSession, site: Site, dialer: Dialer, wanted: Recycling, *, by: str) -> int:
    """How many contacts may be called again. Raises `Invalid`."""
    into = wanted.into
    check_choice(wanted)
    if into and into not in site.lists:
        raise Invalid([Problem(("into",), N_("there is no such list"))])
    if into in {each.list for each in dialer.lists}:
        raise Invalid([Problem(("into",), N_("that list belongs to this dialer already"))])
    done = await (copy_to if into else make_fresh)(tx, dialer, wanted, now())
    told = {"results": list(wanted.results), "dispositions": list(wanted.dispositions), "into": into, "contacts": done}
    await audit(tx, "recycle", dialer.key, by, section="dialers", after=told)
    return done
