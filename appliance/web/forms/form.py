"""A form ready to be drawn: groups of fields with values, choices and errors at their places."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from appliance.core.problems import Problem
from appliance.core.site import SECTIONS, Site
from appliance.web.forms.choices import MANY, MANY_IN_ROWS, ChoiceGroup, choices_of, count_of
from appliance.web.forms.reading import ROW_KEY, Values
from appliance.web.forms.schema import FieldSchema, fields_of
from appliance.web.language import _
from appliance.web.shown import problem_text

SHORT_LIST = 20  # rows; more stand in short lines


@dataclass
class Control:
    """One field with its content; `rows` where it holds several."""

    schema: FieldSchema
    name: str
    value: Any
    choices: tuple[ChoiceGroup, ...] = ()
    rows: list["Row"] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    is_typed: bool = False  # too many choices for a select

    @property
    def html_id(self) -> str:
        return "f-" + self.name.replace(".", "-")

    @property
    def is_long(self) -> bool:
        return len(self.rows) > SHORT_LIST

    def has_errors(self) -> bool:
        return bool(self.errors) or any(c.has_errors() for row in self.rows for c in row.controls)


@dataclass
class Row:
    name: str
    controls: list[Control]
    language: str = ""
    errors: list[str] = field(default_factory=list)


@dataclass
class Group:
    title: str
    plain: list[Control]
    advanced: list[Control]

    def is_open(self) -> bool:
        """Folded settings are shown where one of them is wrong."""
        return any(control.has_errors() for control in self.advanced)


@dataclass
class Form:
    section: str
    key: str  # empty for a new one
    version: int
    groups: list[Group]
    errors: list[str] = field(default_factory=list)  # that belong to no field
    stale: bool = False

    @property
    def has_upload(self) -> bool:
        return any(control.schema.kind == "languages" for group in self.groups for control in group.plain)


@dataclass(frozen=True)
class Filled:
    """The values of a form, and which entity they are of."""

    section: str
    key: str
    version: int
    values: Values
    removed: Sequence[str] = ()  # secrets whose box "remove it" is ticked


def make_form(
    filled: Filled,
    site: Site,
    problems: Sequence[Problem] = (),
    *,
    stale: bool = False,
    model: type[BaseModel] | None = None,
) -> Form:
    """`model`: of a form that belongs to no section."""
    controls = _controls(model or SECTIONS[filled.section], filled.values, site, "")
    form = Form(filled.section, filled.key, filled.version, _grouped(controls), stale=stale)
    places = {control.name: control.errors for control in _every(controls)}
    places |= {row.name: row.errors for control in controls for row in control.rows}
    own = [each for each in problems if each.path[:2] == (filled.section, str(filled.values.get("key", "")))]
    for each in own or problems:  # what two entities share is said of both: here, the one that is edited is enough
        _place(form, each, places, filled)
    return form


def _controls(model: type[BaseModel], values: Values, site: Site, prefix: str, *, times: int = 1) -> list[Control]:
    """`times`: how often these fields stand in the form, as rows of a list."""
    fields = fields_of(model)
    return [_control(each, values.get(each.name), site, prefix + each.name, times=times) for each in fields]


def _control(schema: FieldSchema, value: Any, site: Site, name: str, *, times: int) -> Control:
    offered = count_of(schema, site)
    is_typed = offered > MANY or offered * times > MANY_IN_ROWS
    choices = () if is_typed else choices_of(schema, site, value)
    control = Control(schema, name, value, choices, is_typed=is_typed)
    if schema.inner is not None:
        for index, row in enumerate(value or []):
            row_name = f"{name}.{index}"
            inner = _controls(schema.inner, row, site, row_name + ".", times=len(value))
            control.rows.append(Row(row_name, inner, row.get(ROW_KEY, "")))
    return control


def _every(controls: Iterable[Control]) -> Iterable[Control]:
    for control in controls:
        yield control
        for row in control.rows:
            yield from _every(row.controls)


def _grouped(controls: list[Control]) -> list[Group]:
    groups: dict[str, Group] = {}
    for control in controls:
        mark = control.schema.shown
        group = groups.setdefault(mark.group, Group(mark.group, [], []))
        (group.advanced if mark.advanced else group.plain).append(control)
    return list(groups.values())


def _place(form: Form, each: Problem, places: dict[str, list[str]], filled: Filled) -> None:
    """At its field, else at the nearest field around it, else above the form."""
    section, key, *path = each.path
    text = problem_text(each)
    if section != filled.section or str(key) not in (filled.key, str(filled.values.get("key", ""))):
        form.errors.append(f"{_(SECTIONS[str(section)].SINGULAR)} '{key}': {text}")
        return
    steps = _by_index(filled.values, path)
    while steps:
        errors = places.get(".".join(map(str, steps)))
        if errors is not None:
            errors.append(text)
            return
        steps = steps[:-1]
    form.errors.append(text)


def _by_index(values: Values, path: Sequence[str | int]) -> list[str | int]:
    """A problem names a row by its language; the form counts rows."""
    steps = list(path)
    if len(steps) > 1 and isinstance(steps[1], str):
        rows = values.get(str(steps[0]))
        if isinstance(rows, list):
            languages = [row.get(ROW_KEY) for row in rows]
            steps[1] = languages.index(steps[1]) if steps[1] in languages else steps[1]
    return steps
