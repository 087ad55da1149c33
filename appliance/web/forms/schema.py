"""What a schema says about each of its fields, in the terms of a form; nothing of a value or a request."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from appliance.core.entities.fields import DestinationKinds, Refers, Shown, shown

Kind = Literal[
    "text", "number", "check", "select", "radio", "days", "order", "textarea", "password", "date", "clock", "upload",
    "rows", "languages", "reference", "destination", "language", "zone", "contact_field",
]  # fmt: skip


@dataclass(frozen=True)
class FieldSchema:
    """One field: `inner` is the schema of a row where the field holds several."""

    name: str
    kind: Kind
    title: str
    help: str
    shown: Shown
    is_required: bool
    default: Any
    choices: tuple[str, ...] = ()
    section: str = ""  # of a reference
    extra: tuple[str, ...] = ()  # further words of a destination; of a language, whose it is if none is chosen
    inner: type[BaseModel] | None = None


@cache
def fields_of(model: type[BaseModel]) -> tuple[FieldSchema, ...]:
    return tuple(_field(name, field) for name, field in model.model_fields.items())


def _field(name: str, field: FieldInfo) -> FieldSchema:
    kind, facts = _kind(field)
    default = None if field.is_required() else field.get_default(call_default_factory=False)
    limits = any(getattr(mark, "min_length", 0) for mark in field.metadata)
    return FieldSchema(
        name,
        kind,
        field.title or name,
        field.description or "",
        shown(field),
        field.is_required() or limits,
        default,
        **facts,
    )


def _kind(field: FieldInfo) -> tuple[Kind, dict[str, Any]]:
    mark = shown(field)
    for each in field.metadata:
        if isinstance(each, Refers):
            return "reference", {"section": each.section}
        if isinstance(each, DestinationKinds):
            return "destination", {"extra": each.extra}
    if mark.secret:
        return "password", {}
    by_widget: dict[str, Kind] = {
        "textarea": "textarea",
        "upload": "upload",
        "language": "language",
        "time_zone": "zone",
        "contact_field": "contact_field",
        "own_field": "contact_field",
    }
    if mark.widget == "company_language":
        return "language", {"extra": ("company",)}
    if mark.widget in by_widget:
        return by_widget[mark.widget], {}
    return _kind_of_type(_plain(field.annotation), mark)


def _kind_of_type(annotation: Any, mark: Shown) -> tuple[Kind, dict[str, Any]]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ("radio" if mark.widget == "strategy" else "select"), {"choices": arguments}
    if origin is list:
        return _kind_of_list(_plain(arguments[0]))
    if origin is dict:
        return "languages", {"inner": _plain(arguments[1])}
    simple: dict[Any, Kind] = {bool: "check", int: "number", dt.date: "date"}
    return simple.get(annotation, "text"), {}


def _kind_of_list(item: Any) -> tuple[Kind, dict[str, Any]]:
    if get_origin(item) is Literal:
        choices = get_args(item)
        return ("days" if "mon" in choices else "order"), {"choices": choices}
    return "rows", {"inner": item}


def _plain(annotation: Any) -> Any:
    """Without Annotated and None."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is UnionType:
        return _plain(next(each for each in get_args(annotation) if each is not type(None)))
    return annotation
