"""Who asks: a user with a session, or the holder of an API token."""

import datetime as dt
import hashlib
from dataclasses import dataclass

from appliance.core.access import ROLES, Role, Scope
from appliance.store.tables.users import UserRow


@dataclass(frozen=True)
class Person:
    """`scopes` narrows what a token may be used for; None where somebody signed in."""

    user_id: int
    login: str
    name: str
    role: Role
    agent: str = ""
    language: str = ""
    must_change_password: bool = False
    has_totp: bool = False
    scopes: frozenset[Scope] | None = None
    owner: str = ""  # who made the token

    @property
    def logins(self) -> frozenset[str]:
        """By which security groups may name this person; a token counts as who made it."""
        return frozenset({self.login, self.owner} - {""})


@dataclass(frozen=True)
class Session:
    """`waits_for` is empty for who is signed in, else what is still missing: "code" or "enrolment"."""

    person: Person
    token_hash: str
    csrf_token: str
    waits_for: str = ""
    created_at: dt.datetime | None = None


@dataclass(frozen=True)
class SignedIn:
    """`token` and `known_by` go into cookies and are stored nowhere."""

    token: str
    session: Session
    known_by: str = ""  # by which this browser will be known; empty where a second factor is still to come


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def role_of(text: str) -> Role:
    return next(role for role in ROLES if role == text)


def person_of(row: UserRow) -> Person:
    return Person(
        user_id=row.user_id,
        login=row.login,
        name=row.name,
        role=role_of(row.role),
        agent=row.agent,
        language=row.language,
        must_change_password=bool(row.must_change_password),
        has_totp=bool(row.totp_secret),
    )
