"""The vocabulary of entity fields: keys, titles, references and how a form shows them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from appliance.core.words import N_

KEY_PATTERN = r"^[a-z0-9](-?[a-z0-9]){0,39}$"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")


class Part(BaseModel):
    """A value inside an entity; it has no identity of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Entity(Part):
    """Something that people edit. Its key never changes: Asterisk, the journals and reports know it by that key."""

    SINGULAR: ClassVar[str]
    PLURAL: ClassVar[str]
    ICON: ClassVar[str] = "box"
    HELP: ClassVar[str]  # what it is for, shown where there is none yet

    key: str

    @field_validator("key", mode="before")
    @classmethod
    def _is_given(cls, key: object) -> object:
        """A key of blanks is none, whatever form a key has: said so everywhere alike."""
        if isinstance(key, str) and not key.strip():
            raise problem("key_missing", N_("must be given"))
        return key


@dataclass(frozen=True)
class Refers:
    """Marks a field that holds the key of an entity of `section`."""

    section: str


@dataclass(frozen=True)
class DestinationKinds:
    """Marks a field that holds a destination; `extra` are words that are allowed here without a key."""

    extra: tuple[str, ...] = ()


# What a destination may name, and in which section it is looked up.
DESTINATION_SECTIONS = {
    "queue": "queues",
    "menu": "menus",
    "extension": "extensions",
    "agent": "agents",
    "campaign": "campaigns",
    "voicemail": "extensions",
    "group": "ring_groups",
    "conference": "conferences",
    "prompt": "prompts",
    "announcement": "announcements",
    "branch": "branches",
    "input": "inputs",
    "lookup": "lookups",
    "survey": "surveys",
    "callback": "queues",
}
HANGUP = "hangup"
DIRECTORY = "directory"
BARE_DESTINATIONS = (HANGUP, DIRECTORY)
EXTERNAL = "external"  # followed by a number, not by a key
AT = "at"  # where it says at which field an error of the whole stands
TEMPLATE = "template"  # where an error's context keeps the message before its placeholders are filled


@dataclass(frozen=True)
class Shown:
    """How the console shows a field: its group, its name in Asterisk, a unit, a widget, whether it is rare."""

    group: str = N_("General")
    asterisk: str = ""
    unit: str = ""
    widget: str = ""
    advanced: bool = False
    secret: bool = False  # typed anew each time; no form shows it
    private: bool = False  # only those see it who may configure

    @property
    def is_hidden(self) -> bool:
        return self.secret or self.private


def shown(field: FieldInfo) -> Shown:
    return next((m for m in field.metadata if isinstance(m, Shown)), Shown())


def problem(code: str, message: str, **context: Any) -> PydanticCustomError:
    """An error whose English message can be translated; `{name}` placeholders are filled from `context`. What is wrong
    with several fields is said `at` one of them."""
    return PydanticCustomError(code, message, {**context, TEMPLATE: message})


def _check_line(text: str) -> str:
    if _LINE_BREAKS.search(text):
        raise problem("line", N_("must be one line without control characters"))
    if "${" in text or "$[" in text or ";" in text or text.startswith(("#", "[")):
        raise problem("dialplan", N_("must not hold ';' or a dollar sign before a bracket, nor begin with '#' or '['"))
    return text


def check_lines(text: str) -> str:
    """A text of several lines, for people; its lines end as ours do, however a browser sends them."""
    text = text.replace("\r\n", "\n")
    if _CONTROLS.search(text):
        raise problem("lines", N_("must not hold control characters"))
    return text


def _check_key(key: str) -> str:
    if len(key) > 40 or not re.fullmatch(KEY_PATTERN, key):
        raise problem("key", N_("may have small letters, digits and single hyphens between them, 40 at most"))
    return key


def _check_number(number: str) -> str:
    if not re.fullmatch(r"\+?[0-9]{2,15}", number):
        raise problem("number", N_("must be 2 to 15 digits, with or without a leading +"))
    return number


def _split_destination(text: str) -> str:
    kind, _, key = text.partition(":")
    if not text:
        raise problem("destination_missing", N_("must name a destination; 'hangup' ends the call"))
    if kind == EXTERNAL:
        return f"{EXTERNAL}:{_check_number(key)}"
    if key and kind not in DESTINATION_SECTIONS:
        raise problem("destination", N_("must be 'hangup' or one of {allowed}"), allowed=", ".join(destination_words()))
    return text


def destination_words() -> list[str]:
    """Every form a destination can have, for the messages that refuse others."""
    return [DIRECTORY, *(f"{kind}:KEY" for kind in DESTINATION_SECTIONS), f"{EXTERNAL}:NUMBER"]


Key = Annotated[str, AfterValidator(_check_key)]
Number = Annotated[str, AfterValidator(_check_number)]
Line = Annotated[str, AfterValidator(_check_line)]
Title = Annotated[Line, StringConstraints(min_length=1, max_length=80)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(_[A-Z]{2})?$")]
OptionalKey = Annotated[str, AfterValidator(lambda key: _check_key(key) if key else key)]
OptionalNumber = Annotated[str, AfterValidator(lambda number: _check_number(number) if number else number)]
OptionalLanguage = Annotated[str, StringConstraints(pattern=r"^([a-z]{2}(_[A-Z]{2})?)?$")]
Seconds = Annotated[int, Field(ge=0, le=86400)]
Destination = Annotated[str, StringConstraints(max_length=60), AfterValidator(_split_destination), DestinationKinds()]
# Empty: there is none.
OptionalPrompt = Annotated[str, Refers("prompts")]
OptionalDestination = Annotated[
    str,
    StringConstraints(max_length=60),
    AfterValidator(lambda text: _split_destination(text) if text else text),
    DestinationKinds(),
]
MenuTarget = Annotated[
    str,
    StringConstraints(max_length=60),
    AfterValidator(_split_destination),
    DestinationKinds(extra=("back", "repeat", "operator")),
]


def split_destination(destination: str) -> tuple[str, str]:
    """`queue:sales` is ("queue", "sales"); a bare word such as `hangup` has an empty key."""
    kind, _, key = destination.partition(":")
    return kind, key


@dataclass(frozen=True)
class Reference:
    """A place in an entity that names another: where it stands, what it says, and which section that is in."""

    path: tuple[str | int, ...]
    text: str
    section: str  # empty where `text` is a word of its own, such as hangup
    key: str
    extra: tuple[str, ...] = ()


def references(value: BaseModel, path: tuple[str | int, ...] = ()) -> Iterator[Reference]:
    """Every reference that `value` holds, at any depth."""
    for name, field in type(value).model_fields.items():
        content = getattr(value, name)
        yield from _references_in(content, list(field.metadata), (*path, name))


def _references_in(content: Any, marks: list[Any], path: tuple[str | int, ...]) -> Iterator[Reference]:
    if isinstance(content, BaseModel):
        yield from references(content, path)
    elif isinstance(content, (list, tuple)):
        for index, item in enumerate(content):
            yield from _references_in(item, marks, (*path, index))
    elif isinstance(content, dict):
        for key, item in content.items():
            yield from _references_in(item, marks, (*path, key))
    elif isinstance(content, str) and content:
        yield from _references_of(content, marks, path)


def _references_of(text: str, marks: list[Any], path: tuple[str | int, ...]) -> Iterator[Reference]:
    for mark in marks:
        if isinstance(mark, Refers):
            yield Reference(path, text, mark.section, text)
        elif isinstance(mark, DestinationKinds):
            kind, key = split_destination(text)
            if kind != EXTERNAL:
                yield Reference(path, text, DESTINATION_SECTIONS.get(kind, ""), key, mark.extra)
