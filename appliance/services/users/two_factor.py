"""The second factor: a secret shared with an authenticator app, and recovery codes for who lost the phone."""

import base64
import hashlib
import secrets

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.totp import RECOVERY_CODES, accepted_step, plain_code
from appliance.services.clock import now
from appliance.services.users.person import Session
from appliance.services.users.trail import audit
from appliance.store.tables.users import RecoveryCodeRow, SessionRow, UserRow

SECRET_BYTES = 20  # what RFC 4226 recommends
RECOVERY_BYTES = 10  # 16 characters; too many to guess, so that a plain hash is enough


async def offer_secret(tx: AsyncSession, session: Session) -> str:
    """The secret of an enrolment that is not confirmed; it stays the same while this session enrols."""
    row = await tx.get(SessionRow, session.token_hash, with_for_update=True)
    if row is None:
        return ""
    if not row.offered_secret:
        row.offered_secret = _base32(SECRET_BYTES)
    return row.offered_secret


async def enrol(tx: AsyncSession, session: Session, code: str) -> list[str] | None:
    """The recovery codes, to be shown once; None for a code that does not fit what was offered."""
    row = await tx.get(SessionRow, session.token_hash, with_for_update=True)
    user = await tx.get(UserRow, session.person.user_id, with_for_update=True)
    if row is None or user is None or user.totp_secret or not row.offered_secret:
        return None  # enrolled elsewhere meanwhile: who knows the password alone must not put another app in its place
    step = accepted_step(row.offered_secret, code, at_s=now().timestamp(), newest_used=0)
    if step is None:
        return None
    user.totp_secret, user.totp_step, row.offered_secret = row.offered_secret, step, ""
    user.version += 1
    await audit(tx, "two-factor on", user.login, user.login)
    return await new_recovery_codes(tx, user)


async def new_recovery_codes(tx: AsyncSession, user: UserRow) -> list[str]:
    """Those before are worth nothing any more."""
    await tx.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user.user_id))
    codes = [_base32(RECOVERY_BYTES).lower() for _ in range(RECOVERY_CODES)]
    tx.add_all(RecoveryCodeRow(user_id=user.user_id, code_hash=_hash(code)) for code in codes)
    await audit(tx, "recovery codes", user.login, user.login)
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in codes]


async def count_recovery_codes(tx: AsyncSession, user_id: int) -> int:
    query = select(func.count()).select_from(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id)
    return (await tx.execute(query)).scalar_one()


async def use_code(tx: AsyncSession, user: UserRow, code: str) -> bool:
    """Each code once: what is used is written down in the same transaction that lets its owner in."""
    step = accepted_step(user.totp_secret, code, at_s=now().timestamp(), newest_used=user.totp_step)
    if step is not None:
        newer = update(UserRow).where(UserRow.user_id == user.user_id, UserRow.totp_step < step)
        return _rows(await tx.execute(newer.values(totp_step=step))) == 1
    spent = delete(RecoveryCodeRow).where(
        RecoveryCodeRow.user_id == user.user_id, RecoveryCodeRow.code_hash == _hash(plain_code(code))
    )
    if _rows(await tx.execute(spent)) != 1:
        return False
    await audit(tx, "recovery code used", user.login, user.login)
    return True


async def drop_two_factor(tx: AsyncSession, user: UserRow, *, by: str) -> None:
    """By the user, or by an administrator for somebody whose phone is gone."""
    if not user.totp_secret:
        return
    user.totp_secret, user.totp_step = "", 0
    user.version += 1
    await tx.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user.user_id))
    await audit(tx, "two-factor off", user.login, by)


def _rows(result: object) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def _base32(size: int) -> str:
    return base64.b32encode(secrets.token_bytes(size)).decode()


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
