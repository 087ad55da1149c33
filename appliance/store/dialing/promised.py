"""Calls that agents promised for a dialer's campaign: kept when they are due and the agent is ready."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import every_form_of, normalised
from appliance.core.dialing.attempts import Attempt, Result, Wish
from appliance.core.dialing.caps import FREE, blocked_until, together
from appliance.core.dialing.choice import caller_number
from appliance.core.dialing.hours import call_zones, may_begin
from appliance.core.dialing.law import rules_of
from appliance.core.entities.dialers import Dialer
from appliance.core.lists.zones import zone_of as number_zone
from appliance.core.number_plan import plan_of
from appliance.core.site import Site
from appliance.store.dialing.begun import store_attempts
from appliance.store.dialing.do_not_call import never_dialled
from appliance.store.dialing.lanes import choose_alone
from appliance.store.dialing.reachable import Asked, load_called, load_calls, load_numbers
from appliance.store.reminders import Reminder, end_reminder
from appliance.store.tables.dialing import AttemptRow
from appliance.store.tables.dialing import ListContactRow as Row
from appliance.store.tables.work import ReminderRow

PROMISED = "promised"
MOST_TRIES, AGAIN = 3, dt.timedelta(minutes=10)
KEPT, NEVER, NO_ANSWER, LATER = "called", "never", "no_answer", "later"
_COLUMNS = [getattr(ReminderRow, name) for name in Reminder._fields]


class _Person(NamedTuple):
    """Where somebody stands in the dialer's lists, and their numbers by position."""

    row: Row | None
    card: Mapping[int, str]


async def begin_promised(tx: AsyncSession, site: Site, dialer: Dialer, wish: Wish) -> list[Attempt]:
    """One for each agent who is ready, their own before anyone's; at most `wish.most`."""
    await choose_alone(tx)
    begun, free = list[Attempt](), list(wish.ready)
    for each in await load_due_promises(tx, dialer, wish.at, wish.ready):
        agent = each.agent or (free[0] if free else "")
        if agent not in free or len(begun) >= wish.most:
            continue
        attempt = await _begin(tx, site, dialer, (wish, each, agent))
        if attempt is not None:
            free.remove(agent)
            begun.append(attempt)
    return begun


async def load_due_promises(tx: AsyncSession, dialer: Dialer, at: dt.datetime, agents: Sequence[str]) -> list[Reminder]:
    """Those that have not been tried in the last minutes; whose own first, then the oldest."""
    whose = ReminderRow.agent.in_(["", *agents])
    query = select(*_COLUMNS).where(*_open(dialer), ReminderRow.due_at <= at, whose, _is_untried(at))
    order = (ReminderRow.agent == ""), ReminderRow.due_at, ReminderRow.reminder_id
    return [Reminder(*row) for row in await tx.execute(query.order_by(*order).limit(50))]


async def load_untried(tx: AsyncSession, since: dt.datetime, until: dt.datetime) -> list[Reminder]:
    """All that are due in between, whatever their campaign, and for which nobody has been called."""
    query = select(*_COLUMNS).where(ReminderRow.ended_at.is_(None), ReminderRow.due_at.between(since, until))
    return [Reminder(*row) for row in await tx.execute(query.where(_is_untried(until)))]


def _is_untried(at: dt.datetime) -> ColumnElement[bool]:
    tried = select(AttemptRow.guid).where(AttemptRow.reminder_id == ReminderRow.reminder_id)
    return ~tried.where((AttemptRow.begun_at > at - AGAIN) | AttemptRow.ended_at.is_(None)).exists()


async def load_promised(tx: AsyncSession, dialer: Dialer, most: int = 200) -> list[Reminder]:
    """All that are open, the next one first."""
    query = select(*_COLUMNS).where(*_open(dialer)).order_by(ReminderRow.due_at, ReminderRow.reminder_id)
    return [Reminder(*row) for row in await tx.execute(query.limit(most))]


def _open(dialer: Dialer) -> tuple[ColumnElement[bool], ...]:
    return ReminderRow.campaign == dialer.campaign, ReminderRow.ended_at.is_(None)


async def _begin(tx: AsyncSession, site: Site, dialer: Dialer, asked: tuple[Wish, Reminder, str]) -> Attempt | None:
    wish, promise, agent = asked
    promise = promise._replace(number=normalised(promise.number, plan_of(site.settings.country)))
    person = await _load_person(tx, site, dialer, promise.contact_id)
    why_not = await _why_not(tx, site, dialer, (promise, person), at=wish.at)
    if why_not == NEVER:
        await end_reminder(tx, promise.reminder_id, NEVER, wish.at)
    return None if why_not else await _insert(tx, dialer, wish, (promise, agent, person.row))


