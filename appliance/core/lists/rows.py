"""What a row of a file becomes: a contact that may be stored, or the reason why it cannot be."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import available_timezones

from appliance.core.contacts import MOST_FIELDS, MOST_NUMBERS
from appliance.core.lists.layout import NUMBER_USES, SEVERAL, Layout, Use
from appliance.core.lists.numbers import NumberReader, is_spoiled, may_lack_plus
from appliance.core.lists.zones import zone_of
from appliance.core.words import N_

USUAL_PRIORITY, LOWEST_PRIORITY = 100, 9999
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")
_LONGEST = {"key": 80, "notes": 4000}
_NAMES = ("name", "nombre", "nombres", "first name", "last name", "apellido", "apellidos", "cliente", "customer")


class Candidate(NamedTuple):
    """A contact as a list would take it; `row` is its row in the file, `cells` what stood there."""

    row: int
    cells: Sequence[str]
    name: str
    company: str
    email: str
    notes: str
    numbers: tuple[tuple[str, str], ...]  # kind and number, in the order in which they are called
    fields: dict[str, str]
    own_key: str
    priority: int
    owner: str
    zone: str


class Reject(NamedTuple):
    """`reason` is English with {value}."""

    row: int
    cells: Sequence[str]
    reason: str
    value: str = ""


@dataclass(frozen=True)
class Ground:
    """What is known of the list and of the centre: `owners` maps what a file may call an agent to the agent's key."""

    country: str
    owners: Mapping[str, str] = field(default_factory=dict)


TOO_LONG = N_("longer than {value} characters")
NO_NUMBER = N_("it has no telephone number")
BAD_NUMBER = N_("{value} is no number that a telephone can have")
NO_PLUS = N_("{value} is no number of the list's country; if it has another one's code, write it with + in front")
NO_COUNTRY = N_("{value} has no country code, and neither the list nor the centre has a country")
SPOILED = N_("the digits of {value} were lost in the spreadsheet")
NO_AGENT = N_("there is no agent {value}")
NO_ZONE = N_("there is no time zone {value}")
BAD_PRIORITY = N_("the priority {value} is no whole number from 0 to 9999")
BAD_EMAIL = N_("{value} is no e-mail address")


class _Refused(Exception):
    def __init__(self, reason: str, value: str = "") -> None:
        self.reason, self.value = reason, value


class _Draft:
    """A row on its way."""

    __slots__ = ("fields", "has_no_country", "names", "numbers", "refused", "values")

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.names: list[str] = []
        self.numbers: dict[str, str] = {}  # number and its kind: once each, in order
        self.refused = ""
        self.has_no_country = False  # what was refused might be a number if the country were known
        self.fields: dict[str, str] = {}


def _no_number(draft: _Draft) -> _Refused:
    if not draft.refused:
        return _Refused(NO_NUMBER)
    if draft.has_no_country:
        return _Refused(NO_COUNTRY, draft.refused)
    if is_spoiled(draft.refused):
        return _Refused(SPOILED, draft.refused)
    return _Refused(NO_PLUS if may_lack_plus(draft.refused) else BAD_NUMBER, draft.refused)


