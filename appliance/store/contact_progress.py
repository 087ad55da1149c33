"""How far a dialer has come with a contact: written when an attempt ends, and when the agent has said what it was."""

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Attempt, Result
from appliance.core.dialing.caps import FREE
from appliance.core.dialing.law import rules_of
from appliance.core.dialing.tries import Ended, Next, Progress, after_attempt, parse_positions, render_positions
from appliance.core.site import Site
from appliance.store.reachable import load_numbers
from appliance.store.tables.dialing import AttemptRow
from appliance.store.tables.dialing import ListContactRow as Row


async def end_try(tx: AsyncSession, site: Site, attempt: Attempt, result: Result) -> None:
    """Nothing where the contact is gone, or was taken out of the dialer's hands."""
    if attempt.kind == "promised" and result.outcome in ("answered", "opted_out"):
        kept = update(Row).where(Row.list == attempt.list, Row.contact_id == attempt.contact_id, Row.state != "dialing")
        await tx.execute(kept.values(state="done", result=result.outcome, next_at=None, held_by="", last_at=result.at))
        return
    row = await _load(tx, attempt, "dialing")
    dialer = site.dialers.get(attempt.dialer)
    if row is None or attempt.contact_id is None:
        return
    disposition = site.dispositions.get(row.disposition)
    before = await _progress(tx, row, attempt, again=bool(disposition and disposition.retry))
    if dialer is None:
        after = Next("done", before.tries + 1, before.position, before.bad_positions, None)
    else:
        ended = Ended(result.outcome, result.at, await _times(tx, attempt, result.outcome, before.tries))
        after = after_attempt(dialer, rules_of(site, dialer), before, ended)
    await _save(tx, attempt, after, result.outcome)


async def note_disposition(tx: AsyncSession, site: Site, guid: str, key: str) -> None:
    """What the agent said of a call; it may come before its attempt has ended, or after."""
    found = await tx.execute(select(AttemptRow).where(AttemptRow.guid == guid))
    attempt_row = found.scalar()
    disposition = site.dispositions.get(key)
    if attempt_row is None or disposition is None:
        return
    attempt = Attempt(*(getattr(attempt_row, name) for name in Attempt._fields))
    own = update(Row).where(Row.list == attempt.list, Row.contact_id == attempt.contact_id)
    await tx.execute(own.values(disposition=key))
    dialer, row = site.dialers.get(attempt.dialer), await _load(tx, attempt, "done")
    if not disposition.retry or dialer is None or row is None or attempt_row.outcome != "answered":
        return
    before = await _progress(tx, row, attempt, again=True)
    before = before._replace(tries=before.tries - 1)  # it was counted when the call ended
    ended = Ended(
        "answered", attempt_row.ended_at or attempt.begun_at, await _times(tx, attempt, "answered", before.tries)
    )
    await _save(tx, attempt, after_attempt(dialer, rules_of(site, dialer), before, ended), "answered")


async def _load(tx: AsyncSession, attempt: Attempt, state: str) -> Row | None:
    own = Row.list == attempt.list, Row.contact_id == attempt.contact_id, Row.state == state
    query = select(Row).where(*own).with_for_update().execution_options(populate_existing=True)
    found: Row | None = (await tx.execute(query)).scalar()
    return found


async def _progress(tx: AsyncSession, row: Row, attempt: Attempt, *, again: bool) -> Progress:
    card = (await load_numbers(tx, [row.contact_id])).get(row.contact_id, {})
    return Progress(row.tries, attempt.position, sorted(card), parse_positions(row.bad_positions), again)


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
