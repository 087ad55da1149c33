"""What people change about their own account: name, language, password, second factor."""

import asyncio

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.passwords import password_problem
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.passwords import hash_password
from appliance.services.users.attempts import Origin
from appliance.services.users.person import Person, SignedIn
from appliance.services.users.policy import load_policy
from appliance.services.users.sessions import end_sessions, open_session
from appliance.services.users.signing_in import confirm_password
from appliance.services.users.trail import audit
from appliance.services.users.two_factor import drop_two_factor, new_recovery_codes
from appliance.store.db import Database
from appliance.store.tables.users import UserRow


async def change_password(database: Database, person: Person, origin: Origin, *, old: str, new: str) -> SignedIn:
    """Ends every session of this person and opens a new one."""
    async with database.reading() as tx:
        policy = (await load_policy(tx)).policy
    problems = []
    if not await confirm_password(database, person, old, origin):
        problems.append(_wrong("old_password"))
    elif old == new:
        problems.append(Problem(("new_password",), N_("must differ from the current one")))
    refused = await asyncio.to_thread(
        password_problem, new, login=person.login, name=person.name, min_length=policy.min_password
    )
    if refused:
        problems.append(Problem(("new_password",), *refused))
    if problems:
        raise Invalid(problems)
    hashed = await hash_password(new)
    async with database.transaction() as tx:
        await tx.execute(
            update(UserRow)
            .where(UserRow.user_id == person.user_id)
            .values(password_hash=hashed, must_change_password=False)
        )
        await end_sessions(tx, person.user_id)
        await audit(tx, "change password", person.login, person.login)
        return await open_session(tx, person, origin)


def _wrong(field: str) -> Problem:
    return Problem((field,), N_("is not your current password"))


async def save_profile(tx: AsyncSession, user_id: int, *, name: str, language: str) -> None:
    await tx.execute(update(UserRow).where(UserRow.user_id == user_id).values(name=name, language=language))


async def load_phone_kind(tx: AsyncSession, user_id: int) -> str:
    """Empty where none was chosen yet."""
    return (await tx.get_one(UserRow, user_id)).phone_kind


async def choose_phone(tx: AsyncSession, user_id: int, kind: str) -> None:
    await tx.execute(update(UserRow).where(UserRow.user_id == user_id).values(phone_kind=kind))


async def stop_two_factor(database: Database, person: Person, password: str, origin: Origin) -> None:
    """Raises Invalid where the password is wrong or the role needs a second factor."""
    async with database.reading() as tx:
        if person.role in (await load_policy(tx)).policy.totp_roles:
            raise Invalid([Problem(("password",), N_("your role needs two-factor sign-in"))])
    await _confirm(database, person, password, origin)
    async with database.transaction() as tx:
        await drop_two_factor(tx, await tx.get_one(UserRow, person.user_id, with_for_update=True), by=person.login)


async def renew_recovery_codes(database: Database, person: Person, password: str, origin: Origin) -> list[str]:
    await _confirm(database, person, password, origin)
    async with database.transaction() as tx:
        user = await tx.get_one(UserRow, person.user_id, with_for_update=True)
        if not user.totp_secret:
            raise Invalid([Problem(("password",), N_("two-factor sign-in is off"))])
        return await new_recovery_codes(tx, user)


async def _confirm(database: Database, person: Person, password: str, origin: Origin) -> None:
    if not await confirm_password(database, person, password, origin):
        raise Invalid([_wrong("password")])
