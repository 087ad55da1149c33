"""Attempts: begun for contacts that may be called now, ended once; both in the caller's transaction or not at all."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Attempt, Result, Wish
from appliance.core.dialing.choice import caller_number
from appliance.core.entities.dialers import Dialer
from appliance.core.site import Site
from appliance.store.chosen import choose
from appliance.store.contact_progress import end_try
from appliance.store.opt_outs import note_opt_out
from appliance.store.reachable import OPEN_AGAIN, Reached
from appliance.store.tables.dialing import AttemptRow
from appliance.store.tables.dialing import ListContactRow as Row

_COLUMNS = [getattr(AttemptRow, name) for name in Attempt._fields]
DIALING = "dialing"


async def begin_attempts(tx: AsyncSession, site: Site, dialer: Dialer, wish: Wish) -> list[Attempt]:
    """At most `wish.most` contacts, marked as being dialled; nobody may be dialled before the caller has committed."""
    chosen = await choose(tx, site, dialer, wish)
    return await insert_attempts(tx, dialer, wish, chosen)


async def insert_attempts(tx: AsyncSession, dialer: Dialer, wish: Wish, chosen: Sequence[Reached]) -> list[Attempt]:
    """Whose number another dialer began to call in this moment is left out and comes again later."""
    # In one order for all: two daemons that wait for each other's numbers would otherwise wait for ever.
    wanted = [_attempt(dialer, wish, each) for each in sorted(chosen, key=lambda each: each.number)]
    if not wanted:
        return []
    kind = sqlite if tx.get_bind().dialect.name == "sqlite" else postgresql
    new = kind.insert(AttemptRow).on_conflict_do_nothing().returning(AttemptRow.guid)
    stored = set((await tx.execute(new, [each._asdict() for each in wanted])).scalars())
    begun = [each for each in wanted if each.guid in stored]
    values = {"state": DIALING, "held_by": "", "disposition": "", "last_at": wish.at, "next_at": None}
    again = {"state": "retry", "held_by": "open", "next_at": wish.at + OPEN_AGAIN}
    rows = [
        {"list": each.list, "contact_id": each.contact_id, "position": each.position, "reserved_by": ""}
        | (values if each.guid in stored else again | {"disposition": "", "last_at": wish.at})
        for each in wanted
    ]
    await tx.execute(update(Row), rows)
    return begun


def _attempt(dialer: Dialer, wish: Wish, reached: Reached) -> Attempt:
    guid = uuid.uuid4()
    return Attempt(
        guid=str(guid),
        node=wish.node,
        dialer=dialer.key,
        campaign=dialer.campaign,
        list=reached.candidate.list,
        contact_id=reached.candidate.contact_id,
        position=reached.position,
        number=reached.number,
        kind=wish.kind,
        agent=reached.candidate.owner,
        caller_id=caller_number(dialer, reached.number, guid.int),
        begun_at=wish.at,
    )


async def load_open_attempts(tx: AsyncSession, node: str) -> list[Attempt]:
    query = select(*_COLUMNS).where(AttemptRow.ended_at.is_(None), AttemptRow.node == node)
    return [Attempt(*row) for row in await tx.execute(query.order_by(AttemptRow.begun_at))]


async def end_attempt(tx: AsyncSession, site: Site, result: Result) -> bool:
    """False where it had ended before. The contact is done, or waits for its next try."""
    values = {name: value for name, value in result._asdict().items() if name not in ("guid", "at")}
    if not result.agent:
        del values["agent"]
    query = update(AttemptRow).where(AttemptRow.guid == result.guid, AttemptRow.ended_at.is_(None))
    row = (await tx.execute(query.values(ended_at=result.at, **values).returning(*_COLUMNS))).first()
    if row is None:
        return False
    attempt = Attempt(*row)
    if result.outcome == "opted_out":
        await note_opt_out(tx, attempt.number, attempt.dialer, result.at)
    await end_try(tx, site, attempt, result)
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
