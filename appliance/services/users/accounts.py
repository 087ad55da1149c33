"""Accounts of the console as lists and rules see them; nothing here changes one."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.users import Company, UserChange
from appliance.services.errors import NotFound
from appliance.services.users.person import role_of
from appliance.store.site import load_section
from appliance.store.tables.users import UserRow

SORTS: dict[str, Any] = {
    "login": UserRow.login,
    "name": func.lower(UserRow.name),
    "role": UserRow.role,
    "signed_in": UserRow.signed_in_at,
}


class User(NamedTuple):
    """An account without anything secret."""

    user_id: int
    login: str
    name: str
    role: str
    agent: str
    is_active: bool
    has_two_factor: bool
    must_change_password: bool
    signed_in_at: dt.datetime | None
    created_at: dt.datetime
    version: int


@dataclass(frozen=True)
class UserFilter:
    search: str = ""
    role: str = ""
    sort: str = "login"
    descending: bool = False
    page: int = 1
    size: int = 25


class UserPage(NamedTuple):
    users: list[User]
    found: int
    total: int


def _user(row: UserRow) -> User:
    return User(
        user_id=row.user_id,
        login=row.login,
        name=row.name,
        role=row.role,
        agent=row.agent,
        is_active=bool(row.is_active),
        has_two_factor=bool(row.totp_secret),
        must_change_password=bool(row.must_change_password),
        signed_in_at=row.signed_in_at,
        created_at=row.created_at,
        version=row.version,
    )


async def list_users(tx: AsyncSession, wanted: UserFilter) -> UserPage:
    query = select(UserRow).where(*_conditions(wanted))
    found = (await tx.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    total = (await tx.execute(select(func.count()).select_from(UserRow))).scalar_one()
    rows = (await tx.execute(_ordered(query, wanted))).scalars()
    return UserPage([_user(row) for row in rows], found, total)


def _conditions(wanted: UserFilter) -> list[ColumnElement[bool]]:
    words = wanted.search.replace("\0", "").split()
    conditions: list[ColumnElement[bool]] = [
        or_(UserRow.login.icontains(word, autoescape=True), UserRow.name.icontains(word, autoescape=True))
        for word in words
    ]
    return [*conditions, *([UserRow.role == wanted.role] if wanted.role else [])]


def _ordered(query: Select[UserRow], wanted: UserFilter) -> Select[UserRow]:
    by = SORTS.get(wanted.sort, UserRow.login)
    by = by.desc().nulls_last() if wanted.descending else by.asc().nulls_first()
    return query.order_by(by, UserRow.login).offset((wanted.page - 1) * wanted.size).limit(wanted.size)


async def load_user(tx: AsyncSession, login: str) -> User:
    return _user(await load_row(tx, login))


async def load_user_by_id(tx: AsyncSession, user_id: int) -> User:
    row = await tx.get(UserRow, user_id)
    if row is None:
        raise NotFound(f"user {user_id}")
    return _user(row)


async def load_row(tx: AsyncSession, login: str) -> UserRow:
    row = (await tx.execute(select(UserRow).where(UserRow.login == login.replace("\0", "")))).scalar_one_or_none()
    if row is None:
        raise NotFound(f"user {login}")
    return row


def stored_change(row: UserRow) -> UserChange:
    # What is stored is shown as it is, even if today's rules would refuse it.
    return UserChange.model_construct(
        name=row.name, role=role_of(row.role), agent=row.agent, is_active=bool(row.is_active)
    )


async def load_company(tx: AsyncSession, *, by: str) -> Company:
    """What changes are judged against; take `lock_users` first where something is to be stored."""
    rows = (await tx.execute(select(UserRow))).scalars()
    return Company({row.login: stored_change(row) for row in rows}, set(await load_section(tx, "agents")), by)
