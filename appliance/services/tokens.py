"""Bearer tokens of the API: made once, shown once, stored only as a hash, revoked at any time."""

import datetime as dt
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import ROLES, SCOPES, Role, Scope
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.users.person import Person, hash_token, role_of
from appliance.services.users.trail import audit
from appliance.store.db import Database
from appliance.store.tables.users import ApiTokenRow

PREFIX = "appliance_"  # so that a token that leaks into a repository is recognised
SEEN_EVERY_S = 60
MAX_NAME = 60
SECTION = "tokens"
MAX_DAYS = 3650
USUAL_SCOPES: tuple[Scope, ...] = ("read", "operate", "configure")


@dataclass(frozen=True)
class NewToken:
    """`days`: how long it is good for; None for ever."""

    name: str
    role: str
    scopes: tuple[str, ...] = USUAL_SCOPES
    days: int | None = None


class Token(NamedTuple):
    """Everything about a token but itself."""

    token_id: int
    name: str
    role: Role
    scopes: list[Scope]
    created_at: dt.datetime
    created_by: str
    used_at: dt.datetime | None
    used_from: str
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None

    def is_valid(self, at: dt.datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)


async def create_token(tx: AsyncSession, wanted: NewToken, *, by: str) -> str:
    """The token; nothing can show it again. Raises Invalid."""
    if problems := list(_problems(wanted)):
        raise Invalid(problems)
    token, at = PREFIX + secrets.token_urlsafe(32), now()
    row = ApiTokenRow(
        name=wanted.name.strip(),
        role=wanted.role,
        scopes=[scope for scope in SCOPES if scope in wanted.scopes],
        token_hash=hash_token(token),
        created_at=at,
        created_by=by[:80],
        expires_at=at + dt.timedelta(days=wanted.days) if wanted.days else None,
    )
    tx.add(row)
    about = {"role": row.role, "scopes": row.scopes, "days": wanted.days}
    await audit(tx, "create token", row.name, by, section=SECTION, after=about)
    return token


def _problems(wanted: NewToken) -> Iterator[Problem]:
    name = wanted.name.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        yield Problem(("name",), N_("must be 1 to {limit} characters on one line"), {"limit": MAX_NAME})
    if wanted.role not in ROLES:
        yield Problem(("role",), N_("must be one of {expected}"), {"expected": ", ".join(ROLES)})
    if not wanted.scopes:
        yield Problem(("scopes",), N_("choose at least one"))
    if not set(wanted.scopes) <= set(SCOPES):
        yield Problem(("scopes",), N_("must be one of {expected}"), {"expected": ", ".join(SCOPES)})
    if wanted.days is not None and not 1 <= wanted.days <= MAX_DAYS:
        yield Problem(("days",), N_("must be {ge} to {le}"), {"ge": 1, "le": MAX_DAYS})


async def list_tokens(tx: AsyncSession) -> list[Token]:
    """Newest first; those that were revoked stay, so that the audit trail can be read."""
    rows = (await tx.execute(select(ApiTokenRow).order_by(ApiTokenRow.api_token_id.desc()))).scalars()
    return [_token(row) for row in rows]


async def load_token(tx: AsyncSession, token_id: int) -> Token:
    row = await tx.get(ApiTokenRow, token_id)
    if row is None:
        raise NotFound(f"token {token_id}")
    return _token(row)


async def revoke_token(tx: AsyncSession, token_id: int, *, by: str) -> None:
    row = await tx.get(ApiTokenRow, token_id)
    if row is None:
        raise NotFound(f"token {token_id}")
    if row.revoked_at is None:
        row.revoked_at = now()
        await audit(tx, "revoke token", row.name, by, section=SECTION)


async def find_token_person(database: Database, token: str, *, address: str = "") -> Person | None:
    """Who may act with this token; None for one that is unknown, old or revoked. Notes its use once a minute."""
    if not token.startswith(PREFIX):
        return None
    async with database.reading() as tx:
        query = select(ApiTokenRow).where(ApiTokenRow.token_hash == hash_token(token))
        row = (await tx.execute(query)).scalar_one_or_none()
    if row is None or not _token(row).is_valid(now()):
        return None
    if row.used_at is None or row.used_from != address or (now() - row.used_at).total_seconds() > SEEN_EVERY_S:
        async with database.transaction() as tx:
            seen = update(ApiTokenRow).where(ApiTokenRow.api_token_id == row.api_token_id)
            await tx.execute(seen.values(used_at=now(), used_from=address[:64]))
    found = _token(row)
    login = f"token {found.name}"
    scopes = frozenset(found.scopes)
    return Person(user_id=0, login=login, name=found.name, role=found.role, scopes=scopes, owner=found.created_by)


def _token(row: ApiTokenRow) -> Token:
    return Token(
        token_id=row.api_token_id,
        name=row.name,
        role=role_of(row.role),
        scopes=[scope for scope in SCOPES if scope in row.scopes],
        created_at=row.created_at,
        created_by=row.created_by,
        used_at=row.used_at,
        used_from=row.used_from,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