class RowReader:
    """One for each file: what is to be done with each column is settled once, not for each row."""

    def __init__(self, layout: Layout, ground: Ground) -> None:
        self._ground = ground
        self._numbers = NumberReader(ground.country)
        self._columns = [(at, use, name) for at, (use, name) in enumerate(_named(layout)) if use]
        self._draft: Callable[[Sequence[str]], _Draft] = (
            self._of_ucontact if layout.shape == "ucontact" else self._of_table
        )

    def read(self, row: int, cells: Sequence[str]) -> Candidate | Reject:
        try:
            return self._candidate(row, cells, self._draft(cells))
        except _Refused as refused:
            return Reject(row, cells, refused.reason, refused.value)

    def _of_table(self, cells: Sequence[str]) -> _Draft:
        draft, width = _Draft(), len(cells)
        for at, use, name in self._columns:
            if at < width and (cell := cells[at]):
                self._take(draft, use, name, cell)
        return draft

    def _of_ucontact(self, cells: Sequence[str]) -> _Draft:
        draft, row = _Draft(), [*cells, *[""] * (6 - len(cells))]
        self._take(draft, "mobile", "", row[1])
        for name, text in _pairs(row[2]):
            self._take(draft, "name" if name.casefold() in _NAMES else "field", name, text)
        self._take(draft, "numbers", "", row[3])
        draft.values |= {"priority": row[4].strip(), "owner": row[5].strip()}
        return draft

    def _take(self, draft: _Draft, use: Use, name: str, cell: str) -> None:
        if use == "field":
            if text := _line(cell, 120):
                draft.fields[name] = text
        elif use in NUMBER_USES:
            for each in SEVERAL.split(cell) if use == "numbers" else (cell,):
                self._take_number(draft, "other" if use == "numbers" else use, each)
        elif text := _line(cell, _LONGEST.get(use, 120), keep_lines=use == "notes"):
            if use == "name":
                draft.names.append(text)
            else:
                draft.values[use] = text

    def _take_number(self, draft: _Draft, kind: str, cell: str) -> None:
        number = self._numbers.read(cell)
        if number[:1] == "+":
            draft.numbers.setdefault(number, kind)
        elif not draft.refused and (refused := cell.strip()):
            draft.refused, draft.has_no_country = refused[:40], bool(number)

    def _candidate(self, row: int, cells: Sequence[str], draft: _Draft) -> Candidate:
        if not draft.numbers:
            raise _no_number(draft)
        numbers = tuple([(kind, number) for number, kind in draft.numbers.items()][:MOST_NUMBERS])
        get = draft.values.get
        email, zone, name = get("email", ""), get("zone"), " ".join(draft.names)
        if email and not _EMAIL.fullmatch(email):
            raise _Refused(BAD_EMAIL, email[:60])
        return Candidate(
            row,
            cells,
            name=(_line(name, 120) if name else "") or get("company") or get("key") or numbers[0][1],
            company=get("company", ""),
            email=email,
            notes=get("notes", ""),
            numbers=numbers,
            fields=draft.fields,
            own_key=get("key", ""),
            priority=_priority(get("priority", "")),
            owner=self._owner(get("owner", "")),
            zone=_zone(zone) if zone else zone_of(numbers[0][1]),
        )

    def _owner(self, text: str) -> str:
        if not text:
            return ""
        found = self._ground.owners.get(text.casefold())
        if found is None:
            raise _Refused(NO_AGENT, text[:60])
        return found


def _named(layout: Layout) -> list[tuple[Use, str]]:
    """Two columns of the same name are two fields; what is more than a card may hold is left out."""
    found: list[tuple[Use, str]] = []
    taken: set[str] = set()
    for index, column in enumerate(layout.columns):
        name, use = column.name or str(index + 1), column.use
        if use == "field":
            name = name if name.casefold() not in taken else f"{name[:55]} {index + 1}"
            use = "field" if len(taken) < MOST_FIELDS else ""
            taken |= {name.casefold()} if use else set()
        found.append((use, name))
    return found


def field_name(text: str) -> str:
    """As a card may have it."""
    return _BREAKS.sub(" ", text).strip()[:60].strip()


def _pairs(text: str) -> list[tuple[str, str]]:
    """var1=a:var2=b; what has no name goes on with the one before it."""
    found: list[tuple[str, str]] = []
    for part in text.split(":"):
        name, is_pair, value = part.partition("=")
        if is_pair and field_name(name):
            found.append((field_name(name), value))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]}:{part}")
    return found[:MOST_FIELDS]


def _line(text: str, most: int, *, keep_lines: bool = False) -> str:
    if not text.isprintable():
        text = (
            "\n".join(_BREAKS.sub(" ", line).rstrip() for line in text.splitlines())
            if keep_lines
            else _BREAKS.sub(" ", text)
        )
    text = text.strip()
    if len(text) > most:
        raise _Refused(TOO_LONG, str(most))
    return text


@lru_cache(maxsize=10_000)
def _priority(text: str) -> int:
    if not text:
        return USUAL_PRIORITY
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= LOWEST_PRIORITY):
        raise _Refused(BAD_PRIORITY, text[:20])
    return int(text)


@lru_cache(maxsize=2000)
def _zone(text: str) -> str:
    found = _zones().get(text.casefold().replace(" ", "_"))
    if found is None:
        raise _Refused(NO_ZONE, text[:40])
    return found


@lru_cache(maxsize=1)
def _zones() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones() if len(name) <= 40}
