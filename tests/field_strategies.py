"""Hypothesis strategies for the fields of any schema: from its types, its limits and the functions that check it."""

import datetime as dt
import string
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin
from zoneinfo import available_timezones

from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo

from appliance.core.entities.fields import DestinationKinds, Refers, shown

DIGITS = string.digits
_digits = st.text(DIGITS, min_size=2, max_size=15)
_patterns = st.text("0123456789X", min_size=2, max_size=12).map("5{}".format)
numbers = st.one_of(_digits, _digits.map("+{}".format))
blocked_numbers = st.one_of(numbers, numbers.map("{}*".format))
dids = st.one_of(numbers, _patterns, _digits.map("{}*".format))
phone_numbers = st.text(DIGITS, min_size=2, max_size=6)
clocks = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
hosts = st.one_of(
    st.ip_addresses().map(str),
    st.from_regex(r"\A[a-z]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{2,10}){0,3}\Z"),
)
keys = st.from_regex(r"\A[a-z0-9](-?[a-z0-9]){0,20}\Z")

# Texts that YAML, HTML or Asterisk could take for something else.
LINES = st.one_of(
    st.sampled_from(["on", "null", "12:30", "a: b", "'", '"', "%s", "</script>", "' OR 1=1", "مرحبا", "a,b|c(d)&e"]),
    st.text(string.ascii_letters + DIGITS + " .-_'", min_size=1, max_size=20).map(str.strip).filter(bool),
)  # fmt: skip

# What a validator of our own lets pass, by its name.
BY_CHECK: dict[str, st.SearchStrategy[str]] = {
    "_check_key": keys,
    "_check_number": numbers,
    "check_extension": phone_numbers,
    "_check_agent_number": phone_numbers,
    "_check_pattern": st.one_of(_patterns, _digits.map("+{}*".format)),
    "_check_did": dids,
    "check_caller": blocked_numbers,
    "_check_host": hosts,
    "_check_peer": st.one_of(hosts, st.ip_addresses(v=4).map("{}/24".format)),
    "_check_zone": st.sampled_from(sorted(available_timezones())),
    "_check_clock": clocks,
    "_check_end": st.one_of(clocks, st.just("24:00")),
}
# Fields that depend on others, drawn so that they fit.
BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "shown_if": st.just(""),
    "default": st.just(""),
    "choices": st.just("one|two"),
    "limit": st.integers(1, 100),
    "disposition_timeout_s": st.just(0),
    "strip": st.integers(0, 2),
    "url": st.sampled_from(["https://crm.example/{caller}", "http://10.0.0.1:8080/x?a=b&c={digits.number}"]),
}


@dataclass(frozen=True)
class Pick:
    """A reference before anybody knows what there is: the `number`th, counted around."""

    section: str  # empty: a destination
    is_optional: bool
    number: int

    def among(self, found: list[str]) -> str | None:
        choices = [*found, ""] if self.is_optional else found
        return choices[self.number % len(choices)] if choices else None


@cache
def strategy_of(schema: type[BaseModel], name: str) -> st.SearchStrategy[Any]:
    """References come as `Pick`. Made once for each field: strategies cost more to make than to draw from."""
    field = schema.model_fields[name]
    if name in BY_NAME:
        return BY_NAME[name]
    for mark in field.metadata:
        if isinstance(mark, Refers | DestinationKinds):
            section = mark.section if isinstance(mark, Refers) else ""
            optional = field.default == "" or (bool(section) and not field.is_required())
            return st.builds(Pick, st.just(section), st.just(optional), st.integers(0, 997))
    return _of_type(field.annotation, field)


def _of_type(annotation: Any, field: FieldInfo) -> st.SearchStrategy[Any]:
    marks = list(field.metadata)
    if get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        marks += more
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is list:
        inner = _item(arguments[0])
        return st.lists(inner, min_size=_limit(marks, "min_length", 0), max_size=3)
    if origin is dict:
        return st.just({})
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        return st.integers(_limit(marks, "ge", 0), _limit(marks, "le", 1000))
    if dt.date in (annotation, *arguments):
        return st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)).map(str)
    return _text(field, marks)


def _item(annotation: Any) -> st.SearchStrategy[Any]:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return fields_of(annotation)
    return st.sampled_from(get_args(annotation))


@cache
def fields_of(schema: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: strategy_of(schema, name) for name in schema.model_fields})


def _limit(marks: list[Any], name: str, default: int) -> int:
    found = next((getattr(mark, name) for mark in marks if getattr(mark, name, None) is not None), default)
    return int(found)


def _text(field: FieldInfo, marks: list[Any]) -> st.SearchStrategy[str]:
    pattern = next((mark.pattern for mark in marks if getattr(mark, "pattern", None)), None)
    if pattern is not None:
        found: st.SearchStrategy[str] = _from_pattern(pattern)
    else:
        checks = [mark.func.__name__ for mark in marks if isinstance(mark, AfterValidator)]
        found = next((BY_CHECK[name] for name in checks if name in BY_CHECK), LINES)
    if field.is_required() or shown(field).widget == "time_zone":
        return found
    most = _limit(marks, "max_length", 80)
    return st.one_of(st.just(field.default), found.filter(lambda text: len(text) <= most))


@cache
def _from_pattern(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True).filter(lambda text: text.isascii() and text.isprintable())
