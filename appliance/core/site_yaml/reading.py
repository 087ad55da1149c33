"""YAML text to plain values with the line of each; takes no types, no anchors and no tags from the file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from appliance.core.words import N_

MAX_CHARACTERS = 16_000_000
MAX_DEPTH = 12  # a site needs seven
_NOTHING = {"", "~", "null", "Null", "NULL"}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class FileProblem:
    """`message` is English with {placeholders}; `path` is empty where the file as a whole is meant."""

    file: str
    line: int
    path: Path
    message: str
    context: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        place = f"{self.file}:{self.line}: "
        said = self.message.format(**self.context) if self.context else self.message
        return f"{place}{shown_path(self.path)}: {said}" if self.path else f"{place}{said}"


class SiteFileError(Exception):
    """The file was refused, and nothing of it was taken; every problem is there, in the order of the lines."""

    def __init__(self, problems: list[FileProblem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(problem.text() for problem in self.problems))


@dataclass
class Document:
    """`values` are dictionaries, lists, strings, and None for nothing; a plain 1001 or on is a string here.

    What a string means, its schema says: so a key 1001, a name "on" and the time 12:30 are what they look like.
    """

    file: str
    values: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[FileProblem] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """Of the deepest part of `path` that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, message: str, **context: Any) -> FileProblem:
        return FileProblem(self.file, self.line_of(path), path, message, context)


def shown_path(path: Path) -> str:
    """`queues.sales.members[0].agent`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_document(text: str, file: str) -> Document:
    """Raises SiteFileError where this is no YAML; doubles are only noted, so that all problems come at once."""
    document = Document(file)
    if len(text) > MAX_CHARACTERS:
        _refuse(document, 1, N_("the file is too large: at most {limit} characters"), limit=MAX_CHARACTERS)
    try:
        _Reader(document, text).read()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _refuse(document, mark.line + 1 if mark else 1, N_("this is not YAML: {reason}"), reason=error.problem or "-")
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        _refuse(document, line, N_("this is not YAML: {reason}"), reason=error.reason)
    return document


def _refuse(document: Document, line: int, message: str, **context: Any) -> NoReturn:
    raise SiteFileError([FileProblem(document.file, line, (), message, context)])


class _Reader:
    """Builds values from the events of the parser, which resolves nothing by itself."""

    def __init__(self, document: Document, text: str) -> None:
        self._document = document
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)

    def read(self) -> None:
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    _refuse(self._document, _line(event), N_("only one document is allowed; remove the '---'"))
                self._document.values = self._value(next(self._events), ())

    def _value(self, event: yaml.Event, path: Path) -> Any:
        self._check(event, path)
        self._document.lines.setdefault(path, _line(event))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        assert isinstance(event, yaml.ScalarEvent)  # noqa: S101 - the parser knows no fourth kind
        return None if not event.style and event.value in _NOTHING else event.value

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in self._until(yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                _refuse(self._document, _line(event), N_("a name must be plain text, not a list or a group"))
            self._check(event, path)
            here = (*path, event.value)
            if event.value in found:
                self._note_double(event, here)
                self._value(next(self._events), (*here, "again"))
                continue
            self._document.lines[here] = _line(event)
            found[event.value] = self._value(next(self._events), here)
        return found

    def _sequence(self, path: Path) -> list[Any]:
        return [self._value(event, (*path, index)) for index, event in enumerate(self._until(yaml.SequenceEndEvent))]

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event

    def _check(self, event: yaml.Event, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            _refuse(
                self._document, _line(event), N_("anchors (&) and aliases (*) are not allowed; write the value out")
            )
        if getattr(event, "tag", None):
            _refuse(self._document, _line(event), N_("tags (!) are not allowed; put the text in quotes"))
        if len(path) > MAX_DEPTH:
            _refuse(self._document, _line(event), N_("this is nested too deep: at most {limit}"), limit=MAX_DEPTH)

    def _note_double(self, event: yaml.Event, path: Path) -> None:
        first = self._document.lines[path]
        message = N_("stands here a second time; first on line {first}")
        self._document.problems.append(FileProblem(self._document.file, _line(event), path, message, {"first": first}))


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return 1 if mark is None else mark.line + 1
