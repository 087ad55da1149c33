"""The rules for everybody's password and second factor: one row, which also puts changes of users in line."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.users import UserPolicy
from appliance.services.errors import Stale
from appliance.services.users.trail import audit
from appliance.store.tables.users import UserPolicyRow


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
    row = (await tx.execute(select(UserPolicyRow).with_for_update())).scalar_one()
    before = UserPolicy(min_password=row.min_password, totp_roles=row.totp_roles)
    if row.version != version:
        raise Stale
    roles = sorted(set(policy.totp_roles))
    row.min_password, row.totp_roles, row.version = policy.min_password, roles, version + 1
    after = policy.model_copy(update={"totp_roles": roles})
    await audit(tx, "change", "policy", by, section="user_policy", before=before.model_dump(), after=after.model_dump())
