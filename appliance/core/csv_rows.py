"""Reads CSV files as spreadsheets of any country save them: the header, the rows, and the limits of both."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_

Verdict = Literal["new", "changed", "same", "refused"]
_FORMULA = re.compile(r"^[=+\-@\t\r\n|%]")
_NUMBER = re.compile(r"[+-]?[0-9]+")  # a phone number with its + is harmless, and wanted as it is
# A comma stands inside of quotes; whoever opens the file with another separator has a cell begin after that one.
_CELL = re.compile(r'([;\t\r\n])(?=[ "]*[=+\-@|%])(?![ "]*[+-]?[0-9]+[ "]*(?:[;\t\r\n]|\Z))')
_MARKED = re.compile(r"""([;\t\r\n])'(?=[ "]*[=+\-@|%])""")


@dataclass(frozen=True)
class Columns:
    """What a file may have: `names` maps what may stand in the header, in small letters, to the field it fills."""

    names: Mapping[str, str]
    needed: tuple[str, ...]
    max_rows: int

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.names.values()))


@dataclass(frozen=True)
class Row:
    """A line of the file as it was written, by field."""

    line: int
    values: Mapping[str, str]


def decode(content: bytes) -> str:
    """Spreadsheets save UTF-8 or what Windows used in the West."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def read_rows(text: str, columns: Columns) -> list[Row]:
    """Raises Invalid only where the file as a whole cannot be read."""
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=_delimiter(text))
    try:
        found = [(lines.line_num, cells) for cells in lines]
    except csv.Error as error:
        raise Invalid([Problem(("file",), N_("this is not a CSV file: {reason}"), {"reason": str(error)})]) from None
    filled = [(line, cells) for line, cells in found if any(cell.strip() for cell in cells)]
    if not filled:
        raise Invalid([Problem(("file",), N_("the file is empty"))])
    names = _header([cell.strip() for cell in filled[0][1]], columns)
    if len(filled) > columns.max_rows + 1:
        limit = {"limit": columns.max_rows}
        raise Invalid([Problem(("file",), N_("the file may have at most {limit} rows"), limit)])
    return [Row(line, _values(names, cells)) for line, cells in filled[1:]]


def _delimiter(text: str) -> str:
    """Spreadsheets write what their country does; the header has no quoted names."""
    header = text.lstrip("\ufeff\r\n ").partition("\n")[0]
    return max(",;\t", key=header.count)


def _header(cells: list[str], columns: Columns) -> list[str]:
    """The field of each column; empty where it has no name."""
    names = [columns.names.get(cell.casefold(), cell.casefold()) for cell in cells]
    known = ", ".join(columns.known)
    problems = [
        Problem(("file",), N_("the first line must name the columns; '{name}' is missing, known are {known}"),
                {"name": name, "known": known})
        for name in columns.needed if name not in names
    ]  # fmt: skip
    problems += [
        Problem(("file",), N_("the column '{name}' is not known or stands there twice; known are {known}"),
                {"name": cells[number][:40], "known": known})
        for number, name in enumerate(names) if name and (name not in columns.known or name in names[:number])
    ]  # fmt: skip
    if problems:
        raise Invalid(problems)
    return names


def _values(names: list[str], cells: list[str]) -> dict[str, str]:
    """Cells beyond the header are kept under no name, so that the row is refused."""
    found = {name: as_written(cell.strip()) for name, cell in zip(names, cells, strict=False) if name}
    extra = [cell for cell in cells[len(names) :] if cell.strip()]
    return found | ({"": extra[0]} if extra else {})


def check_width(row: Row) -> None:
    if "" in row.values:
        raise Invalid([Problem(("file",), N_("has more cells than the first line has columns"))])


def twice(field: str, line: int) -> Problem:
    return Problem((field,), N_("stands in line {line} already"), {"line": line})


def harmless(text: str) -> str:
    """What a spreadsheet would take for a formula gets an apostrophe, which it shows to nobody."""
    first = "'" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else ""
    return first + _CELL.sub(r"\1'", text)


def as_written(text: str) -> str:
    """Without the apostrophes of `harmless`."""
    bare = [_MARKED.sub(r"\1", each) for each in (text.removeprefix("'"), text)]
    return next((each for each in bare if harmless(each) == text), text)
