"""Attempts: begun for contacts that may be called now, ended once; both in the caller's transaction or not at all."""

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.contacts import ending
from appliance.core.dialing.attempts import Attempt, Result, Wish
from appliance.core.entities.dialers import Dialer
from appliance.core.site import Site
from appliance.store.dialing.begun import DIALING, insert_attempts
from appliance.store.dialing.chosen import choose
from appliance.store.dialing.contact_progress import end_try
from appliance.store.dialing.never_again import call_no_more
from appliance.store.dialing.promised import end_promise
from appliance.store.tables.dialing import AttemptRow
from appliance.store.tables.dialing import ListContactRow as Row

_COLUMNS = [getattr(AttemptRow, name) for name in Attempt._fields]


async def begin_attempts(tx: AsyncSession, site: Site, dialer: Dialer, wish: Wish) -> list[Attempt]:
    """At most `wish.most` contacts, marked as being dialled; nobody may be dialled before the caller has committed."""
    return await insert_attempts(tx, dialer, wish, await choose(tx, site, dialer, wish))


async def load_open_attempts(tx: AsyncSession, node: str) -> list[Attempt]:
    query = select(*_COLUMNS).where(AttemptRow.ended_at.is_(None), AttemptRow.node == node)
    return [Attempt(*row) for row in await tx.execute(query.order_by(AttemptRow.begun_at))]


async def is_dialled(tx: AsyncSession, numbers: Iterable[str]) -> bool:
    """Whether a dialer of any node is calling one of these numbers, or has it on the line, however it is written."""
    wanted = {ending(number) for number in numbers}
    called = await tx.execute(select(AttemptRow.number).where(AttemptRow.ended_at.is_(None)))
    return any(ending(number) in wanted for number in called.scalars())


async def end_attempt(tx: AsyncSession, site: Site, result: Result) -> bool:
    """False where it had ended before. The contact is done, or waits for its next try."""
    values = {name: value for name, value in result._asdict().items() if name not in ("guid", "at")}
    if not result.agent:
        del values["agent"]
    query = update(AttemptRow).where(AttemptRow.guid == result.guid, AttemptRow.ended_at.is_(None))
    ended = query.values(ended_at=result.at, **values).returning(*_COLUMNS, AttemptRow.reminder_id)
    row = (await tx.execute(ended)).first()
    if row is None:
        return False
    attempt = Attempt(*row[:-1])
    if result.outcome == "opted_out":
        await call_no_more(tx, attempt.number, source="caller", by=attempt.dialer, at=result.at)
    await end_try(tx, site, attempt, result)
    if row.reminder_id is not None:
        await end_promise(tx, row.reminder_id, result)
    return True


async def release_attempt(tx: AsyncSession, guid: str) -> None:
    """It was never dialled: no try was used, and the contact comes again in a minute."""
    query = update(AttemptRow).where(AttemptRow.guid == guid, AttemptRow.ended_at.is_(None))
    done = query.values(ended_at=AttemptRow.begun_at, outcome="cancelled")
    row = (await tx.execute(done.returning(AttemptRow.list, AttemptRow.contact_id, AttemptRow.begun_at))).first()
    if row is None:
        return
    theirs = update(Row).where(Row.list == row.list, Row.contact_id == row.contact_id, Row.state == DIALING)
    await tx.execute(theirs.values(state="retry", next_at=row.begun_at + dt.timedelta(minutes=1)))
