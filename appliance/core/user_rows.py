"""Users from a CSV file: reads the rows, and judges each alone, so that a bad one never stops a good one."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from appliance.core.access import ROLES
from appliance.core.problems import Invalid, Problem
from appliance.core.users import Company, NewUser, UserChange, change_problems, new_user_problems, parse_user
from appliance.core.words import N_

COLUMNS = ("login", "name", "role", "agent", "active")
NEEDED = ("login", "name", "role")
MAX_ROWS = 2000
ROLE_WORDS = {role: role for role in ROLES} | {
    "administrador": "administrator",
    "agente": "agent",
}
ACTIVE_WORDS = dict.fromkeys(("", "yes", "true", "1", "y", "si", "sí"), True) | dict.fromkeys(
    ("no", "false", "0", "n"), False
)
Verdict = Literal["new", "changed", "same", "refused"]


@dataclass(frozen=True)
class Row:
    """A line of the file as it was written."""

    line: int
    values: Mapping[str, str]


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
    """Raises Invalid only where the file as a whole cannot be read."""
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=_delimiter(text))
    try:
        found = [(lines.line_num, cells) for cells in lines]
    except csv.Error as error:
        raise Invalid([Problem(("file",), N_("this is not a CSV file: {reason}"), {"reason": str(error)})]) from None
    filled = [(line, cells) for line, cells in found if any(cell.strip() for cell in cells)]
    if not filled:
        raise Invalid([Problem(("file",), N_("the file is empty"))])
    names = [cell.strip().lower() for cell in filled[0][1]]
    _check_header(names)
    if len(filled) > MAX_ROWS + 1:
        raise Invalid([Problem(("file",), N_("the file may have at most {limit} rows"), {"limit": MAX_ROWS})])
    return [Row(line, _values(names, cells)) for line, cells in filled[1:]]


def _delimiter(text: str) -> str:
    """Spreadsheets write what their country does; the header has no quoted names."""
    header = text.lstrip("\ufeff\r\n ").partition("\n")[0]
    return max(",;\t", key=header.count)


def _check_header(names: list[str]) -> None:
    known = ", ".join(COLUMNS)
    problems = [
        Problem(("file",), N_("the first line must name the columns; '{name}' is missing, known are {known}"),
                {"name": name, "known": known})
        for name in NEEDED if name not in names
    ]  # fmt: skip
    problems += [
        Problem(("file",), N_("the column '{name}' is not known or stands there twice; known are {known}"),
                {"name": name[:40], "known": known})
        for number, name in enumerate(names) if name and (name not in COLUMNS or name in names[:number])
    ]  # fmt: skip
    if problems:
        raise Invalid(problems)


def _values(names: list[str], cells: list[str]) -> dict[str, str]:
    """Cells beyond the header are kept under no name, so that the row is refused."""
    found = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
    extra = [cell for cell in cells[len(names) :] if cell.strip()]
    return found | ({"": extra[0]} if extra else {})


def judge_rows(rows: Iterable[Row], company: Company) -> Iterator[JudgedRow]:
    """In order, each as if the good ones before it were stored."""
    seen: dict[str, int] = {}
    users = dict(company.users)
    for row in rows:
        judged = judge_row(row, replace(company, users=users))
        if judged.user is not None and judged.login in seen:
            problem = Problem(("login",), N_("stands in line {line} already"), {"line": seen[judged.login]})
            judged = JudgedRow(row, "refused", problems=(problem,))
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
    if "" in row.values:
        raise Invalid([Problem(("file",), N_("has more cells than the first line has columns"))])
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
        lines.writerow([login, _inert(user.name), user.role, user.agent, "yes" if user.is_active else "no"])
    return out.getvalue()


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
