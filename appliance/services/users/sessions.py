"""Sessions of the console: opened, found, listed and ended; the cookie's value is stored nowhere."""

import datetime as dt
import secrets
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import ABSOLUTE_S, IDLE_S, is_session_over
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.users.attempts import Origin
from appliance.services.users.person import Person, Session, SignedIn, hash_token, person_of
from appliance.services.users.trail import audit
from appliance.store.db import Database
from appliance.store.tables.users import SessionRow, UserRow

SEEN_EVERY_S = 60
NAME_LENGTH = 20  # digits of a session's name, from the hash of its cookie: the cookie cannot be had from it


class OpenSession(NamedTuple):
    """A session in a list; `name` says which one is meant and opens nothing."""

    name: str
    user_id: int
    login: str
    person: str
    role: str
    address: str
    browser: str
    created_at: dt.datetime
    seen_at: dt.datetime


def session_name(token_hash: str) -> str:
    return token_hash[:NAME_LENGTH]


async def open_session(tx: AsyncSession, person: Person, origin: Origin, *, waits_for: str = "") -> SignedIn:
    token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session = Session(person, hash_token(token), csrf_token, waits_for, now())
    tx.add(
        SessionRow(
            token_hash=session.token_hash,
            user_id=person.user_id,
            csrf_token=csrf_token,
            created_at=now(),
            seen_at=now(),
            address=origin.address[:64],
            browser=origin.browser[:200],
            waits_for=waits_for,
        )
    )
    return SignedIn(token, session)


async def find_session(database: Database, token: str) -> Session | None:
    """The session of a cookie; writes only when the last sight is a minute old."""
    token_hash, at = hash_token(token), now()
    async with database.reading() as tx:
        query = select(SessionRow, UserRow).join(UserRow, UserRow.user_id == SessionRow.user_id)
        found = (await tx.execute(query.where(SessionRow.token_hash == token_hash))).first()
    if found is None:
        return None
    row, user = found
    idle_s, age_s = (at - row.seen_at).total_seconds(), (at - row.created_at).total_seconds()
    if not user.is_active or is_session_over(age_s=age_s, idle_s=idle_s, is_waiting=bool(row.waits_for)):
        async with database.transaction() as tx:
            await sign_out(tx, token_hash)
        return None
    if idle_s > SEEN_EVERY_S:
        async with database.transaction() as tx:
            await tx.execute(update(SessionRow).where(SessionRow.token_hash == token_hash).values(seen_at=at))
    return Session(person_of(user), token_hash, row.csrf_token, row.waits_for, row.created_at)


async def is_session_open(tx: AsyncSession, token_hash: str) -> bool:
    """Streams ask again and again, for what was open when they began may have been ended."""
    found = await tx.execute(select(SessionRow.created_at).where(SessionRow.token_hash == token_hash))
    created_at = found.scalar_one_or_none()
    return created_at is not None and is_young(created_at)


async def load_open_sessions(tx: AsyncSession) -> dict[str, dt.datetime]:
    """When each was opened, by the hash of its cookie."""
    return {token_hash: at for token_hash, at in await tx.execute(select(SessionRow.token_hash, SessionRow.created_at))}


def is_young(created_at: dt.datetime) -> bool:
    return (now() - created_at).total_seconds() < ABSOLUTE_S


async def sign_out(tx: AsyncSession, token_hash: str) -> None:
    await tx.execute(delete(SessionRow).where(SessionRow.token_hash == token_hash))


async def end_sessions(tx: AsyncSession, user_id: int, *, but: str = "") -> None:
    """All of this user's, or all but one; tell the hub after the commit, so that streams end at once."""
    await tx.execute(delete(SessionRow).where(SessionRow.user_id == user_id, SessionRow.token_hash != but))


async def drop_old_sessions(tx: AsyncSession) -> None:
    await tx.execute(delete(SessionRow).where(SessionRow.created_at < now() - dt.timedelta(seconds=ABSOLUTE_S)))


async def list_sessions(tx: AsyncSession, *, user_id: int | None = None) -> list[OpenSession]:
    """Of one user or of all, last seen first; who still owes a second factor is not signed in."""
    oldest, idlest = now() - dt.timedelta(seconds=ABSOLUTE_S), now() - dt.timedelta(seconds=IDLE_S)
    query = (
        select(SessionRow, UserRow)
        .join(UserRow, UserRow.user_id == SessionRow.user_id)
        .where(SessionRow.waits_for == "", SessionRow.created_at > oldest, SessionRow.seen_at > idlest)
        .order_by(SessionRow.seen_at.desc(), SessionRow.token_hash)
    )
    if user_id is not None:
        query = query.where(SessionRow.user_id == user_id)
    return [_line(row, user) for row, user in await tx.execute(query)]


def _line(row: SessionRow, user: UserRow) -> OpenSession:
    return OpenSession(
        name=session_name(row.token_hash),
        user_id=user.user_id,
        login=user.login,
        person=user.name,
        role=user.role,
        address=row.address,
        browser=row.browser,
        created_at=row.created_at,
        seen_at=row.seen_at,
    )


async def revoke_session(tx: AsyncSession, name: str, *, by: str, user_id: int | None = None) -> int:
    """The user whose it was; `user_id` narrows it to one's own. Raises NotFound."""
    query = select(SessionRow).where(SessionRow.token_hash.startswith(name, autoescape=True))
    if user_id is not None:
        query = query.where(SessionRow.user_id == user_id)
    row = (await tx.execute(query.limit(1))).scalar_one_or_none() if len(name) == NAME_LENGTH else None
    if row is None:
        raise NotFound("session")
    login = (await tx.execute(select(UserRow.login).where(UserRow.user_id == row.user_id))).scalar_one()
    await sign_out(tx, row.token_hash)
    await audit(tx, "end session", login, by, before={"address": row.address, "browser": row.browser})
    return row.user_id
