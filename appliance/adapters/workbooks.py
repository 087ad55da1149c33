"""Reads the first sheet of an XLSX file row by row; texts that cells share wait in a file, not in memory."""

import datetime as dt
import lzma
import mmap
import re
import tempfile
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self
from xml.parsers import expat

from appliance.core.lists.layout import MOST_COLUMNS

_PIECE = 256 << 10
_MOST_BYTES = 4 << 30  # unpacked; a sheet holds a million rows and no more
_MOST_RATIO, _SMALL = 200, 16 << 20  # a spreadsheet shrinks to a tenth; what is made to burst, to a thousandth
_MOST_TEXT, _MOST_TEXTS, _MOST_ELEMENTS = 1 << 20, 20_000_000, 200_000  # a spreadsheet's cell takes 32,767 signs
# RuntimeError: it is locked with a password.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, expat.ExpatError, EOFError, RuntimeError, LookupError, OverflowError
)  # fmt: skip
_DATE_FORMATS = frozenset({*range(14, 23), *range(45, 48)})
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - what a cell shows has no time zone
_NO_DATE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')


def is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def workbook_rows(path: Path) -> Iterator[list[str]]:
    """Raises ValueError where it is none, or damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(archive)
            dates = _date_styles(archive)
            with _Texts() as texts:
                texts.read(archive)
                yield from _SheetReader(texts, dates).rows(archive, _first_sheet(archive))
    except _DAMAGED as error:
        raise ValueError(f"this is no workbook that can be read: {error}") from None


def _check_size(archive: zipfile.ZipFile) -> None:
    """No more is unpacked than the archive says of itself."""
    parts = archive.infolist()
    is_burst = any(each.file_size > _SMALL + _MOST_RATIO * each.compress_size for each in parts)
    if is_burst or sum(each.file_size for each in parts) > _MOST_BYTES:
        raise ValueError("it is too large")


def _parse(archive: zipfile.ZipFile, name: str, handler: Any) -> Iterator[None]:
    """Piece by piece: what `handler` makes of one can be taken away before the next."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: handler.start(tag.rpartition("}")[2], attributes)
    parser.EndElementHandler = lambda tag: handler.end(tag.rpartition("}")[2])
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = _refuse_entities
    with archive.open(name) as file:
        while piece := file.read(_PIECE):
            parser.Parse(piece, False)
            # else a single tag may fill the memory
            _check_length(file.tell() - parser.CurrentByteIndex, "a part of it")
            yield
        parser.Parse(b"", True)
        yield


def _refuse_entities(*_about: object) -> None:
    raise ValueError("a workbook has no document type")


class _Elements:
    """The attributes of all elements of some names, in their order."""

    def __init__(self, archive: zipfile.ZipFile, name: str, *tags: str) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []
        self._tags = frozenset(tags)
        for _ in _parse(archive, name, self):
            pass

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in self._tags:
            _check_length(len(self.found), "the list of its styles", _MOST_ELEMENTS)
            self.found.append((tag, {key.rpartition("}")[2]: value for key, value in attributes.items()}))

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self.found.append(("/cellXfs", {}))

    def text(self, text: str) -> None:
        pass


def _first_sheet(archive: zipfile.ZipFile) -> str:
    sheet = _Elements(archive, "xl/workbook.xml", "sheet").found[0][1]["id"]
    relations = _Elements(archive, "xl/_rels/workbook.xml.rels", "Relationship").found
    target = next((each["Target"] for _tag, each in relations if each["Id"] == sheet), "")
    return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl", target))


def _date_styles(archive: zipfile.ZipFile) -> frozenset[int]:
    """Styles under which a number is shown as a date."""
    if "xl/styles.xml" not in archive.namelist():
        return frozenset()
    formats, styles, is_inside = set(_DATE_FORMATS), [], False
    for tag, each in _Elements(archive, "xl/styles.xml", "numFmt", "cellXfs", "xf").found:
        if tag == "numFmt" and re.search("[dmyhs]", _NO_DATE.sub("", each.get("formatCode", "")), re.IGNORECASE):
            formats.add(int(each["numFmtId"]))
        elif tag in ("cellXfs", "/cellXfs"):
            is_inside = tag == "cellXfs"
        elif tag == "xf" and is_inside:
            styles.append(int(each.get("numFmtId", "0")))
    return frozenset(index for index, number in enumerate(styles) if number in formats)


