"""The site while it is being made from rows: what is in it, what was said, which destinations are still open."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from appliance.core.entities.fields import Entity
from appliance.core.freepbx.implied import is_implied
from appliance.core.freepbx.report import Finding, Outcome, Taken
from appliance.core.freepbx.tables import Row
from appliance.core.problems import Problem, schema_problems
from appliance.core.site import SECTIONS, Site
from appliance.core.words import N_

# Where each field of an entity stood in its row.
Columns = Mapping[str, str]
NEUTRAL = {"", "0", "no", "none", "default", "disabled", "disable", "dontcare", "novm", "off", "n", "false", "inherit"}


@dataclass(frozen=True)
class OpenDestination:
    """`text` leads somewhere in FreePBX; where to, is clear once all rows are read."""

    row: Row
    column: str
    place: tuple[str, str, str]  # section, key, field

    @property
    def text(self) -> str:
        return self.row.cells[self.column]


class Draft:
    def __init__(self, present: Site, *, replace: bool) -> None:
        self.site = present
        self.replace = replace
        self.taken: list[Taken] = []
        self.findings: list[Finding] = []
        self.open: list[OpenDestination] = []
        self._present = present
        self._origin: dict[tuple[str, str], Row] = {}

    def say(self, row: Row, column: str, outcome: Outcome, message: str, **context: Any) -> None:
        self.findings.append(Finding(row.file, row.number, column, outcome, message, context))

    def put(self, row: Row, section: str, values: dict[str, Any], columns: Columns) -> bool:
        """Make an entity of `values`; what its schema refuses is left out if it may be, else the row is left."""
        if section not in SECTIONS:
            self.say(row, "", "left", N_("there is nothing of this kind here"))
            return False
        key = str(values["key"])
        if not self._may_put(row, section, key):
            return False
        if "name" in values:
            values["name"] = self._title(row, values["name"], columns.get("name", ""))
        entity = self._made(row, section, values, columns)
        if entity is None:
            return False
        self.site = self.site.replaced(section, key, entity)
        self._origin[section, key] = row
        self.taken.append(Taken(row.file, row.number, section, key))
        return True

    def change(self, row: Row, section: str, entity: Entity) -> None:
        """What is there changes because of this row."""
        self.site = self.site.replaced(section, entity.key, entity)
        self._origin[section, entity.key] = row

    def lead(self, row: Row, names: Iterable[str], place: tuple[str, str], fields: Iterable[str]) -> None:
        """The destination in the column of `names` is to become these fields of the entity at `place`."""
        column = row.column(names)
        if row.cells.get(column):
            self.open += [OpenDestination(row, column, (*place, field)) for field in fields]

    def take_back(self, problem: Problem) -> bool:
        """An entity that does not fit in with the others is left after all; False if it did not come from a row."""
        section, key = str(problem.path[0]), str(problem.path[1])
        row = self._origin.pop((section, key), None)
        if row is None:
            return False
        self.say(row, "", "left", N_("it cannot be here: {reason}"), reason=problem.text())
        self.site = self.site.replaced(section, key, self._present.section(section).get(key))
        self.taken = [taken for taken in self.taken if (taken.section, taken.key) != (section, key)]
        return True

    def has(self, section: str, key: str) -> bool:
        return section in SECTIONS and key in self.site.section(section)

    def tell_rest(self, row: Row, handled: Iterable[str], number: str) -> None:
        """Columns that hold something, that nobody has asked for; the row's own `number` says nothing new."""
        for column in row.cells.keys() - set(handled):
            if row.cells[column] != number and not is_off(row.cells[column]) and not is_implied(column):
                self.say(row, column, "left", N_("has no counterpart here"))

    def _may_put(self, row: Row, section: str, key: str) -> bool:
        first = self._origin.get((section, key))
        if first is not None:
            message = N_("'{key}' was taken from {file}, row {other}, already")
            self.say(row, "", "left", message, key=key, file=first.file, other=first.number)
            return False
        if key in self._present.section(section) and not self.replace:
            self.say(row, "", "left", N_("'{key}' exists here already and stays as it is"), key=key)
            return False
        return True

    def _title(self, row: Row, name: str, column: str) -> str:
        """A name is no reason to lose a phone: what may not stand in it is taken out."""
        title = plain_title(name)
        if title != name:
            self.say(row, column, "changed", N_("is '{title}' here, without what may not stand in a name"), title=title)
        return title

    def _made(self, row: Row, section: str, values: dict[str, Any], columns: Columns) -> Entity | None:
        kind = SECTIONS[section]
        before = self._present.section(section).get(str(values["key"]))
        kept = before.model_dump() if before else {}
        fields = {name: value for name, value in values.items() if name in kind.model_fields and value != ""}
        for _attempt in range(2):
            try:
                return kind.model_validate({**kept, **fields})
            except ValidationError as error:
                problems = schema_problems(error, (section, str(values["key"])))
                for problem in problems:
                    self._refuse(row, kind, problem, columns)
                if not all(_may_miss(kind, problem) for problem in problems):
                    return None
                fields = {name: value for name, value in fields.items() if name not in set(map(_field_of, problems))}
        return None

    def _refuse(self, row: Row, kind: type[Entity], problem: Problem, columns: Columns) -> None:
        column = columns.get(_field_of(problem), "")
        if _may_miss(kind, problem):
            message = N_("the usual value is taken, for this {reason}")
            self.say(row, column, "changed", message, reason=problem.text())
        else:
            self.say(row, column, "left", N_("this {reason}"), reason=problem.text())


def plain_title(name: str) -> str:
    """`name` as a Title may be; at least a hyphen."""
    line = re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029;]+|\$(?=[{\[])", " ", name)
    return " ".join(line.split()).lstrip("#[ ")[:80].strip() or "-"


def is_off(text: str) -> bool:
    """Empty, zero, or a word of FreePBX's that means that there is none."""
    return text.lower() in NEUTRAL


def _field_of(problem: Problem) -> str:
    return str(problem.path[2]) if len(problem.path) > 2 else ""


def _may_miss(kind: type[Entity], problem: Problem) -> bool:
    field = kind.model_fields.get(_field_of(problem))
    return field is not None and not field.is_required()
