"""The rules for everybody's password and second factor: one row, which also puts changes of users in line."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.users import UserPolicy
from appliance.services.errors import Stale
from appliance.services.users.trail import audit
from appliance.store.tables.users import SessionRow, UserPolicyRow, UserRow


@dataclass(frozen=True)
class StoredPolicy:
    policy: UserPolicy
    version: int


async def load_policy(tx: AsyncSession) -> StoredPolicy:
    row = (await tx.execute(select(UserPolicyRow))).scalar_one()
    return StoredPolicy(UserPolicy(min_password=row.min_password, totp_roles=row.totp_roles), row.version)


async def lock_users(tx: AsyncSession) -> None:
    """Wait in line with others who change users: what was checked of all of them holds until the commit."""
    await tx.execute(select(UserPolicyRow.version).with_for_update())


async def save_policy(tx: AsyncSession, policy: UserPolicy, *, version: int, by: str) -> None:
    """Who needs a second factor from now on and has none is signed out; tell the hub after the commit."""
    row = (await tx.execute(select(UserPolicyRow).with_for_update())).scalar_one()
    before = UserPolicy(min_password=row.min_password, totp_roles=row.totp_roles)
    if row.version != version:
        raise Stale
    roles = sorted(set(policy.totp_roles))
    row.min_password, row.totp_roles, row.version = policy.min_password, roles, version + 1
    after = policy.model_copy(update={"totp_roles": roles})
    await _end_sessions_without(tx, set(roles) - set(before.totp_roles))
    await audit(tx, "change", "policy", by, section="user_policy", before=before.model_dump(), after=after.model_dump())


async def _end_sessions_without(tx: AsyncSession, roles: Iterable[str]) -> None:
    owing = select(UserRow.user_id).where(UserRow.role.in_(roles), UserRow.totp_secret == "")
    await tx.execute(delete(SessionRow).where(SessionRow.user_id.in_(owing)))
