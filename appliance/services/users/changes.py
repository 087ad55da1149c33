"""Makes, changes and deletes accounts; whoever must be left in charge stays in charge."""

import secrets

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.problems import Invalid
from appliance.core.users import NewUser, UserChange, change_problems, delete_problems, new_user_problems
from appliance.services.clock import now
from appliance.services.errors import NotFound, Stale
from appliance.services.passwords import hash_one_time
from appliance.services.users.accounts import load_company, load_row, stored_change
from appliance.services.users.attempts import clear_attempts
from appliance.services.users.policy import lock_users
from appliance.services.users.sessions import end_sessions
from appliance.services.users.trail import audit
from appliance.services.users.two_factor import drop_two_factor
from appliance.store.tables.users import UserRow

FIRST_LOGIN = "admin"


async def create_user(tx: AsyncSession, user: NewUser, *, by: str) -> str:
    """Returns the one-time password, which nothing can show again. Raises Invalid."""
    await lock_users(tx)
    if problems := new_user_problems(user, await load_company(tx, by=by)):
        raise Invalid(problems)
    return await insert_user(tx, user, by=by)


async def insert_user(tx: AsyncSession, user: NewUser, *, by: str) -> str:
    """Of a user that was judged already."""
    password = secrets.token_urlsafe(12)
    row = UserRow(
        login=user.login,
        name=user.name,
        role=user.role,
        agent=user.agent,
        is_active=user.is_active,
        password_hash=await hash_one_time(password),
        must_change_password=True,
        created_at=now(),
    )
    tx.add(row)
    await tx.flush()
    await audit(tx, "create", user.login, by, after=user.model_dump(exclude={"login"}))
    return password


async def save_user(tx: AsyncSession, login: str, change: UserChange, *, version: int, by: str) -> int:
    """The user_id. Raises NotFound, Stale, Invalid."""
    await lock_users(tx)
    row = await load_row(tx, login)
    if row.version != version:
        raise Stale
    if problems := change_problems(login, change, await load_company(tx, by=by)):
        raise Invalid(problems)
    await apply_change(tx, login, change, by=by)
    return row.user_id


async def apply_change(tx: AsyncSession, login: str, change: UserChange, *, by: str) -> None:
    """Of a change that was judged already. Who may do less now, or is another agent, must sign in again."""
    row = await load_row(tx, login)
    before = stored_change(row)
    if before == change:
        return
    if (before.role, before.agent, before.is_active) != (change.role, change.agent, change.is_active):
        await end_sessions(tx, row.user_id)
    row.name, row.role, row.agent, row.is_active = change.name, change.role, change.agent, change.is_active
    row.version += 1
    await tx.flush()
    await audit(tx, "change", login, by, before=before.model_dump(), after=change.model_dump())


async def delete_user(tx: AsyncSession, login: str, *, by: str, version: int | None = None) -> int:
    """The user_id that was. Raises NotFound, Stale, Invalid."""
    await lock_users(tx)
    row = await load_row(tx, login)
    if version is not None and row.version != version:
        raise Stale
    if problems := delete_problems(login, await load_company(tx, by=by)):
        raise Invalid(problems)
    await clear_attempts(tx, login, keep_browsers=False)
    await tx.execute(delete(UserRow).where(UserRow.user_id == row.user_id))  # sessions and codes go with it
    await audit(tx, "delete", login, by, before=stored_change(row).model_dump())
    return row.user_id


async def ensure_administrator(tx: AsyncSession) -> str | None:
    """Where there is no user yet: make the first one and return its one-time password, to be shown once."""
    if (await tx.execute(select(UserRow.user_id).limit(1))).first() is not None:
        return None
    first = NewUser(login=FIRST_LOGIN, name="Administrator", role="administrator")
    return await insert_user(tx, first, by="appliance")


async def reset_password(tx: AsyncSession, login: str, *, by: str) -> str | None:
    """A one-time password for somebody who lost theirs; it ends their sessions. None: there is no such user.

    Where there is no user at all, the first administrator is made.
    """
    if login == FIRST_LOGIN and (first := await ensure_administrator(tx)):
        return first
    await lock_users(tx)
    try:
        user = await load_row(tx, login)
    except NotFound:
        return None
    password = secrets.token_urlsafe(12)
    user.password_hash, user.must_change_password = await hash_one_time(password), True
    user.version += 1
    await clear_attempts(tx, login)
    await end_sessions(tx, user.user_id)
    await audit(tx, "new password", login, by)
    return password


async def reset_two_factor(tx: AsyncSession, login: str, *, by: str) -> int:
    """For somebody whose phone is lost; the user_id."""
    await lock_users(tx)
    user = await load_row(tx, login)
    await drop_two_factor(tx, user, by=by)
    await end_sessions(tx, user.user_id)
    return user.user_id


async def end_all_sessions(tx: AsyncSession, login: str, *, by: str) -> int:
    user = await load_row(tx, login)
    await end_sessions(tx, user.user_id)
    await audit(tx, "end sessions", login, by)
    return user.user_id
