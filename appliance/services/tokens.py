"""Bearer tokens of the API: made once, shown once, stored only as a hash, revoked at any time."""

import datetime as dt
import secrets
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import ROLES, Role
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.users import Person, hash_token
from appliance.store.configuration import insert_audit
from appliance.store.db import Database
from appliance.store.tables.users import ApiTokenRow

PREFIX = "appliance_"  # so that a token that leaks into a repository is recognised
SEEN_EVERY_S = 60
MAX_NAME = 60
SCOPES = ["read", "operate", "configure"]


@dataclass(frozen=True)
class Token:
    """Everything about a token but itself."""

    token_id: int
    name: str
    role: Role
    created_at: dt.datetime
    used_at: dt.datetime | None
    revoked_at: dt.datetime | None


async def create_token(tx: AsyncSession, name: str, role: str, *, by: str) -> str:
    """The token; nothing can show it again."""
    problems, name = [], name.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        message = N_("must be 1 to {limit} characters on one line")
        problems.append(Problem(("name",), message, {"limit": MAX_NAME}))
    if role not in ROLES:
        problems.append(Problem(("role",), N_("must be one of {expected}"), {"expected": ", ".join(ROLES)}))
    if problems:
        raise Invalid(problems)
    token = PREFIX + secrets.token_urlsafe(32)
    tx.add(ApiTokenRow(name=name, role=role, token_hash=hash_token(token), created_at=now(), scopes=SCOPES))
    await _audit(tx, "create token", name, by)
    return token


async def list_tokens(tx: AsyncSession) -> list[Token]:
    rows = (await tx.execute(select(ApiTokenRow).order_by(ApiTokenRow.api_token_id))).scalars()
    return [_token(row) for row in rows]


async def revoke_token(tx: AsyncSession, token_id: int, *, by: str) -> None:
    row = await tx.get(ApiTokenRow, token_id)
    if row is None:
        raise NotFound(f"token {token_id}")
    if row.revoked_at is None:
        row.revoked_at = now()
        await _audit(tx, "revoke token", row.name, by)


async def find_token_person(database: Database, token: str) -> Person | None:
    """Who may act with this token; None for one that is unknown or revoked. Notes its use once a minute."""
    if not token.startswith(PREFIX):
        return None
    async with database.reading() as tx:
        query = select(ApiTokenRow).where(ApiTokenRow.token_hash == hash_token(token))
        row = (await tx.execute(query)).scalar_one_or_none()
    if row is None or row.revoked_at is not None:
        return None
    if row.used_at is None or (now() - row.used_at).total_seconds() > SEEN_EVERY_S:
        async with database.transaction() as tx:
            seen = update(ApiTokenRow).where(ApiTokenRow.api_token_id == row.api_token_id)
            await tx.execute(seen.values(used_at=now()))
    found = _token(row)
    return Person(user_id=0, login=f"token {found.name}", name=found.name, role=found.role)


def _token(row: ApiTokenRow) -> Token:
    role = next(role for role in ROLES if role == row.role)
    return Token(row.api_token_id, row.name, role, row.created_at, row.used_at, row.revoked_at)


async def _audit(tx: AsyncSession, action: str, name: str, by: str) -> None:
    entry = {"at": now(), "by": by, "action": action, "section": "tokens", "entity_key": name, "generation": 0}
    await insert_audit(tx, [entry | {"before": None, "after": None}])
