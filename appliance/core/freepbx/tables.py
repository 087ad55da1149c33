"""One exported CSV file as rows with their numbers; it knows encodings and separators, not what the columns mean."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from appliance.core.words import N_

MAX_BYTES = 32_000_000
SEPARATORS = ",;\t"


class TableError(Exception):
    """The file is no table; `message` is English for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Row:
    """`number` is the row as a spreadsheet shows it; the header is row 1. Columns are named in small letters."""

    file: str
    number: int
    cells: dict[str, str]

    def column(self, names: Iterable[str]) -> str:
        """The first of `names` that has something in this row, else the first that the file has, else nothing."""
        there = [name for name in names if name in self.cells]
        return next((name for name in there if self.cells[name]), there[0] if there else "")

    def value(self, *names: str) -> str:
        return self.cells.get(self.column(names), "")


@dataclass(frozen=True)
class Table:
    file: str
    columns: tuple[str, ...]  # in small letters, empty ones left out
    rows: tuple[Row, ...]

    def has(self, *columns: str) -> bool:
        return set(columns) <= set(self.columns)


def read_table(file: str, content: bytes) -> Table:
    """Raises TableError; `file` is only how the report calls it."""
    if len(content) > MAX_BYTES:
        raise TableError(N_("the file is too large"))
    text = _text(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    try:
        lines = list(reader)
    except csv.Error:
        raise TableError(N_("this is no CSV file; are the quotation marks in order?")) from None
    head = next((index for index, line in enumerate(lines) if any(line)), None)
    if head is None:
        raise TableError(N_("the file is empty"))
    titles = [title.strip().lower() for title in lines[head]]
    return Table(file, tuple(title for title in titles if title), tuple(_rows(file, titles, lines, head + 1)))


def _rows(file: str, titles: list[str], lines: list[list[str]], start: int) -> Iterator[Row]:
    for number, line in enumerate(lines[start:], start + 1):
        cells = {title: _cell(text) for title, text in zip(titles, line, strict=False) if title}
        if any(cells.values()):
            yield Row(file, number, cells)


def _cell(text: str) -> str:
    """A database that saves its tables writes NULL for nothing."""
    return "" if text == "NULL" else text.strip()


def _text(content: bytes) -> str:
    # Spreadsheets of western Windows write cp1252, which has more letters than latin-1 at the same places.
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _separator(text: str) -> str:
    """The one that the header has most of; a header has no commas inside its titles."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=header.count)
