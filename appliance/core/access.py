"""Who may do what and how long a session lasts: the rules only."""

from typing import Literal, get_args

from appliance.core.words import N_

Role = Literal["administrator", "supervisor", "agent", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)
ROLE_NAMES: dict[str, str] = {
    "administrator": N_("Administrator"),
    "supervisor": N_("Supervisor"),
    "agent": N_("Agent"),
    "auditor": N_("Auditor"),
}

ANYONE_SIGNED_IN: frozenset[Role] = frozenset(ROLES)
VIEW: frozenset[Role] = frozenset({"administrator", "supervisor", "auditor"})
AUDIT: frozenset[Role] = frozenset({"administrator", "auditor"})  # what everybody did, users and their rights too
EDIT: frozenset[Role] = frozenset({"administrator"})
FLOOR: frozenset[Role] = frozenset({"administrator", "supervisor"})  # log agents in and out, pause them

# What a token may be used for, within what its role may do.
Scope = Literal["read", "operate", "configure", "users"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
SCOPE_NAMES: dict[str, str] = {
    "read": N_("Read"),
    "operate": N_("Operate"),
    "configure": N_("Configure"),
    "users": N_("Users"),
}
SCOPE_HELP: dict[str, str] = {
    "read": N_("Look at the configuration, calls and recordings."),
    "operate": N_("Log agents in and out, pause them: what a supervisor does all day."),
    "configure": N_("Change the configuration."),
    "users": N_(
        "See and change users, sessions, tokens and the rules for passwords: who has this can give out everything."
    ),
}

IDLE_S = 4 * 3600
ABSOLUTE_S = 24 * 3600
WAITING_S = 10 * 60  # between the password and the second factor


def is_session_over(*, age_s: float, idle_s: float, is_waiting: bool = False) -> bool:
    return age_s >= (WAITING_S if is_waiting else ABSOLUTE_S) or idle_s >= IDLE_S


def scope_of(method: str, roles: frozenset[Role]) -> Scope:
    """What a route of the API needs where it does not say: the narrower one where there is a doubt."""
    if method == "GET":
        return "read"
    return "operate" if roles == FLOOR else "configure"
