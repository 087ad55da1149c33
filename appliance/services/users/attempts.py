"""Counts failures to sign in and says who must rest; nobody can shut another out for good with them.

Three counters stand beside each other: of a login from one place, of a login from anywhere, of an address with any
login. A browser that signed in before is a place of its own, and only its own counter stops it: so whoever guesses
elsewhere, even behind the same address, leaves the owner of the account the way in.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy import delete, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.sign_in import ANY_LOGIN, ANY_PLACE, FORGOTTEN_S, KNOWN_S, LOGIN_HERE, Limit, lock_s
from appliance.services.clock import now
from appliance.store.tables.users import SignInAttemptRow

ANY = ""


@dataclass(frozen=True)
class Origin:
    """Where somebody signs in from; `known_by` is the secret that this browser got when it signed in before."""

    address: str
    known_by: str = ""
    browser: str = ""  # what it calls itself


def known_place(known_by: str) -> str:
    return "browser " + hashlib.sha256(known_by.encode()).hexdigest()[:48]


async def count_attempt(tx: AsyncSession, login: str, origin: Origin, *, exists: bool) -> bool:
    """Counts one more failure, which `forgive` takes back; False where it must not even be tried now.

    Names that do not exist are not kept, so that guessing fills no table.
    """
    rows = await _rows(tx, login, origin, exists=exists)
    if any(row.locked_until is not None and row.locked_until > now() for row, _limit in rows):
        return False
    for row, limit in rows:
        _count(row, limit)
    return True


def _count(row: SignInAttemptRow, limit: Limit) -> None:
    if (now() - row.tried_at).total_seconds() > FORGOTTEN_S:
        row.failures = 0
    row.failures, row.tried_at = row.failures + 1, now()
    rest_s = lock_s(row.failures, limit)
    row.locked_until = now() + dt.timedelta(seconds=rest_s) if rest_s else None


async def _rows(tx: AsyncSession, login: str, origin: Origin, *, exists: bool) -> list[tuple[SignInAttemptRow, Limit]]:
    address = origin.address[:64] or "-"
    if exists and origin.known_by:
        known = await tx.get(SignInAttemptRow, (login, known_place(origin.known_by)), with_for_update=True)
        if known is not None and known.succeeded_at is not None:
            return [(known, LOGIN_HERE)]
    rows = [(await _row(tx, ANY, address), ANY_LOGIN)]
    if exists:
        rows += [(await _row(tx, login, ANY), ANY_PLACE), (await _row(tx, login, address), LOGIN_HERE)]
    return rows


async def _row(tx: AsyncSession, login: str, address: str) -> SignInAttemptRow:
    """Made where there is none; locked until the transaction ends, so that many at once are all counted."""
    insert = sqlite.insert if tx.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"login": login, "address": address, "failures": 0, "tried_at": now()}
    await tx.execute(insert(SignInAttemptRow).values(values).on_conflict_do_nothing())
    return await tx.get_one(SignInAttemptRow, (login, address), with_for_update=True)


async def forgive(tx: AsyncSession, login: str, origin: Origin) -> None:
    """After success: only what was counted for this login from this place is taken back from every counter.

    So somebody with an account of their own gains no more guesses at the others'.
    """
    rows = await _rows(tx, login, origin, exists=True)
    counted = rows[-1][0].failures
    for row, limit in rows:
        row.failures = max(0, row.failures - counted)
        row.locked_until = row.locked_until if lock_s(row.failures, limit) else None


async def undo_attempt(tx: AsyncSession, login: str, origin: Origin) -> None:
    """The password was right but a code is still to come: the failures before it go on counting."""
    for row, limit in await _rows(tx, login, origin, exists=True):
        row.failures = max(0, row.failures - 1)
        row.locked_until = row.locked_until if lock_s(row.failures, limit) else None


async def remember_browser(tx: AsyncSession, login: str, known_by: str) -> None:
    row = await _row(tx, login, known_place(known_by))
    row.succeeded_at = row.tried_at = now()


async def clear_attempts(tx: AsyncSession, login: str, *, keep_browsers: bool = True) -> None:
    """An administrator lets somebody in again."""
    gone = delete(SignInAttemptRow).where(SignInAttemptRow.login == login)
    if keep_browsers:
        gone = gone.where(SignInAttemptRow.succeeded_at.is_(None))
    await tx.execute(gone)


async def forget_old_attempts(tx: AsyncSession) -> None:
    at = now()
    forgotten, unknown = at - dt.timedelta(seconds=FORGOTTEN_S), at - dt.timedelta(seconds=KNOWN_S)
    seen = SignInAttemptRow.succeeded_at
    await tx.execute(
        delete(SignInAttemptRow).where(SignInAttemptRow.tried_at < forgotten, or_(seen.is_(None), seen < unknown))
    )
