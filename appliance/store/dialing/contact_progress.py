"""How far a dialer has come with a contact: written when an attempt ends, and when the agent has said what it was."""

from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Attempt, Result
from appliance.core.dialing.caps import FREE
from appliance.core.dialing.law import rules_of
from appliance.core.dialing.tries import (
    Ended,
    Next,
    Progress,
    after_attempt,
    may_go_on,
    parse_positions,
    render_positions,
)
from appliance.core.entities.dialers import Dialer
from appliance.core.site import Site
from appliance.store.dialing.reachable import load_numbers
from appliance.store.tables.dialing import AttemptRow
from appliance.store.tables.dialing import ListContactRow as Row


class _Place(NamedTuple):
    """Where a contact stands in its list."""

    tries: int
    bad_positions: str
    disposition: str


_PLACE = [getattr(Row, name) for name in _Place._fields]


async def end_try(tx: AsyncSession, site: Site, attempt: Attempt, result: Result) -> None:
    """Nothing where the contact is gone, or was taken out of the dialer's hands."""
    if attempt.kind == "promised" and result.outcome in ("answered", "opted_out"):
        kept = update(Row).where(Row.list == attempt.list, Row.contact_id == attempt.contact_id, Row.state != "dialing")
        await tx.execute(kept.values(state="done", result=result.outcome, next_at=None, held_by="", last_at=result.at))
        return
    place, dialer = await _load(tx, attempt, "dialing"), site.dialers.get(attempt.dialer)
    if place is None:
        return
    if dialer is None:
        gone = Next("done", place.tries + 1, attempt.position, parse_positions(place.bad_positions), None)
        return await _save(tx, attempt, gone, result.outcome)
    disposition = site.dispositions.get(place.disposition)
    before = await _progress(tx, dialer, attempt, place, outcome=result.outcome)
    before = before._replace(again=bool(disposition and disposition.retry))
    await _save(tx, attempt, await _next(tx, site, attempt, before, result=result), result.outcome)


async def note_disposition(tx: AsyncSession, site: Site, guid: str, key: str) -> None:
    """What the agent said of a call; it may come before its attempt has ended, or after, and be taken back later."""
    found = await tx.execute(select(AttemptRow).where(AttemptRow.guid == guid))
    attempt_row = found.scalar()
    disposition = site.dispositions.get(key)
    if attempt_row is None or disposition is None:
        return
    attempt = Attempt(*(getattr(attempt_row, name) for name in Attempt._fields))
    if await _was_called_since(tx, attempt):
        return
    own = update(Row).where(Row.list == attempt.list, Row.contact_id == attempt.contact_id)
    await tx.execute(own.values(disposition=key))
    if attempt_row.outcome == "answered" and not disposition.retry:
        waits = own.where(Row.state.in_(("retry", "due", "reserved")))
        await tx.execute(waits.values(state="done", next_at=None, held_by="", reserved_by=""))
    dialer, place = site.dialers.get(attempt.dialer), await _load(tx, attempt, "done")
    if not disposition.retry or dialer is None or place is None or attempt_row.outcome != "answered":
        return
    before = await _progress(tx, dialer, attempt, place, outcome="answered")
    before = before._replace(tries=before.tries - 1, again=True)  # it was counted when the call ended
    result = Result(guid, "answered", attempt_row.ended_at or attempt.begun_at)
    await _save(tx, attempt, await _next(tx, site, attempt, before, result=result), "answered")


async def _was_called_since(tx: AsyncSession, attempt: Attempt) -> bool:
    later = AttemptRow.contact_id == attempt.contact_id, AttemptRow.begun_at > attempt.begun_at
    found = await tx.execute(select(AttemptRow.guid).where(AttemptRow.list == attempt.list, *later).limit(1))
    return found.first() is not None


async def _load(tx: AsyncSession, attempt: Attempt, state: str) -> _Place | None:
    own = Row.list == attempt.list, Row.contact_id == attempt.contact_id, Row.state == state
    row = (await tx.execute(select(*_PLACE).where(*own).with_for_update())).first()
    return _Place(*row) if row else None


async def _progress(tx: AsyncSession, dialer: Dialer, attempt: Attempt, place: _Place, *, outcome: str) -> Progress:
    """The card's other numbers are read only where they matter."""
    positions = [attempt.position]
    if attempt.contact_id is not None and may_go_on(dialer, outcome):
        positions = sorted((await load_numbers(tx, [attempt.contact_id])).get(attempt.contact_id, {}))
    return Progress(place.tries, attempt.position, positions, parse_positions(place.bad_positions))


async def _next(tx: AsyncSession, site: Site, attempt: Attempt, before: Progress, *, result: Result) -> Next:
    dialer = site.dialers[attempt.dialer]
    times = await _times(tx, attempt, result.outcome, before.tries) if before.tries else 1
    return after_attempt(dialer, rules_of(site, dialer), before, Ended(result.outcome, result.at, times))


async def _times(tx: AsyncSession, attempt: Attempt, outcome: str, tries: int) -> int:
    """Of the tries since the contact was fresh, how many came to this; the latest is among them."""
    mine = AttemptRow.contact_id == attempt.contact_id, AttemptRow.list == attempt.list
    counted = AttemptRow.ended_at.is_not(None), AttemptRow.outcome.not_in(FREE)
    latest = select(AttemptRow.outcome).where(*mine, *counted).order_by(AttemptRow.begun_at.desc()).limit(tries + 1)
    part = latest.subquery()
    return int((await tx.execute(select(func.count()).where(part.c.outcome == outcome))).scalar_one())


async def _save(tx: AsyncSession, attempt: Attempt, after: Next, outcome: str) -> None:
    values = after._asdict() | {"bad_positions": render_positions(after.bad_positions), "result": outcome}
    own = update(Row).where(Row.list == attempt.list, Row.contact_id == attempt.contact_id)
    await tx.execute(own.values(**values))
