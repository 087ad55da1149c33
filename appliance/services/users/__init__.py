"""Accounts and their sessions: first administrator, signing in and out, passwords, lock-out after failures."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import ABSOLUTE_S, Role, is_session_over, password_problem
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.passwords import NOBODY, hash_password, verify_password
from appliance.services.users.attempts import Origin, count_attempt, forgive
from appliance.store.db import Database
from appliance.store.tables.users import SessionRow, UserRow

FIRST_LOGIN = "admin"
SEEN_EVERY_S = 60


class SignInRefused(Exception):
    """Wrong name, wrong password or locked: deliberately not told apart."""


@dataclass(frozen=True)
class Person:
    """Who asks: a user with a session, or the owner of an API token."""

    user_id: int
    login: str
    name: str
    role: Role
    agent: str = ""
    language: str = ""
    must_change_password: bool = False


@dataclass(frozen=True)
class Session:
    person: Person
    token_hash: str
    csrf_token: str


@dataclass(frozen=True)
class SignedIn:
    """`token` goes into the cookie and is stored nowhere."""

    token: str
    session: Session


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _person(row: UserRow) -> Person:
    return Person(
        row.user_id, row.login, row.name, _role(row.role), row.agent, row.language, bool(row.must_change_password)
    )


def _role(text: str) -> Role:
    match text:
        case "administrator" | "supervisor" | "agent" | "auditor":
            return text
    raise ValueError(f"{text!r} is not a role")


@dataclass(frozen=True)
class NewUser:
    login: str
    name: str
    role: Role
    password: str
    agent: str = ""
    must_change_password: bool = True


async def create_user(tx: AsyncSession, user: NewUser) -> int:
    row = UserRow(
        login=user.login,
        name=user.name,
        role=user.role,
        agent=user.agent,
        language="",
        password_hash=await hash_password(user.password),
        must_change_password=user.must_change_password,
        created_at=now(),
    )
    tx.add(row)
    await tx.flush()
    return row.user_id


async def ensure_administrator(tx: AsyncSession) -> str | None:
    """Where there is no user yet: make the first one and return its one-time password, to be shown once."""
    if (await tx.execute(select(UserRow.user_id).limit(1))).first() is not None:
        return None
    password = secrets.token_urlsafe(12)
    await create_user(tx, NewUser(FIRST_LOGIN, "Administrator", "administrator", password))
    return password


async def sign_in(database: Database, login: str, password: str, *, address: str) -> SignedIn:
    """Takes the database, not a transaction: the slow hash must not hold the write lock.

    The attempt is counted as a failure before it is judged, so that many at once gain nothing.
    """
    login, origin = login.strip().replace("\0", "?"), Origin(address)  # PostgreSQL has no NUL
    async with database.transaction() as tx:
        row = (await tx.execute(select(UserRow).where(UserRow.login == login))).scalar_one_or_none()
        may_try = await count_attempt(tx, login, origin, exists=row is not None)
    good = await verify_password(row.password_hash if row else NOBODY, password)
    if row is None or not may_try or not good:
        raise SignInRefused
    async with database.transaction() as tx:
        await forgive(tx, login, origin)
        await tx.execute(delete(SessionRow).where(SessionRow.created_at < now() - dt.timedelta(seconds=ABSOLUTE_S)))
        return await _open_session(tx, _person(row), address)


async def _open_session(tx: AsyncSession, person: Person, address: str) -> SignedIn:
    token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session = Session(person, hash_token(token), csrf_token)
    tx.add(
        SessionRow(
            token_hash=session.token_hash,
            user_id=person.user_id,
            csrf_token=csrf_token,
            created_at=now(),
            seen_at=now(),
            address=address[:64],
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
    idle_s = (at - row.seen_at).total_seconds()
    if is_session_over(age_s=(at - row.created_at).total_seconds(), idle_s=idle_s):
        async with database.transaction() as tx:
            await sign_out(tx, token_hash)
        return None
    if idle_s > SEEN_EVERY_S:
        async with database.transaction() as tx:
            await tx.execute(update(SessionRow).where(SessionRow.token_hash == token_hash).values(seen_at=at))
    return Session(_person(user), token_hash, row.csrf_token)


async def is_session_open(tx: AsyncSession, token_hash: str) -> bool:
    found = await tx.execute(select(SessionRow.created_at).where(SessionRow.token_hash == token_hash))
    created_at = found.scalar_one_or_none()
    return created_at is not None and (now() - created_at).total_seconds() < ABSOLUTE_S


async def sign_out(tx: AsyncSession, token_hash: str) -> None:
    await tx.execute(delete(SessionRow).where(SessionRow.token_hash == token_hash))


async def change_password(database: Database, person: Person, old: str, new: str, *, address: str) -> SignedIn:
    """Ends every session of this person and opens a new one."""
    async with database.reading() as tx:
        stored = (await tx.execute(select(UserRow.password_hash).where(UserRow.user_id == person.user_id))).scalar_one()
    problems = []
    if not await verify_password(stored, old):
        problems.append(Problem(("old_password",), N_("is not your current password")))
    elif old == new:
        problems.append(Problem(("new_password",), N_("must differ from the current one")))
    refused = password_problem(new, person.login)
    if refused:
        problems.append(Problem(("new_password",), refused))
    if problems:
        raise Invalid(problems)
    hashed = await hash_password(new)
    async with database.transaction() as tx:
        await tx.execute(
            update(UserRow)
            .where(UserRow.user_id == person.user_id)
            .values(password_hash=hashed, must_change_password=False)
        )
        await tx.execute(delete(SessionRow).where(SessionRow.user_id == person.user_id))
        return await _open_session(tx, person, address)


async def save_profile(tx: AsyncSession, user_id: int, *, name: str, language: str) -> None:
    await tx.execute(update(UserRow).where(UserRow.user_id == user_id).values(name=name, language=language))