async def may_be_kept(tx: AsyncSession, site: Site, dialer: Dialer, promise: Reminder, *, at: dt.datetime) -> bool:
    person = await _load_person(tx, site, dialer, promise.contact_id)
    return not await _why_not(tx, site, dialer, (promise, person), at=at)


async def _why_not(
    tx: AsyncSession, site: Site, dialer: Dialer, asked: tuple[Reminder, _Person], *, at: dt.datetime
) -> str:
    """The customer wished for it, but law, hours, caps and do-not-call hold for it too. Empty: the call may be made."""
    promise, person = asked
    rules, country = rules_of(site, dialer), site.settings.country
    forms = every_form_of({promise.number, *person.card.values()}, country)
    if promise.number in await never_dialled(tx, forms, dialer.campaign, at):
        return NEVER
    known = together((await load_calls(tx, forms, Asked(rules, dialer.campaign, PROMISED, at, {}, country))).values())
    zones = _zones(site, dialer, person, promise.number)
    is_capped = any(blocked_until(rules, known, kind=PROMISED, zone=zone, at=at) for zone in zones)
    is_hour = all(may_begin(rules, zone, at) for zone in zones)
    is_called = known.is_open or promise.contact_id in await load_called(tx)
    return "" if is_hour and not (is_called or is_capped) else LATER


async def _insert(
    tx: AsyncSession, dialer: Dialer, wish: Wish, found: tuple[Reminder, str, Row | None]
) -> Attempt | None:
    """The contact's own progress waits: it is done when this call is answered."""
    promise, agent, row = found
    guid = uuid.uuid4()
    attempt = Attempt(
        guid=str(guid),
        node=wish.node,
        dialer=dialer.key,
        campaign=dialer.campaign,
        list=row.list if row else "",
        contact_id=promise.contact_id,
        position=row.position if row else 0,
        number=promise.number,
        kind=PROMISED,
        agent=agent,
        caller_id=caller_number(dialer, promise.number, guid.int),
        begun_at=wish.at,
    )
    stored = await store_attempts(tx, [attempt], reminder_id=promise.reminder_id)
    return attempt if stored else None


async def is_hour_of(
    tx: AsyncSession, site: Site, dialer: Dialer, *, whom: tuple[str, int | None], at: dt.datetime
) -> bool:
    """Whether `whom`, by number and card, may be called at that time of the day."""
    number, contact_id = whom
    rules, person = rules_of(site, dialer), await _load_person(tx, site, dialer, contact_id)
    return all(may_begin(rules, zone, at) for zone in _zones(site, dialer, person, number))


def _zones(site: Site, dialer: Dialer, person: _Person, number: str) -> set[str]:
    own = person.row.zone if person.row else number_zone(number)
    homes = _list_zone(site, dialer, person.row), site.settings.time_zone
    return call_zones(number, person.card, own, homes)


async def _load_person(tx: AsyncSession, site: Site, dialer: Dialer, contact_id: int | None) -> _Person:
    if contact_id is None:
        return _Person(None, {})
    own = Row.contact_id == contact_id, Row.list.in_([each.list for each in dialer.lists])
    row: Row | None = (await tx.execute(select(Row).where(*own).limit(1))).scalar()
    card = (await load_numbers(tx, [contact_id], site.settings.country)).get(contact_id, {})
    return _Person(row, card)


def _list_zone(site: Site, dialer: Dialer, row: Row | None) -> str:
    key = row.list if row else dialer.lists[0].list if dialer.lists else ""
    return site.lists[key].time_zone if key in site.lists else ""


async def end_promise(tx: AsyncSession, reminder_id: int, result: Result) -> None:
    """Kept where somebody talked; after three tries that reached the contact's phone it is over too."""
    if result.outcome in ("answered", "opted_out"):
        await end_reminder(tx, reminder_id, KEPT, result.at)
        return
    counted = select(func.count()).where(AttemptRow.reminder_id == reminder_id, AttemptRow.outcome.not_in(FREE))
    if (await tx.execute(counted)).scalar_one() >= MOST_TRIES:
        await end_reminder(tx, reminder_id, NO_ANSWER, result.at)
