"""Numbers on the do-not-call list that people dial by hand: asked about, refused or allowed, as the site says."""

from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import every_form_of
from appliance.core.outbound import numbers_meant
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import Refused, Unconfirmed
from appliance.store.db import Database
from appliance.store.dialing.do_not_call import Entry, find_entry
from appliance.store.snapshots import load_snapshot
from appliance.store.work import load_incomplete

ASK = N_("This number is on the do-not-call list (since {since}). Call all the same?")
ASK_WHY = N_("This number is on the do-not-call list ({reason}, since {since}). Call all the same?")
NEVER = N_("This number is on the do-not-call list (since {since}) and cannot be called from here.")
NEVER_WHY = N_("This number is on the do-not-call list ({reason}, since {since}) and cannot be called from here.")


class Listed:
    """For the dialplan, which asks about each number that a phone has dialled."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_refused(self, route: str, dialled: str, agent: str) -> bool:
        async with self._database.reading() as tx:
            site = (await load_snapshot(tx)).site
            if site.settings.listed_calls != "refused":
                return False
            return await find_listed(tx, site, route, (dialled, agent)) is not None


async def find_listed(tx: AsyncSession, site: Site, route: str, asked: tuple[str, str]) -> Entry | None:
    """The entry about what an agent (or a phone without one) has dialled, for all campaigns or for that of the call
    that the agent works on.
    """
    if site.settings.listed_calls == "allowed":
        return None
    dialled, agent = asked
    forms = every_form_of(numbers_meant(site, route, dialled), site.settings.country)
    work = await load_incomplete(tx, agent) if agent else []
    campaign = work[-1].campaign if work else ""
    return await find_entry(tx, frozenset[str]().union(*forms.values()), campaign, now())


def check_listed(site: Site, entry: Entry | None, *, is_confirmed: bool) -> None:
    """Raises Refused, or Unconfirmed with the question."""
    if entry is None:
        return
    since = entry.created_at.astimezone(ZoneInfo(site.settings.time_zone)).date().isoformat()
    if site.settings.listed_calls == "refused":
        raise Refused(NEVER_WHY if entry.reason else NEVER, reason=entry.reason, since=since)
    if not is_confirmed:
        raise Unconfirmed(ASK_WHY if entry.reason else ASK, reason=entry.reason, since=since)
