"""Makes accounts of the console and gives new one-time passwords; signing in is in users.py."""

import re
import secrets
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import Role
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.passwords import hash_password
from appliance.services.users import FIRST_LOGIN, NewUser, create_user, ensure_administrator
from appliance.services.users.attempts import clear_attempts
from appliance.store.configuration import insert_audit
from appliance.store.site import load_entity
from appliance.store.tables.users import SessionRow, UserRow

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,79}")


class Account(NamedTuple):
    login: str
    name: str
    role: str
    agent: str


async def list_accounts(tx: AsyncSession) -> list[Account]:
    found = await tx.execute(select(UserRow.login, UserRow.name, UserRow.role, UserRow.agent).order_by(UserRow.login))
    return [Account(*row) for row in found]


async def add_account(tx: AsyncSession, account: Account, role: Role, *, by: str) -> str:
    """A new user; returns the one-time password. Raises `Invalid`."""
    problems = await _problems(tx, account)
    if problems:
        raise Invalid(problems)
    password = secrets.token_urlsafe(12)
    await create_user(tx, NewUser(account.login, account.name, role, password, agent=account.agent))
    await _audit(tx, "create", account.login, by)
    return password


async def _problems(tx: AsyncSession, account: Account) -> list[Problem]:
    found = []
    if not _LOGIN.fullmatch(account.login):
        message = N_("may have small letters, digits and . _ @ - and begins with a letter or digit")
        found.append(Problem(("login",), message))
    elif account.login in {each.login for each in await list_accounts(tx)}:
        found.append(Problem(("login",), N_("'{key}' exists already"), {"key": account.login}))
    if not 1 <= len(account.name) <= 80 or not account.name.isprintable():
        found.append(Problem(("name",), N_("must have 1 to 80 characters")))
    if account.agent and await load_entity(tx, "agents", account.agent) is None:
        found.append(Problem(("agent",), N_("there is no agent '{key}'"), {"key": account.agent}))
    return found


async def reset_password(tx: AsyncSession, login: str, *, by: str) -> str | None:
    """A one-time password for somebody who lost theirs; it ends their sessions. None: there is no such user.

    Where there is no user at all, the first administrator is made.
    """
    if login == FIRST_LOGIN and (first := await ensure_administrator(tx)):
        await _audit(tx, "create", login, by)
        return first
    user = (await tx.execute(select(UserRow).where(UserRow.login == login))).scalar_one_or_none()
    if user is None:
        return None
    password = secrets.token_urlsafe(12)
    user.password_hash, user.must_change_password = await hash_password(password), True
    await clear_attempts(tx, login)
    await tx.execute(delete(SessionRow).where(SessionRow.user_id == user.user_id))
    await _audit(tx, "new password", login, by)
    return password


async def _audit(tx: AsyncSession, action: str, login: str, by: str) -> None:
    entry = {"at": now(), "by": by, "action": action, "section": "users", "entity_key": login, "generation": 0}
    await insert_audit(tx, [entry | {"before": None, "after": None}])
