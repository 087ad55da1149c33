"""Telephone numbers of a list: written internationally by its country's plan, refused where no telephone has them."""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from phonenumbers import PhoneMetadata
from phonenumbers.phonenumberutil import COUNTRY_CODE_TO_REGION_CODE

from appliance.core.number_plan import SHORTEST, first_match, plan_of

_WRITTEN = re.compile(r"[\s()\-./\u00a0\u2010-\u2015\u202a\u202c\u2060]+")
_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_EXPONENT = re.compile(r"([0-9])[.,]([0-9]+)E\+?([0-9]{1,2})", re.IGNORECASE)  # how spreadsheets spoil long numbers
_FRACTION = re.compile(r"[.,]0$")
_WORLD = "001"  # numbers of no country, such as 800


class _Way(NamedTuple):
    """How a number is rewritten."""

    strip: int
    prepend: str


_DECIDES = 7  # signs: the longest prefix for calls abroad and the longest country code
_MOST_KEPT = 100_000


class NumberReader:
    """Reads what people write into files; it remembers how numbers that begin alike were read."""

    def __init__(self, country: str) -> None:
        self._has_country = bool(country)
        self._plan = plan_of(country).to_e164
        self._ways: dict[tuple[int, str], _Way | None] = {}

    def read(self, text: str) -> str:
        """E.164 with its plus, or as it is where no country is set; empty where no telephone can have it."""
        plain = text if text.isdigit() and text.isascii() else _plain(text)
        key = len(plain), plain[:_DECIDES]
        try:
            way = self._ways[key]
        except KeyError:
            way = self._find(key, plain)
        return way.prepend + plain[way.strip :] if way is not None else ""

    def _find(self, key: tuple[int, str], plain: str) -> _Way | None:
        if len(self._ways) >= _MOST_KEPT:
            self._ways.clear()
        self._ways[key] = way = self._way(plain)
        return way

    def _way(self, plain: str) -> _Way | None:
        if not _NUMBER.fullmatch(plain):
            return None
        rule = first_match(self._plan, plain)
        if rule is not None:
            return _Way(rule.strip, f"+{rule.prepend}") if _is_possible(rule.applied(plain)) else None
        return _Way(0, "") if not self._has_country and len(plain) >= SHORTEST else None


def _plain(text: str) -> str:
    """Digits, and a plus before them; empty where there is anything else."""
    plain = _WRITTEN.sub("", _FRACTION.sub("", text.strip().lstrip("'")).removeprefix("tel:"))
    return plain if _NUMBER.fullmatch(plain) else ""


def is_spoiled(text: str) -> bool:
    """Digits are lost in it: a spreadsheet wrote 9.87654E+8."""
    return _EXPONENT.fullmatch(text.strip()) is not None


def _is_possible(e164: str) -> bool:
    lengths = _possible_lengths()
    for width in (1, 2, 3):
        known = lengths.get(e164[:width])
        if known is not None:
            return len(e164) - width in known
    return False


@cache
def _possible_lengths() -> Mapping[str, frozenset[int]]:
    """By country code: how many digits may follow it."""
    return {str(code): _lengths(code, regions) for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()}


def _lengths(code: int, regions: tuple[str, ...]) -> frozenset[int]:
    found = (
        PhoneMetadata.metadata_for_nongeo_region(code)
        if region == _WORLD
        else PhoneMetadata.metadata_for_region(region)
        for region in regions
    )
    kinds = [each.general_desc for each in found if each is not None and each.general_desc is not None]
    return frozenset(length for kind in kinds for length in kind.possible_length)
