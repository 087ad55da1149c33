"""Entries of the do-not-call list as people and files write them: a number or the beginning of many, and why."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from appliance.core.csv_rows import as_written
from appliance.core.lists.numbers import NumberReader
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_

LONGEST_REASON = 200
COLUMNS = ("number", "campaign", "reason", "expires")
BAD_NUMBER = N_("must be a telephone number, or the beginning of some with its + and a * at the end")
NO_CAMPAIGN = N_("there is no such campaign")
BAD_DATE = N_("must be a date such as 2027-01-31")
OVER = N_("must be today or later: this day is over")
SPOKEN = "_do-not-call"  # what a phone says that dials such a number; no prompt of a site can be named so
SPOKEN_WORDS = {
    "en": "This number is on the do-not-call list.",
    "es": "Este número está en la lista de no llamar.",
}
_AFTER_ITS_DAY = dt.timedelta(hours=36)  # from a day's midnight of UTC until it is over everywhere on earth
_SHORTEST, _LONGEST = 2, 16


class Barred(NamedTuple):
    """`number` may be the beginning of many; it holds until `expires_at`, or for ever."""

    number: str
    is_prefix: bool = False
    campaign: str = ""
    reason: str = ""
    expires_at: dt.datetime | None = None

    @property
    def shown(self) -> str:
        return f"{self.number}*" if self.is_prefix else self.number

    def told(self) -> dict[str, Any]:
        until = self.expires_at.isoformat() if self.expires_at else None
        return {"number": self.shown, "campaign": self.campaign, "reason": self.reason, "expires_at": until}


class RefusedRow(NamedTuple):
    row: int
    text: str
    problems: list[Problem]


def last_day(expires_at: dt.datetime | None) -> dt.date | None:
    """The day that somebody wrote, on which it still holds."""
    return (expires_at - _AFTER_ITS_DAY).date() if expires_at else None


def parse_entry(
    values: Mapping[str, str], reader: NumberReader, campaigns: Collection[str], *, at: dt.datetime
) -> Barred:
    """Raises `Invalid` with what is wrong with each."""
    text, campaign = values.get("number", "").strip()[:60], values.get("campaign", "").strip()
    number, problems = _number(text, reader), list[Problem]()
    if not number:
        problems.append(Problem(("number",), BAD_NUMBER))
    if campaign and campaign not in campaigns:
        problems.append(Problem(("campaign",), NO_CAMPAIGN))
    try:
        expires_at = _end_of(values.get("expires", "").strip())
        if expires_at and expires_at <= at:
            problems.append(Problem(("expires",), OVER))
    except ValueError:
        problems.append(Problem(("expires",), BAD_DATE))
    if problems:
        raise Invalid(problems)
    reason = " ".join(values.get("reason", "").replace("\0", "").split())[:LONGEST_REASON]
    return Barred(number, text.endswith("*"), campaign, reason, expires_at)


def _number(text: str, reader: NumberReader) -> str:
    if not text.endswith("*"):
        return reader.read(text)
    begins = "".join(text.removesuffix("*").split())
    is_one = begins.startswith("+") and begins[1:].isascii() and begins[1:].isdigit()
    return begins if is_one and _SHORTEST <= len(begins) <= _LONGEST else ""


def _end_of(text: str) -> dt.datetime | None:
    """Of that day, everywhere on earth."""
    if not text:
        return None
    return dt.datetime.combine(dt.date.fromisoformat(text[:10]), dt.time(), dt.UTC) + _AFTER_ITS_DAY


def parse_rows(
    rows: Iterable[Sequence[str]], reader: NumberReader, campaigns: Collection[str], *, at: dt.datetime
) -> Iterator[Barred | RefusedRow]:
    """The first row may name the columns; in another language, or without, they are in the order of `COLUMNS`."""
    names: Sequence[str] = COLUMNS
    for number, row in enumerate(rows, 1):
        cells = [as_written(cell.strip()) for cell in row]
        heads = [cell.casefold() for cell in cells]
        if number == 1 and _is_heading(heads):
            names = heads if "number" in heads else COLUMNS
        elif any(heads):
            try:
                yield parse_entry(dict(zip(names, cells, strict=False)), reader, campaigns, at=at)
            except Invalid as error:
                yield RefusedRow(number, ", ".join(cells)[:120], error.problems)


def _is_heading(heads: Sequence[str]) -> bool:
    first = heads[0] if heads else ""
    return "number" in heads or (first != "" and not any(sign.isdigit() for sign in first))
