"""Calls that agents promised for a dialer's campaign: kept when they are due and the agent is ready."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import every_form_of, normalised
from appliance.core.dialing.attempts import Attempt, Result, Wish
from appliance.core.dialing.caps import Calls, blocked_until
from appliance.core.dialing.choice import caller_number
from appliance.core.dialing.hours import may_begin, zone_of
from appliance.core.dialing.law import rules_of
from appliance.core.entities.dialers import Dialer
from appliance.core.lists.zones import zone_of as number_zone
from appliance.core.number_plan import plan_of
from appliance.core.site import Site
from appliance.store.begun import store_attempts
from appliance.store.choosing import choose_alone
from appliance.store.do_not_call import never_dialled
from appliance.store.reachable import Asked, load_calls
from appliance.store.reminders import Reminder, end_reminder
from appliance.store.tables.dialing import AttemptRow
from appliance.store.tables.dialing import ListContactRow as Row
from appliance.store.tables.work import ReminderRow

PROMISED = "promised"
MOST_TRIES, AGAIN = 3, dt.timedelta(minutes=10)
KEPT, NEVER, NO_ANSWER = "called", "never", "no_answer"
_COLUMNS = [getattr(ReminderRow, name) for name in Reminder._fields]


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
    """The customer wished for this call, but law, hours, caps and do-not-call hold for it too."""
    wish, promise, agent = asked
    country = site.settings.country
    promise = promise._replace(number=normalised(promise.number, plan_of(country)))
    row = await _load_row(tx, dialer, promise)
    own = row.zone if row else number_zone(promise.number)
    zone = zone_of(own, _list_zone(site, dialer, row), site.settings.time_zone)
    rules = rules_of(site, dialer)
    forms = every_form_of([promise.number], country)
    if await never_dialled(tx, forms, dialer.campaign, wish.at):
        await end_reminder(tx, promise.reminder_id, NEVER, wish.at)
        return None
    calls = await load_calls(tx, forms, Asked(rules, dialer.campaign, PROMISED, wish.at, {}, country))
    known = calls.get(promise.number, Calls())
    until = blocked_until(rules, known, kind=PROMISED, zone=zone, at=wish.at)
    if known.is_open or until is not None or not may_begin(rules, zone, wish.at):
        return None
    return await _insert(tx, dialer, wish, (promise, agent, row))


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


async def _load_row(tx: AsyncSession, dialer: Dialer, promise: Reminder) -> Row | None:
    """Where the contact stands in the dialer's lists."""
    if promise.contact_id is None:
        return None
    own = Row.contact_id == promise.contact_id, Row.list.in_([each.list for each in dialer.lists])
    found: Row | None = (await tx.execute(select(Row).where(*own).limit(1))).scalar()
    return found


def _list_zone(site: Site, dialer: Dialer, row: Row | None) -> str:
    key = row.list if row else dialer.lists[0].list if dialer.lists else ""
    return site.lists[key].time_zone if key in site.lists else ""


async def end_promise(tx: AsyncSession, reminder_id: int, result: Result) -> None:
    """Kept where somebody talked; after three tries it is over too."""
    if result.outcome in ("answered", "opted_out"):
        await end_reminder(tx, reminder_id, KEPT, result.at)
        return
    counted = select(func.count()).where(AttemptRow.reminder_id == reminder_id, AttemptRow.outcome != "congestion")
    if (await tx.execute(counted)).scalar_one() >= MOST_TRIES:
        await end_reminder(tx, reminder_id, NO_ANSWER, result.at)
