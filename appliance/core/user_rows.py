"""Users from a CSV file: reads the rows, and judges each alone, so that a bad one never stops a good one."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from appliance.core import csv_rows
from appliance.core.access import ROLES
from appliance.core.csv_rows import Row, Verdict
from appliance.core.problems import Invalid, Problem
from appliance.core.users import Company, NewUser, UserChange, change_problems, new_user_problems, parse_user
from appliance.core.words import N_

COLUMNS = ("login", "name", "role", "agent", "active")
NEEDED = ("login", "name", "role")
MAX_ROWS = 2000
FILE = csv_rows.Columns(dict(zip(COLUMNS, COLUMNS, strict=True)), NEEDED, MAX_ROWS)
ROLE_WORDS = {role: role for role in ROLES} | {
    "administrador": "administrator",
    "agente": "agent",
}
ACTIVE_WORDS = dict.fromkeys(("", "yes", "true", "1", "y", "si", "sí"), True) | dict.fromkeys(
    ("no", "false", "0", "n"), False
)


@dataclass(frozen=True)
class JudgedRow:
    """What would become of a row; `before` is what is stored of that user."""

    row: Row
    verdict: Verdict
    user: NewUser | None = None
    before: UserChange | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def login(self) -> str:
        return self.user.login if self.user else self.row.values.get("login", "")

    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Field by field what is stored and what would be."""
        if self.user is None or self.before is None:
            return {}
        was, now = self.before.model_dump(), self.user.model_dump()
        return {name: (was[name], now[name]) for name in was if was[name] != now[name]}


def read_rows(text: str) -> list[Row]:
    return csv_rows.read_rows(text, FILE)


def judge_rows(rows: Iterable[Row], company: Company) -> Iterator[JudgedRow]:
    """In order, each as if the good ones before it were stored."""
    seen: dict[str, int] = {}
    users = dict(company.users)
    for row in rows:
        judged = judge_row(row, replace(company, users=users))
        if judged.user is not None and judged.login in seen:
            judged = JudgedRow(row, "refused", problems=(csv_rows.twice("login", seen[judged.login]),))
        if judged.user is not None:
            seen[judged.login] = row.line
            users[judged.login] = change_of(judged.user)
        yield judged


def judge_row(row: Row, company: Company) -> JudgedRow:
    """A column that the file has not keeps what is stored."""
    before = company.users.get(row.values.get("login", ""))
    try:
        user = parse_user(NewUser, _typed(row, before))
    except Invalid as error:
        return JudgedRow(row, "refused", problems=tuple(error.problems))
    verdict: Verdict = "new" if before is None else "same" if change_of(user) == before else "changed"
    problems = new_user_problems(user, company) if before is None else change_problems(user.login, user, company)
    if problems:
        return JudgedRow(row, "refused", problems=tuple(problems))
    return JudgedRow(row, verdict, user, before)


def _typed(row: Row, before: UserChange | None) -> dict[str, object]:
    """Words become values; what is no word of ours is left for the schema to refuse."""
    values: dict[str, object] = before.model_dump() if before else {}
    csv_rows.check_width(row)
    values |= {name: text for name, text in row.values.items() if name in ("login", "name", "agent")}
    if "role" in row.values:
        values["role"] = ROLE_WORDS.get(row.values["role"].casefold(), row.values["role"])
    if "active" in row.values:
        word = row.values["active"].casefold()
        if word not in ACTIVE_WORDS:
            raise Invalid([Problem(("active",), N_("must be yes or no"))])
        values["is_active"] = ACTIVE_WORDS[word]
    return values


def change_of(user: NewUser) -> UserChange:
    return UserChange(name=user.name, role=user.role, agent=user.agent, is_active=user.is_active)


def write_rows(users: Mapping[str, UserChange], logins: Collection[str]) -> str:
    """A file that can be read again; a spreadsheet takes nothing in it for a formula."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(COLUMNS)
    for login in logins:
        user = users[login]
        lines.writerow([login, csv_rows.harmless(user.name), user.role, user.agent, "yes" if user.is_active else "no"])
    return out.getvalue()
