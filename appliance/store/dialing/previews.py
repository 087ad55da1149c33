"""Contacts in preview: reserved for one agent, looked at, then called or left; nobody keeps one for ever."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Attempt, Wish
from appliance.core.dialing.hours import may_begin, zone_of
from appliance.core.dialing.law import rules_of
from appliance.core.entities.dialers import Dialer
from appliance.core.site import Site
from appliance.store.dialing.begun import insert_attempts
from appliance.store.dialing.chosen import choose
from appliance.store.dialing.lanes import DUE, FRESH, Candidate, change_contacts, choose_alone
from appliance.store.dialing.reachable import Asked, load_numbers, sort_out
from appliance.store.tables.dialing import ListContactRow as Row

RESERVED = "reserved"
LEASE = dt.timedelta(minutes=15)  # of an agent whose page is gone; one that is open renews it
_LATE = dt.timedelta(seconds=5)  # so long after its time a page may still dial
SKIPPED = dt.timedelta(hours=1)


class Preview(NamedTuple):
    """A contact that an agent looks at before the call."""

    list: str
    contact_id: int
    number: str
    tries: int
    result: str
    until_at: dt.datetime


async def reserve_contact(tx: AsyncSession, site: Site, dialer: Dialer, wish: Wish) -> Preview | None:
    """For `wish.ready[0]`: the one that is looked at already, else the next; None where nobody may be called now."""
    agent = wish.ready[0]
    row = await _load(tx, dialer, agent)
    if row is None:
        await choose_alone(tx)  # another window of the same agent may ask too
        row = await _load(tx, dialer, agent)
    if row is None:
        found = await choose(tx, site, dialer, wish._replace(most=1, kind="preview"))
        if not found:
            return None
        chosen = found[0]
        values = {"state": RESERVED, "reserved_by": agent, "position": chosen.position, "held_by": ""}
        new = {"of_contact": chosen.candidate.contact_id, "next_at": wish.at + LEASE} | values
        await change_contacts(tx, chosen.candidate.list, [new])
        return await _preview(tx, await _load(tx, dialer, agent))
    row.next_at = wish.at + LEASE
    await tx.flush()
    return await _preview(tx, row)


async def load_readers(tx: AsyncSession, dialers: Iterable[Dialer], at: dt.datetime) -> frozenset[str]:
    """The agents to whom one of these dialers shows a contact that it soon dials by itself."""
    readers = set[str]()
    for dialer in dialers:
        if not dialer.preview_s:
            continue
        shown_since = at - dt.timedelta(seconds=dialer.preview_s) - _LATE
        own = Row.state == RESERVED, Row.list.in_([each.list for each in dialer.lists])
        found = select(Row.reserved_by).where(*own, Row.next_at > shown_since + LEASE)
        readers.update((await tx.execute(found)).scalars())
    return frozenset(readers)


async def begin_preview(tx: AsyncSession, site: Site, dialer: Dialer, wish: Wish) -> list[Attempt]:
    """The call to the contact that the agent looks at. None where it may not be called any more, and was put back."""
    await choose_alone(tx)
    row = await _load(tx, dialer, wish.ready[0])
    if row is None:
        return []
    candidate = Candidate(*(getattr(row, name) for name in Candidate._fields))
    list_zone = site.lists[row.list].time_zone if row.list in site.lists else ""
    zone, rules = zone_of(row.zone, list_zone, site.settings.time_zone), rules_of(site, dialer)
    asked = Asked(rules, dialer.campaign, "preview", wish.at, {(row.list, row.zone): zone}, site.settings.country)
    reached, blocked = await sort_out(tx, [candidate], asked)
    if not reached or not may_begin(rules, zone, wish.at):
        for each in blocked:
            new = {"of_contact": row.contact_id, "state": each.state, "held_by": each.held_by, "next_at": each.next_at}
            await change_contacts(tx, row.list, [new | {"result": each.result or row.result, "reserved_by": ""}])
        if not blocked:
            await release_previews(tx, wish.ready[0])
        return []
    return await insert_attempts(tx, dialer, wish._replace(kind="preview"), reached)


async def skip_preview(tx: AsyncSession, dialer: Dialer, agent: str, at: dt.datetime) -> Preview | None:
    """Put back for an hour; what it was."""
    row = await _load(tx, dialer, agent)
    preview = await _preview(tx, row)
    if row is not None:
        values = {"state": "retry", "held_by": "skip", "next_at": at + SKIPPED, "reserved_by": ""}
        await change_contacts(tx, row.list, [{"of_contact": row.contact_id} | values])
    return preview


async def release_previews(tx: AsyncSession, agent: str) -> None:
    """The agent logs out or does something else: others may have the contact at once."""
    await _put_back(tx, Row.reserved_by == agent)


async def release_all(tx: AsyncSession) -> None:
    """Nobody calls anybody now."""
    await _put_back(tx, true())


async def release_forgotten(tx: AsyncSession, at: dt.datetime) -> None:
    """Of agents whose page is gone for a while."""
    await _put_back(tx, Row.next_at <= at)


async def _put_back(tx: AsyncSession, which: ColumnElement[bool]) -> None:
    back = {"state": case((Row.tries == 0, FRESH), else_=DUE), "reserved_by": "", "next_at": None}
    await tx.execute(update(Row).where(Row.state == RESERVED, which).values(back))


async def _load(tx: AsyncSession, dialer: Dialer, agent: str) -> Row | None:
    own = Row.state == RESERVED, Row.reserved_by == agent, Row.list.in_([each.list for each in dialer.lists])
    query = select(Row).where(*own).limit(1).with_for_update().execution_options(populate_existing=True)
    found: Row | None = (await tx.execute(query)).scalar()
    return found


async def _preview(tx: AsyncSession, row: Row | None) -> Preview | None:
    if row is None or row.next_at is None:
        return None
    number = (await load_numbers(tx, [row.contact_id])).get(row.contact_id, {}).get(row.position, "")
    return Preview(row.list, row.contact_id, number, row.tries, row.result, row.next_at)
