"""What a user of the console is, and what is refused about one: the same for form, API, command line and CSV."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, ValidationError

from appliance.core.access import ROLES, Role
from appliance.core.entities.fields import OptionalKey, Part, Title, problem
from appliance.core.passwords import DEFAULT_MIN, LEAST_MIN, MOST_MIN
from appliance.core.problems import Invalid, Problem
from appliance.core.refusals import sentence
from appliance.core.words import N_

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,79}")


def _check_login(login: str) -> str:
    if not _LOGIN.fullmatch(login):
        raise problem("login", N_("may have small letters, digits and . _ @ - and begins with a letter or digit"))
    return login


def _check_name(name: str) -> str:
    if not name.isprintable():
        raise problem("name", N_("must be one line without control characters"))
    return name


Login = Annotated[str, AfterValidator(_check_login)]
Kind = TypeVar("Kind", bound=Part)


class UserChange(Part):
    """What may change; the login never does, for the audit trail knows people by it."""

    name: Annotated[Title, AfterValidator(_check_name), Field(description="How colleagues see this person.")]
    role: Annotated[Role, Field(description="What this person may do.")]
    agent: Annotated[OptionalKey, Field(description="Key of the agent that this person is, if any.")] = ""
    is_active: Annotated[bool, Field(description="Who is not active cannot sign in.")] = True


class NewUser(UserChange):
    login: Annotated[Login, Field(description="What this person signs in with; it never changes.")]


class UserPolicy(Part):
    """What is asked of everybody's password, and who needs a second factor."""

    min_password: Annotated[
        int, Field(ge=LEAST_MIN, le=MOST_MIN, description="Characters that a password must have.")
    ] = DEFAULT_MIN
    totp_roles: Annotated[
        list[Role], Field(max_length=len(ROLES), description="Roles that need a second factor to sign in.")
    ] = []  # noqa: RUF012 - pydantic copies it


@dataclass(frozen=True)
class Company:
    """What one user's change is judged against: everybody, the agents, and who asks."""

    users: Mapping[str, UserChange]
    agents: Collection[str]
    by: str


def parse_user(kind: type[Kind], values: Mapping[str, object]) -> Kind:
    """Raises Invalid, with the name of the field as path."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problems = [Problem(item["loc"], *sentence(item, kind)) for item in error.errors()]
        raise Invalid(problems) from None


def new_user_problems(user: NewUser, company: Company) -> list[Problem]:
    if user.login in company.users:
        return [Problem(("login",), N_("'{key}' exists already"), {"key": user.login})]
    return list(_agent_problems(user.login, user, company))


def change_problems(login: str, user: UserChange, company: Company) -> list[Problem]:
    return [*_agent_problems(login, user, company), *_power_problems(login, user, company)]


def _agent_problems(login: str, user: UserChange, company: Company) -> Iterator[Problem]:
    if not user.agent or (login in company.users and company.users[login].agent == user.agent):
        return
    if user.agent not in company.agents:
        yield Problem(("agent",), N_("there is no agent '{key}'"), {"key": user.agent})
    for other, known in company.users.items():
        if known.agent == user.agent and other != login:
            yield Problem(("agent",), N_("this agent is '{login}' already"), {"login": other})


def _power_problems(login: str, user: UserChange, company: Company) -> Iterator[Problem]:
    """Nobody takes the own power away, and somebody must be left who can give it."""
    before = company.users[login]
    field = "role" if user.role != before.role else "is_active"
    stays = user.role == "administrator" and user.is_active
    if login == company.by and (user.role != before.role or not user.is_active):
        yield Problem((field,), N_("you cannot change your own role or lock yourself out; another administrator can"))
    elif not stays and _is_last_administrator(login, company):
        yield Problem((field,), N_("this is the last administrator who can sign in"))


def delete_problems(login: str, company: Company) -> list[Problem]:
    if login == company.by:
        return [Problem(("login",), N_("you cannot delete yourself; another administrator can"))]
    if _is_last_administrator(login, company):
        return [Problem(("login",), N_("this is the last administrator who can sign in"))]
    return []


def _is_last_administrator(login: str, company: Company) -> bool:
    able = {key for key, user in company.users.items() if user.role == "administrator" and user.is_active}
    return able == {login}
