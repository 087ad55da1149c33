"""Files of contacts as they were sent: their encoding, their rows with the place where each ends, and the rejects."""

import codecs
import csv
import io
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from appliance.adapters.workbooks import is_workbook, workbook_rows
from appliance.core.lists.code_pages import balance
from appliance.core.lists.layout import MOST_COLUMNS, SAMPLE, Encoding, find_separator
from appliance.core.words import N_

NO_TABLE = N_("This is no table. Save it as CSV or as an Excel workbook (.xlsx), then send that file.")
HEAD = 64 << 10
_PIECE = 1 << 20
_LONGEST, _KEPT = 4 << 20, 1 << 20  # bytes of a line; of a longer one more is kept than a cell may have
_SHOWN = 5000  # signs of a cell: more than any may have that is taken
_REJECT = 100_000  # signs of a broken row: less than a cell may have


class FileRow(NamedTuple):
    """`end` is where the next one begins; of a broken one, `cells` is its first line as it stands."""

    number: int
    cells: list[str]
    end: int
    is_broken: bool = False


class _Lines:
    """Lines as text, and how far they have been read."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self.file, self.encoding, self.end = file, encoding, file.tell()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.file.readline(_LONGEST)
        if not line:
            raise StopIteration
        is_first = self.end == 0
        self.end += len(line)
        if len(line) == _LONGEST and not line.endswith(b"\n"):
            line = line[:_KEPT] + b"\n"
            self._skip()
        text = line.decode(self.encoding, "replace")
        return text.removeprefix("\ufeff") if is_first else text

    def _skip(self) -> None:
        """The rest of a line that nobody wrote."""
        while piece := self.file.readline(_LONGEST):
            self.end += len(piece)
            if piece.endswith(b"\n"):
                return

    def turn_back(self, to: int) -> None:
        self.file.seek(to)
        self.end = to


class Reading(NamedTuple):
    """How and from where on: rows after the first `number`, which end at `start`. `width`: cells of a usual row."""

    encoding: Encoding
    separator: str
    width: int
    start: int = 0
    number: int = 0


def read_rows(path: Path, reading: Reading) -> Iterator[FileRow]:
    """A quotation mark that is never closed costs one row: one of several lines has as many cells as the others."""
    encoding, separator, width, start, number = reading
    with path.open("rb") as file:
        file.seek(start)
        lines = _Lines(file, "utf-8" if encoding == "utf-8-sig" else encoding)
        while True:
            begin, line = lines.end, 0
            reader = csv.reader(lines, delimiter=separator)
            try:
                for cells in reader:
                    if reader.line_num > line + 1 and len(cells) != width:
                        break
                    line, begin, number = reader.line_num, lines.end, number + 1
                    yield FileRow(number, cells, begin)
                else:
                    return
            except csv.Error:
                pass
            lines.turn_back(begin)
            number += 1
            broken = next(lines).rstrip("\r\n")
            yield FileRow(number, [broken[:_REJECT]], lines.end, is_broken=True)


def pick_rows(path: Path, reading: Reading, numbers: Collection[int]) -> list[FileRow]:
    """Some rows, none of them before the place from where it is read."""
    last = max(numbers) - reading.number
    return [row for row in islice(read_rows(path, reading), last) if row.number in numbers]


def find_encoding(path: Path) -> Encoding:
    """The whole file is read: a letter with an accent may stand in the last row alone."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        head = file.read(HEAD)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        try:
            while head:
                decoder.decode(head)
                head = file.read(_PIECE)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            file.seek(0)
            pieces = iter(lambda: file.read(_PIECE), b"")
            return "cp850" if sum(map(balance, pieces)) > 0 else "cp1252"
    return "utf-8-sig"


class Found(NamedTuple):
    """What a file is; `is_plain` where its rows can be read from it as it is."""

    encoding: Encoding
    separator: str
    rows: list[list[str]]
    is_plain: bool
    is_workbook: bool = False


def look_at(path: Path, encoding: Encoding | None = None, separator: str | None = None) -> Found:
    """What people do not say, it finds. Raises ValueError with the reason where it is no file of rows at all."""
    if is_workbook(path):
        return Found("utf-8-sig", ",", _first(workbook_rows(path)), is_plain=False, is_workbook=True)
    if encoding is None and _is_binary(path):
        raise ValueError(NO_TABLE)
    encoding = encoding or find_encoding(path)
    with path.open("rb") as file:
        head = codecs.getincrementaldecoder(encoding)("replace").decode(file.read(HEAD))
    is_plain = encoding != "utf-16" and ("\n" in head or "\r" not in head)
    separator = separator or find_separator(head)
    cells = csv.reader(io.StringIO(head, newline=""), delimiter=separator)
    return Found(encoding, separator, _first(cells), is_plain)


def _is_binary(path: Path) -> bool:
    """Zeros at even and at odd places: UTF-16 of western letters has them at one or the other."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    is_marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return not is_marked and 0 in head[::2] and 0 in head[1::2]


def _first(rows: Iterable[list[str]]) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for row in rows:
            found.append([cell[:_SHOWN] for cell in row[:MOST_COLUMNS]])
            if len(found) > SAMPLE:
                break
    except csv.Error:
        pass
    return found


def write_plain(source: Path, encoding: Encoding, separator: str, target: Path) -> None:
    """The rows of a workbook, or of a file that cannot be read from the middle, as UTF-8; there whole or not at all."""
    part = target.with_name(target.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator, lineterminator="\n")
        if is_workbook(source):
            writer.writerows(workbook_rows(source))
        else:
            with source.open(encoding=encoding, errors="replace", newline=None) as text:
                try:
                    writer.writerows(csv.reader(text, delimiter=separator))
                except csv.Error as error:
                    raise ValueError(f"it is damaged: {error}") from None
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)


class RejectFile:
    """Rows that were refused; only what a committed position covers counts, the rest is of a run that died."""

    def __init__(self, path: Path, valid_bytes: int) -> None:
        self.size_bytes = valid_bytes
        self._file = path.open("ab")
        self._file.truncate(valid_bytes)

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """On the disk before it returns."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        content = text.getvalue().encode("utf-8", "replace")
        if content:
            self._file.write(content)
            self._file.flush()
            os.fsync(self._file.fileno())
            self.size_bytes += len(content)

    def close(self) -> None:
        self._file.close()


def read_rejects(path: Path, valid_bytes: int) -> Iterator[list[str]]:
    with path.open("rb") as file:
        lines = _Lines(file, "utf-8")
        for row in csv.reader(lines):
            if lines.end > valid_bytes:
                return
            yield row
