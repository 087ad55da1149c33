"""An agent's next contact in preview: shown and reserved, called or skipped; a call that was promised comes first."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import ending
from appliance.core.dialing.attempts import Attempt, Wish
from appliance.core.entities.dialers import Dialer
from appliance.core.membership import members_of
from appliance.core.site import Site
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import NotFound, Refused
from appliance.services.users.trail import audit
from appliance.store.dialing.previews import begin_preview, reserve_contact, skip_preview
from appliance.store.dialing.promised import begin_promised, load_due_promises, may_be_kept
from appliance.store.dialing.states import load_states
from appliance.store.sessions import load_session
from appliance.store.snapshots import load_snapshot

CLOSED = N_("The centre is closed for an emergency: nobody is called.")
GONE = N_("This contact may not be called any more. The next one is shown.")


class Shown(NamedTuple):
    """Who is on the agent's page: nobody else is called or skipped by its buttons. Without a card, by the number."""

    dialer: str
    contact_id: int | None
    number: str = ""
    kind: str = "preview"

    def is_(self, contact_id: int | None, number: str) -> bool:
        if self.contact_id is None:
            return ending(self.number) == ending(number)
        return self.contact_id == contact_id


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

    @property
    def shown(self) -> Shown:
        return Shown(self.dialer, self.contact_id, self.number, self.kind)


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
            if await may_be_kept(tx, site, dialer, promise, at=at):
                shown = promise.number, promise.contact_id
                return Offer(dialer.key, dialer.campaign, "promised", *shown, note=promise.note)
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


async def accept(tx: AsyncSession, node: str, agent: str, shown: Shown) -> Attempt:
    """The attempt; it may be placed after the commit. Raises `Refused` where it may not be called any more, or is
    somebody else's: nothing may be committed then."""
    site = (await load_snapshot(tx)).site
    if site.settings.emergency_closed:
        raise Refused(CLOSED)
    dialer = await _own(tx, agent, shown.dialer)
    wish = Wish(node, now(), 1, kind="preview", ready=(agent,))
    if shown.kind == "promised":
        begun = await begin_promised(tx, site, dialer, wish)
    else:
        begun = await begin_preview(tx, site, dialer, wish)
    if not begun or not shown.is_(begun[0].contact_id, begun[0].number):
        raise Refused(GONE)
    return begun[0]


async def skip(tx: AsyncSession, agent: str, shown: Shown, reason: str) -> None:
    """Others may have the contact in an hour; why is in the contact's trail. Raises `NotFound`, as `accept` does."""
    dialer = await _own(tx, agent, shown.dialer)
    skipped = await skip_preview(tx, dialer, agent, now())
    if skipped is None or not shown.is_(skipped.contact_id, skipped.number):
        raise NotFound("preview")
    told = {"dialer": dialer.key, "reason": reason[:200]}
    await audit(tx, "skip", str(skipped.contact_id), agent, section="contacts", after=told)


async def _own(tx: AsyncSession, agent: str, key: str) -> Dialer:
    for dialer in await load_own_dialers(tx, agent):
        if dialer.key == key:
            return dialer
    raise NotFound(f"dialers.{key}")
