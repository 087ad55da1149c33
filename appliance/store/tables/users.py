"""Who may use the console and the API: users, their sessions, second factors and failures, tokens, and the policy."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from appliance.store.tables.columns import Base, RowId


class UserRow(Base):
    __tablename__ = "users"

    user_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20))
    agent: Mapped[str] = mapped_column(String(40), default="")  # the key of the agent this user is, if any
    language: Mapped[str] = mapped_column(String(5), default="")
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)
    is_active: Mapped[bool] = mapped_column(default=True)
    totp_secret: Mapped[str] = mapped_column(String(64), default="")  # empty: no second factor
    totp_step: Mapped[int] = mapped_column(BigInteger, default=0)  # the newest one used; older codes are refused
    phone_kind: Mapped[str] = mapped_column(String(10), default="")  # browser or own; empty: not chosen yet
    signed_in_at: Mapped[dt.datetime | None] = mapped_column(default=None)


class SessionRow(Base):
    """A signed-in browser; the cookie's value is stored only as its SHA-256."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    address: Mapped[str] = mapped_column(String(64))
    waits_for: Mapped[str] = mapped_column(String(10), default="")  # "code" or "enrolment": not signed in yet
    offered_secret: Mapped[str] = mapped_column(String(64), default="")  # of an enrolment that is not confirmed
    browser: Mapped[str] = mapped_column(String(200), default="")


class RecoveryCodeRow(Base):
    """A way in for who lost the second factor; deleted with its use."""

    __tablename__ = "recovery_codes"

    recovery_code_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))


class SignInAttemptRow(Base):
    """Failures of one login from one address, of a login from anywhere, or of an address with any login."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("ix_sign_in_attempts_tried", "tried_at"),)

    login: Mapped[str] = mapped_column(String(80), primary_key=True)  # empty: any
    address: Mapped[str] = mapped_column(String(64), primary_key=True)  # empty: any
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None] = mapped_column(default=None)
    tried_at: Mapped[dt.datetime]
    succeeded_at: Mapped[dt.datetime | None] = mapped_column(default=None)


class ApiTokenRow(Base):
    __tablename__ = "api_tokens"

    api_token_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]
    scopes: Mapped[list[Any]]
    expires_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    used_from: Mapped[str] = mapped_column(String(64), default="")
    created_by: Mapped[str] = mapped_column(String(80), default="")


class UserPolicyRow(Base):
    """What is asked of passwords, and which roles need a second factor: one row."""

    __tablename__ = "user_policy"
    __table_args__ = (CheckConstraint("user_policy_id = 1", name="one_row"),)

    user_policy_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    min_password: Mapped[int]
    totp_roles: Mapped[list[Any]]
    version: Mapped[int] = mapped_column(default=1)