class _Texts:
    """Texts that cells name by number."""

    def __init__(self) -> None:
        self._ends = array("Q", [0])
        self._parts: list[str] = []
        self._is_text = self._is_hint = False
        self._written = self._length = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._map: mmap.mmap | None = None

    def read(self, archive: zipfile.ZipFile) -> None:
        if "xl/sharedStrings.xml" in archive.namelist():
            for _ in _parse(archive, "xl/sharedStrings.xml", self):
                pass
        self._file.flush()
        if self._written:
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        if self._map is not None:
            self._map.close()
        self._file.close()

    def __getitem__(self, number: int) -> str:
        begin, end = self._ends[number], self._ends[number + 1]
        return self._map[begin:end].decode() if self._map is not None else ""

    def start(self, tag: str, _attributes: object) -> None:
        self._is_text = tag == "t" and not self._is_hint
        self._is_hint = self._is_hint or tag == "rPh"  # how a text is pronounced

    def end(self, tag: str) -> None:
        self._is_text = False
        if tag == "rPh":
            self._is_hint = False
        elif tag == "si":
            self._written += self._file.write("".join(self._parts).encode("utf-8", "replace"))
            self._ends.append(self._written)
            _check_length(len(self._ends), "the table of its texts", _MOST_TEXTS)
            self._parts.clear()
            self._length = 0

    def text(self, text: str) -> None:
        if self._is_text:
            self._parts.append(text)
            self._length += len(text)
            _check_length(self._length)


class _SheetReader:
    """Rows of a sheet; a row that is not there is an empty one."""

    def __init__(self, texts: _Texts, dates: frozenset[int]) -> None:
        self._texts, self._dates = texts, dates
        self._done: list[list[str]] = []
        self._row: list[str] = []
        self._kind = self._style = ""
        self._column = self._length = 0
        self._is_value = False
        self._parts: list[str] = []

    def rows(self, archive: zipfile.ZipFile, name: str) -> Iterator[list[str]]:
        for _ in _parse(archive, name, self):
            yield from self._done
            self._done.clear()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
            reference = attributes.get("r", "")
            self._column = _column(reference) if reference else len(self._row)
        elif tag == "row":
            self._row = []
        self._is_value = tag in ("v", "t")

    def text(self, text: str) -> None:
        if self._is_value:
            self._parts.append(text)
            self._length += len(text)
            _check_length(self._length)

    def end(self, tag: str) -> None:
        self._is_value = False
        if tag == "c":
            value = self._value("".join(self._parts))
            self._parts.clear()
            self._length = 0
            if self._column < MOST_COLUMNS:
                self._row += [""] * (self._column - len(self._row)) + [value]
        elif tag == "row" and any(self._row):
            self._done.append(self._row)

    def _value(self, text: str) -> str:
        if self._kind == "s":
            return self._texts[int(text)] if text else ""
        if self._kind == "n" and text:
            return _number(text, is_date=self._style.isdigit() and int(self._style) in self._dates)
        return "" if self._kind == "e" else text


def _check_length(length: int, what: str = "a cell", most: int = _MOST_TEXT) -> None:
    if length > most:
        raise ValueError(f"{what} is too long")


def _column(reference: str) -> int:
    """0 for A1, 27 for AB7."""
    number = 0
    for sign in reference.rstrip("0123456789"):
        number = number * 26 + ord(sign) - 64
    if not 0 < number <= 16384:
        raise ValueError(f"{reference} is no cell")
    return number - 1


def _number(text: str, *, is_date: bool) -> str:
    if text.isdigit() and not is_date:
        return text
    value = float(text)
    if is_date and 0 <= value < 2958466:
        at = _EPOCH + dt.timedelta(seconds=round(value * 86400))
        return at.strftime("%Y-%m-%d" if at.time() == dt.time() else "%Y-%m-%d %H:%M:%S")
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else text
