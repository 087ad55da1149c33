"""Signing in: the password, then what the role or the user asks for beside it."""

import secrets
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.services.clock import now
from appliance.services.passwords import NOBODY, verify_password
from appliance.services.users.attempts import (
    Origin,
    count_attempt,
    forget_old_attempts,
    forgive,
    remember_browser,
    undo_attempt,
)
from appliance.services.users.person import Person, Session, SignedIn, person_of
from appliance.services.users.policy import load_policy, lock_users
from appliance.services.users.sessions import drop_old_sessions, open_session, sign_out
from appliance.services.users.two_factor import use_code
from appliance.store.db import Database
from appliance.store.tables.users import UserRow

CODE, ENROLMENT = "code", "enrolment"


class SignInRefused(Exception):
    """Wrong name, wrong password, not active or locked: deliberately not told apart."""


class CodeRefused(Exception):
    """A wrong code, one that was used, or too many tries: not told apart either."""


async def sign_in(database: Database, login: str, password: str, origin: Origin) -> SignedIn:
    """Takes the database, not a transaction: the slow hash must not hold the write lock.

    The attempt is counted as a failure before it is judged, so that many at once gain nothing.
    """
    login = login.strip().replace("\0", "?")[:80]  # PostgreSQL has no NUL
    async with database.transaction() as tx:
        row = (await tx.execute(select(UserRow).where(UserRow.login == login))).scalar_one_or_none()
        may_try = await count_attempt(tx, login, origin, exists=row is not None)
    good = await verify_password(row.password_hash if row else NOBODY, password)
    if row is None or not may_try or not good:
        raise SignInRefused
    async with database.transaction() as tx:
        await lock_users(tx)  # a rule that is stored meanwhile counts, or ends this session too
        user = await tx.get(UserRow, row.user_id, with_for_update=True)
        if user is None or not user.is_active or user.password_hash != row.password_hash:  # changed meanwhile
            raise SignInRefused
        await drop_old_sessions(tx)
        await forget_old_attempts(tx)
        return await _after_password(tx, user, origin)


async def _after_password(tx: AsyncSession, user: UserRow, origin: Origin) -> SignedIn:
    if user.totp_secret:
        await undo_attempt(tx, user.login, origin)
        return await open_session(tx, person_of(user), origin, waits_for=CODE)
    await forgive(tx, user.login, origin)
    if user.role in (await load_policy(tx)).policy.totp_roles:
        return await open_session(tx, person_of(user), origin, waits_for=ENROLMENT)
    return await _let_in(tx, user, origin)


async def _let_in(tx: AsyncSession, user: UserRow, origin: Origin) -> SignedIn:
    user.signed_in_at = now()
    known_by = origin.known_by or secrets.token_urlsafe(24)
    await remember_browser(tx, user.login, known_by)
    return replace(await open_session(tx, person_of(user), origin), known_by=known_by)


async def confirm_code(database: Database, session: Session, code: str, origin: Origin) -> SignedIn:
    """The second step: a code of the app or a recovery code; the session that waited is replaced by a new one."""
    login = session.person.login
    async with database.transaction() as tx:
        may_try = await count_attempt(tx, login, origin, exists=True)
    async with database.transaction() as tx:
        user = await tx.get(UserRow, session.person.user_id, with_for_update=True)
        if not may_try or user is None or not await use_code(tx, user, code):
            raise CodeRefused
        await forgive(tx, login, origin)
        return await _replace_session(tx, user, session, origin)


async def finish_enrolment(tx: AsyncSession, session: Session, origin: Origin) -> SignedIn:
    return await _replace_session(tx, await tx.get_one(UserRow, session.person.user_id), session, origin)


async def _replace_session(tx: AsyncSession, user: UserRow, session: Session, origin: Origin) -> SignedIn:
    """A cookie that was known before the second factor must not be worth more after it."""
    await sign_out(tx, session.token_hash)
    return await _let_in(tx, user, origin)


async def confirm_password(database: Database, person: Person, password: str, origin: Origin) -> bool:
    """For what a stolen session alone must not do; wrong ones count as when signing in."""
    async with database.transaction() as tx:
        may_try = await count_attempt(tx, person.login, origin, exists=True)
        stored = (await tx.execute(select(UserRow.password_hash).where(UserRow.user_id == person.user_id))).scalar_one()
    good = await verify_password(stored, password) and may_try
    if good:
        async with database.transaction() as tx:
            await forgive(tx, person.login, origin)
    return good
