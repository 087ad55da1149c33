"""Calls that agents promised: noted, told at their minute, done or cancelled; they outlive any restart."""

import asyncio
import datetime as dt
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import normalised, plain_number
from appliance.core.problems import Invalid, Problem
from appliance.core.sight import Sight
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.contacts import find_by_number, load_plan
from appliance.services.desk_news import tell_desk
from appliance.services.errors import NotFound
from appliance.services.hub import Hub
from appliance.store.db import Database
from appliance.store.dialing.promised import is_hour_of
from appliance.store.engine.commits import Mark
from appliance.store.reminders import (
    Reminder,
    count_open_made_by,
    end_reminder,
    end_reminders_of,
    insert_reminder,
    load_due,
    load_reminder,
)
from appliance.store.snapshots import load_snapshot

LOOK_S = 1.0
AHEAD = dt.timedelta(minutes=1)  # what comes due within is known from one reading
MOST_OPEN = 300  # by one person
MOST_AHEAD = dt.timedelta(days=366)
CALLED, CANCELLED = "called", "cancelled"


@dataclass(frozen=True)
class Promise:
    """To call a number at an instant; without an agent anyone may."""

    number: str
    due_at: dt.datetime | None
    agent: str = ""
    note: str = ""
    campaign: str = ""
    guid: str = ""


async def promise_call(tx: AsyncSession, promise: Promise, *, by: str) -> int:
    """Raises `Invalid`."""
    number = plain_number(promise.number)
    problems = [] if number else [Problem(("number",), N_("must be 2 to 20 digits, with or without a leading +"))]
    if promise.due_at is None:
        problems.append(Problem(("due",), N_("must be a day and a time")))
    elif not now() - dt.timedelta(minutes=1) < promise.due_at < now() + MOST_AHEAD:
        problems.append(Problem(("due",), N_("must be a time to come, within a year")))
    if await count_open_made_by(tx, by[:80]) >= MOST_OPEN:
        problems.append(Problem(("due",), N_("may have at most {max_length}"), {"max_length": MOST_OPEN}))
    if problems:
        raise Invalid(problems)
    contacts, number = await find_by_number(tx, number), normalised(number, await load_plan(tx))
    contact_id = contacts[0].contact_id if len(contacts) == 1 else None
    await _check_hour(tx, promise, (number, contact_id))
    return await insert_reminder(
        tx,
        agent=promise.agent,
        campaign=promise.campaign,
        number=number,
        contact_id=contact_id,
        guid=promise.guid,
        note=promise.note[:500],
        due_at=promise.due_at,
        created_at=now(),
        created_by=by[:80],
        result="",
    )


async def withdraw_promises(tx: AsyncSession, guid: str) -> None:
    """What was said of this call before holds no more."""
    await end_reminders_of(tx, guid, CANCELLED, now())


async def _check_hour(tx: AsyncSession, promise: Promise, whom: tuple[str, int | None]) -> None:
    """A dialer keeps its calling hours for promised calls too: what cannot be kept is not promised."""
    site, at = (await load_snapshot(tx)).site, promise.due_at
    dialer = next((each for each in site.dialers.values() if each.campaign == promise.campaign), None)
    if dialer is not None and at is not None and not await is_hour_of(tx, site, dialer, whom=whom, at=at):
        raise Invalid([Problem(("due",), N_("is outside the calling hours where this number is"))])


async def finish_reminder(tx: AsyncSession, reminder_id: int, agent: str, result: str) -> Reminder:
    """The agent's own or anyone's; another agent's is not found. Nothing more happens to one that is over."""
    found = await load_reminder(tx, reminder_id)
    if found is None or found.agent not in ("", agent):
        raise NotFound(f"reminders.{reminder_id}")
    await end_reminder(tx, reminder_id, result, now())
    return found


async def cancel_reminder(tx: AsyncSession, reminder_id: int, sight: Sight) -> None:
    """Of any agent in sight, or anyone's. Nothing more happens to one that is over."""
    found = await load_reminder(tx, reminder_id)
    if found is None or (found.agent and not sight.may_see("agents", found.agent)):
        raise NotFound(f"reminders.{reminder_id}")
    await end_reminder(tx, reminder_id, CANCELLED, now())


class Reminders:
    """Tells the desktops at the minute that was promised."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._quiet: tuple[Mark, dt.datetime] | None = None  # until then nothing comes due, if nobody commits
        self._looked = now()

    async def run(self) -> None:
        """Endless job. What came due while nobody looked is in the list of every page that opens."""
        while True:
            await asyncio.sleep(LOOK_S)
            if not self._is_quiet():
                self._looked = await self.tell_due(self._looked)

    def _is_quiet(self) -> bool:
        return self._quiet is not None and self._quiet[0] == self._database.mark() and now() < self._quiet[1]

    async def tell_due(self, since: dt.datetime) -> dt.datetime:
        """Of what came due after `since`; returns up to when it looked."""
        mark, until = self._database.mark(), now()
        async with self._database.reading() as tx:
            soon = await load_due(tx, since, until + AHEAD)
        self._quiet = mark, min((each.due_at for each in soon if each.due_at > until), default=until + AHEAD)
        for each in soon:
            if each.due_at <= until:
                tell_desk(self._hub, "reminder", agent=each.agent, reminder_id=each.reminder_id)
        return until
