"""Blocked numbers and VIPs from a CSV file: judges each row alone, so that a bad one never stops a good one."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from appliance.core.csv_rows import Row, Verdict, check_width, twice
from appliance.core.entities.fields import Entity
from appliance.core.problems import Invalid, Problem, reference_problems, schema_problems
from appliance.core.site import SECTIONS, Site

LISTS = ("blacklist", "vips")
MAX_ROWS = 20_000
_BETWEEN_DIGITS = re.compile(r"[\s()\-/]")
_BETWEEN_ROUTES = re.compile(r"[\s|;,]+")


@dataclass(frozen=True)
class JudgedEntry:
    """What would become of a row; `before` is what the list has under that number."""

    row: Row
    verdict: Verdict
    entity: Entity | None = None
    before: Entity | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def key(self) -> str:
        return self.entity.key if self.entity else self.row.values.get("key", "")

    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Field by field what is stored and what would be."""
        if self.entity is None or self.before is None:
            return {}
        names = type(self.entity).model_fields
        pairs = {name: (getattr(self.before, name), getattr(self.entity, name)) for name in names}
        return {name: (was, now) for name, (was, now) in pairs.items() if was != now}


def judge_entries(section: str, rows: Iterable[Row], site: Site) -> Iterator[JudgedEntry]:
    seen: dict[str, int] = {}
    for row in rows:
        judged = _judge_row(section, row, site)
        if judged.entity is not None and judged.key in seen:
            judged = _refused(row, [twice("key", seen[judged.key])])
        elif judged.entity is not None:
            seen[judged.key] = row.line
        yield judged


def _judge_row(section: str, row: Row, site: Site) -> JudgedEntry:
    """A column that the file has not keeps what is stored."""
    key = _BETWEEN_DIGITS.sub("", row.values.get("key", ""))
    before = site.section(section).get(key)
    values = (before.model_dump() if before else {}) | _typed(row.values) | {"key": key}
    try:
        check_width(row)
        entity = SECTIONS[section].model_validate(values)
    except ValidationError as error:
        return _refused(row, [replace(each, path=each.path[2:]) for each in schema_problems(error, (section, key))])
    except Invalid as error:
        return _refused(row, error.problems)
    problems = list(reference_problems(site, entity))
    if problems:
        return _refused(row, problems)
    return JudgedEntry(row, "new" if before is None else "same" if entity == before else "changed", entity, before)


def _typed(cells: Mapping[str, str]) -> dict[str, Any]:
    """Words become values; an empty priority leaves what is there."""
    values: dict[str, Any] = {name: text for name, text in cells.items() if name and text != ""}
    values |= {name: "" for name, text in cells.items() if name not in ("", "priority") and text == ""}
    if "only_for" in cells:
        values["only_for"] = [{"route": key} for key in _BETWEEN_ROUTES.split(cells["only_for"]) if key]
    return values


def _refused(row: Row, problems: Iterable[Problem]) -> JudgedEntry:
    return JudgedEntry(row, "refused", problems=tuple(problems))


def seal_of(judged: Iterable[JudgedEntry]) -> str:
    """The same as long as the list has under these numbers what it had when somebody looked."""
    seal = sha256()
    for each in judged:
        seal.update(f"{each.row.line} {each.verdict} {each.before.model_dump_json() if each.before else ''}\n".encode())
    return seal.hexdigest()
