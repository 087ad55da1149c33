"""An agent's next contact in preview: shown and reserved, called or skipped; a call that was promised comes first."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Attempt, Wish
from appliance.core.entities.dialers import Dialer
from appliance.core.membership import members_of
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import NotFound, Refused
from appliance.services.users.trail import audit
from appliance.store.dialer_states import load_states
from appliance.store.previews import begin_preview, reserve_contact, skip_preview
from appliance.store.promised import begin_promised, load_due_promises
from appliance.store.sessions import load_session
from appliance.store.snapshots import load_snapshot

CLOSED = N_("The centre is closed for an emergency: nobody is called.")
GONE = N_("This contact may not be called any more. The next one is shown.")


@dataclass(frozen=True)
class Offer:
    """Whom to call next, for which dialer; `seconds` until it is dialled by itself, 0: the agent dials."""

    dialer: str
    campaign: str
    kind: str
    number: str
    contact_id: int | None
    tries: int = 0
    result: str = ""
    note: str = ""
    seconds: int = 0
    until_at: dt.datetime | None = None


async def load_own_dialers(tx: AsyncSession, agent: str) -> list[Dialer]:
    """Those in preview that run, and whose queue this agent serves; none while the agent is away or all is closed."""
    site, session = (await load_snapshot(tx)).site, await load_session(tx, agent)
    if session is None or session.paused_reason is not None or site.settings.emergency_closed:
        return []
    running = [key for key, each in (await load_states(tx)).items() if each.state == "running"]
    found = [site.dialers[key] for key in running if key in site.dialers]
    return [each for each in found if each.mode == "preview" and agent in _team(site, each)]


def _team(site: Site, dialer: Dialer) -> set[str]:
    campaign = site.campaigns.get(dialer.campaign)
    queue = site.queues.get(campaign.queue) if campaign else None
    return set(members_of(site, queue)) if queue else set()


async def offer(tx: AsyncSession, node: str, agent: str) -> Offer | None:
    """The same one until it is called or skipped."""
    site, at = (await load_snapshot(tx)).site, now()
    for dialer in await load_own_dialers(tx, agent):
        wish = Wish(node, at, 1, kind="preview", ready=(agent,))
        for promise in await load_due_promises(tx, dialer, at, [agent]):
            return Offer(dialer.key, dialer.campaign, "promised", promise.number, promise.contact_id, note=promise.note)
        found = await reserve_contact(tx, site, dialer, wish)
        if found is not None:
            return Offer(
                dialer=dialer.key,
                campaign=dialer.campaign,
                kind="preview",
                number=found.number,
                contact_id=found.contact_id,
                tries=found.tries,
                result=found.result,
                seconds=dialer.preview_s,
                until_at=found.until_at,
            )
    return None


async def accept(tx: AsyncSession, node: str, agent: str, key: str) -> Attempt:
    """The attempt; it may be placed after the commit. Raises `Refused` where it may not be called any more."""
    site = (await load_snapshot(tx)).site
    if site.settings.emergency_closed:
        raise Refused(CLOSED)
    dialer = await _own(tx, agent, key)
    wish = Wish(node, now(), 1, kind="preview", ready=(agent,))
    begun = await begin_promised(tx, site, dialer, wish)
    attempt = begun[0] if begun else await begin_preview(tx, site, dialer, wish)
    if attempt is None:
        raise Refused(GONE)
    return attempt


async def skip(tx: AsyncSession, agent: str, key: str, reason: str) -> None:
    """Others may have the contact in an hour; why is in the contact's trail."""
    dialer = await _own(tx, agent, key)
    skipped = await skip_preview(tx, dialer, agent, now())
    if skipped is None:
        raise NotFound("preview")
    told = {"dialer": dialer.key, "reason": reason[:200]}
    await audit(tx, "skip", str(skipped.contact_id), agent, section="contacts", after=told)


async def _own(tx: AsyncSession, agent: str, key: str) -> Dialer:
    for dialer in await load_own_dialers(tx, agent):
        if dialer.key == key:
            return dialer
    raise NotFound(f"dialers.{key}")
