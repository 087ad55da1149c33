"""Values of a contact's field as texts that sort as the values do: numbers by size, then all else by its letters."""

import re
from typing import NamedTuple
from zlib import crc32

LONGEST = 40
_MARK = 6  # characters that tell of which field a key is
_NONE, _NEGATIVE, _POSITIVE, _TEXT, _END = "01234"
_NUMBER = re.compile(r"([+-]?)0*([0-9]*)(?:[.,]([0-9]+))?")
_DIGITS = LONGEST - _MARK - len("199~")
_COMPLEMENT = str.maketrans("0123456789", "9876543210")


class Span(NamedTuple):
    """Where the keys of a field stand: `begin` is that of who has no value, and none is `end` or more."""

    begin: str
    first: str
    end: str


def span_of(field: str) -> Span:
    mark = _mark(field)
    return Span(mark + _NONE, mark + _NEGATIVE, mark + _END)


def sort_key(field: str, value: object) -> str:
    """Of another field it is outside of the span: nobody takes it for one of this."""
    text = str(value) if value is not None else ""
    if not text.isprintable():
        text = "".join(each for each in text if each.isprintable())
    text = " ".join(text.split())
    return _mark(field) + (_of_number(text) or _of_text(text))


def _mark(field: str) -> str:
    return f"{crc32(field.encode(errors='replace')):08x}"[:_MARK]


def _of_text(text: str) -> str:
    return (_TEXT + text.casefold())[: LONGEST - _MARK] if text else _NONE


def _of_number(text: str) -> str:
    """First how many digits there are before the point, then the digits. What is below zero is turned around, and has
    an end that is greater than a digit. Empty: it is no number."""
    found = _NUMBER.fullmatch(text)
    if found is None or not text[-1:].isdigit() or len(found[2]) > 99:
        return ""
    sign, whole, part = found[1], found[2], (found[3] or "").rstrip("0")
    digits = (whole + part)[:_DIGITS]
    if sign == "-" and digits.strip("0"):
        return f"{_NEGATIVE}{99 - len(whole):02}{digits.translate(_COMPLEMENT)}~"
    return f"{_POSITIVE}{len(whole):02}{digits}"
