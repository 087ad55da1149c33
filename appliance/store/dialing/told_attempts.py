"""Attempts that the journal tells of and the database has never heard of: a backup of it was put back."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import every_form, normalised
from appliance.core.dialing.attempts import Attempt, Result
from appliance.core.dialing.law import Kind
from appliance.core.entities.dialers import Dialer
from appliance.core.journal.facts import Interaction
from appliance.core.number_plan import plan_of
from appliance.core.site import Site
from appliance.store.dialing.attempts import end_attempt
from appliance.store.dialing.begun import DIALING, store_attempts
from appliance.store.tables.contacts import ContactNumberRow
from appliance.store.tables.dialing import AttemptRow
from appliance.store.tables.dialing import ListContactRow as Row

_KINDS: dict[str, Kind] = {"agentless": "agentless", "preview": "preview"}


async def remember_attempt(tx: AsyncSession, site: Site, told: Interaction, result: Result) -> None:
    """Written down as if it had been there: whoever was called is not called again."""
    known = await tx.execute(select(AttemptRow.guid).where(AttemptRow.guid == result.guid))
    dialer = next((each for each in site.dialers.values() if each.campaign == told.campaign), None)
    if known.first() is not None or dialer is None:
        return
    key, contact_id, position = await _find(tx, site, dialer, told.did)
    attempt = Attempt(
        guid=result.guid,
        node=told.node,
        dialer=dialer.key,
        campaign=told.campaign,
        list=key,
        contact_id=contact_id,
        position=position,
        number=normalised(told.did, plan_of(site.settings.country)),
        kind=_KINDS.get(dialer.mode, "auto"),
        agent=told.agent,
        caller_id="",
        begun_at=told.entered_at,
    )
    if not await store_attempts(tx, [attempt]):
        return
    own = Row.list == key, Row.contact_id == contact_id, Row.state != "done"
    await tx.execute(update(Row).where(*own).values(state=DIALING, last_at=told.entered_at, held_by="", reserved_by=""))
    await end_attempt(tx, site, result)


async def _find(tx: AsyncSession, site: Site, dialer: Dialer, number: str) -> tuple[str, int | None, int]:
    """Of the dialer's lists, who has the number: list, contact, and the number's place on the card."""
    forms = every_form(number, plan_of(site.settings.country))
    query = (
        select(Row.list, Row.contact_id, ContactNumberRow.position)
        .join(ContactNumberRow, ContactNumberRow.contact_id == Row.contact_id)
        .where(Row.list.in_([each.list for each in dialer.lists]), ContactNumberRow.number.in_(forms))
    )
    found = (await tx.execute(query.order_by(Row.state == "done", Row.contact_id).limit(1))).first()
    return (found.list, found.contact_id, found.position) if found else ("", None, 0)
