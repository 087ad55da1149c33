"""Who may do what, how long a session lasts, which password is good enough: the rules only."""

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
EDIT: frozenset[Role] = frozenset({"administrator"})
FLOOR: frozenset[Role] = frozenset({"administrator", "supervisor"})  # log agents in and out, pause them

IDLE_S = 4 * 3600
ABSOLUTE_S = 24 * 3600

MIN_PASSWORD = 10
MAX_PASSWORD = 200


def is_session_over(*, age_s: float, idle_s: float) -> bool:
    return age_s >= ABSOLUTE_S or idle_s >= IDLE_S


def password_problem(password: str, login: str) -> str | None:
    """Why this password is refused; None for a good one."""
    if len(password) < MIN_PASSWORD:
        return N_("must have at least 10 characters")
    if len(password) > MAX_PASSWORD:
        return N_("must have at most 200 characters")
    if login.lower() in password.lower():
        return N_("must not contain the user name")
    if len(set(password)) < 5:
        return N_("must have at least 5 different characters")
    return None
