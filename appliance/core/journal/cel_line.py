"""One line of the CEL file, read into an event; what cannot be read raises, with the reason."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

FIELDS = (
    13  # eventtype,eventtime,cidnum,cidname,exten,context,channame,appname,appdata,uniqueid,linkedid,userdeftype,extra
)
# No caller can write this: inside a field every quote is doubled.
_START_OF_LINE = re.compile(r'"[A-Z_]+","\d{1,11}\.\d+",')
_LONGEST = 100_000


class MalformedLine(Exception):
    """The line is not one whole event."""


class CelEvent(NamedTuple):
    kind: str  # Asterisk's event name, or the user event's own
    is_user: bool
    at_us: int
    number: str
    name: str
    channel: str
    unique_id: str
    linked_id: str
    extra: str

    def parts(self) -> list[str]:
        """What the dialplan said in a user event."""
        if self.extra.startswith('{"extra":"') and "\\" not in self.extra:  # nearly always: no need for a parser
            return self.extra[10:-2].split("|")
        return str(self.extras().get("extra", "")).split("|")

    def extras(self) -> dict[str, object]:
        try:
            found = json.loads(self.extra) if self.extra else {}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def parse_cel(line: str) -> CelEvent:
    row = _read_row(line)
    kind, at, number, name, _exten, _context, channel, _app, _data, unique_id, linked_id, user, extra = row
    seconds, _, fraction = at.partition(".")
    try:
        at_us = int(seconds) * 1_000_000 + int(fraction.ljust(6, "0")[:6])
    except ValueError:
        raise MalformedLine(f"not a time: {at!r}") from None
    if not unique_id or not linked_id:
        raise MalformedLine("no channel is named")
    is_user = kind == "USER_DEFINED"
    number, name = printable(number), printable(name)
    return CelEvent(user if is_user else kind, is_user, at_us, number, name, channel, unique_id, linked_id, extra)


def is_nobody(channel: str) -> bool:
    """The voice and the recorder of a conference room have channels of their own, and so has what tells of others. Who
    tries a menu out is no caller.
    """
    return channel.startswith(("CBAnn/", "CBRec/", "Local/s@control-tell-")) or "@trial-phone-" in channel


def printable(text: str) -> str:
    """What a caller says of itself, on one line."""
    return text if text.isprintable() else "".join(letter for letter in text if letter.isprintable())


def whole_lines(held: str, lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Events as one text each, and whether it is whole; `held` is the beginning of one, from the lines before.

    A caller's number may hold a line break: between quotes it is a part of the field. An event that is not whole
    was cut off when Asterisk died, or is the last one here and goes on in the next lines.
    """
    for line in lines:
        if held and (_START_OF_LINE.match(line) or len(held) > _LONGEST):
            yield held, True  # nothing will complete it
            held = ""
        held = f"{held}\n{line}" if held else line
        if not _is_open(held):
            yield held, True
            held = ""
    if held:
        yield held, False


def _is_open(text: str) -> bool:
    """A field has begun and not ended."""
    if text.count('"') % 2 == 0 or "\0" in text or not _START_OF_LINE.match(text):
        return False
    return (salvage(text) or text).count('"') % 2 == 1


def salvage(line: str) -> str:
    """The whole event at the end of a line whose beginning was cut off when Asterisk died; empty if there is none."""
    starts = [match.start() for match in _START_OF_LINE.finditer(line) if match.start() > 0]
    return line[starts[-1] :] if starts else ""


def _read_row(line: str) -> list[str]:
    if not _START_OF_LINE.match(line):
        raise MalformedLine("it does not begin as an event")
    if "\0" in line:  # a file system's holes after a power cut
        raise MalformedLine("holes in the line")
    try:
        row = next(csv.reader((line,), strict=True), [])
    except csv.Error as error:
        raise MalformedLine(str(error)) from None
    if len(row) != FIELDS:
        raise MalformedLine(f"{len(row)} fields instead of {FIELDS}")
    return row
