"""Telephone numbers of a list: written internationally by its country's plan, refused where no telephone has them."""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from phonenumbers import (
    PhoneMetadata,
    PhoneNumberFormat,
    ValidationResult,
    format_number,
    is_possible_number_with_reason,
    parse,
)
from phonenumbers.phonenumberutil import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    country_code_for_region,
)

from appliance.core.number_plan import LONGEST, SHORTEST, Rule, plan_of

_WRITTEN = re.compile(r"[\s()\-./\u00a0\u2010-\u2015\u202a\u202c\u2060]+")
_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_EXPONENT = re.compile(r"([0-9])[.,]([0-9]+)E\+?([0-9]{1,2})", re.IGNORECASE)  # how spreadsheets spoil long numbers
_FRACTION = re.compile(r"[.,]0$")
# Until August 2019 mobile numbers of Mexico had a 1 after the country's code, and prefixes inland (IFT's plan).
_FORMER = {"": re.compile(r"\+521([0-9]{10})"), "MX": re.compile(r"(?:\+?521|04[45]|01)([0-9]{10})")}
_LONGEST_IN_MEXICO = 10
_WORLD = "001"  # numbers of no country, such as 800
_SHORTEST_ANYWHERE = 4  # digits of a telephone on Niue


class _Way(NamedTuple):
    """How numbers of one length and beginning are rewritten; `is_possible` is None where each has to be asked."""

    begins: str
    strip: int
    prepend: str
    is_possible: bool | None


class NumberReader:
    """Reads what people write into files. The rules of the plan are laid out by length once, not tried sign by sign."""

    def __init__(self, country: str) -> None:
        self._country = country
        self._former = _FORMER.get(country, _FORMER[""])
        self._plan = plan_of(country).to_e164
        self._ways: dict[int, tuple[_Way, ...]] = {}
        code = country_code_for_region(country) if country else 0
        self._code, self._lengths = str(code or "+"), _possible_lengths().get(str(code), frozenset())

    def read(self, text: str) -> str:
        """E.164 with its plus, or as it is where no country is set; empty where no telephone can have it."""
        plain = text if text.isdigit() and text.isascii() else _plain(text)
        if len(plain) > _LONGEST_IN_MEXICO and (former := self._former.fullmatch(plain)):
            plain = f"+52{former[1]}"
        if plain[:1] == "+":
            return plain if _is_possible(plain[1:]) else ""
        if (
            plain.startswith(self._code)
            and len(plain) - len(self._code) in self._lengths
            and len(plain) in self._lengths
        ):
            return self._otherwise(plain)  # with the country's code and no plus, or a number that only begins like it
        for begins, strip, prepend, is_possible in self._ways.get(len(plain)) or self._lay_out(len(plain)):
            if plain.startswith(begins):
                number = prepend + plain[strip:]
                if is_possible or (is_possible is None and _is_possible(number[1:])):
                    return number
                break
        return self._otherwise(plain)

    def _lay_out(self, length: int) -> tuple[_Way, ...]:
        self._ways[length] = found = tuple(
            _way(rule, length) for rule in self._plan if rule.pattern[0] != "+" and _has_length(rule.pattern, length)
        )
        return found

    def _otherwise(self, plain: str) -> str:
        """What no rule of the plan knows, such as a mobile number of Argentina with its 15, or one of five digits."""
        if not self._country:
            return plain if len(plain) >= SHORTEST else ""
        if not _SHORTEST_ANYWHERE <= len(plain) <= LONGEST:
            return ""
        try:
            found = parse(plain, self._country)
        except NumberParseException:
            return ""
        is_possible = is_possible_number_with_reason(found) == ValidationResult.IS_POSSIBLE
        return format_number(found, PhoneNumberFormat.E164) if is_possible else ""


def _has_length(pattern: str, length: int) -> bool:
    body = pattern.removesuffix("*")
    return len(body) == length or (pattern != body and len(body) < length)


def _way(rule: Rule, length: int) -> _Way:
    """A rule that puts the country's code before a number makes them all possible, or none."""
    number = rule.prepend + "0" * (length - rule.strip)
    return _Way(
        begins=rule.pattern.rstrip("X*"),
        strip=rule.strip,
        prepend=f"+{rule.prepend}",
        is_possible=_is_possible(number) if rule.prepend else None,
    )


def _plain(text: str) -> str:
    """Digits, and a plus before them; empty where there is anything else."""
    plain = _WRITTEN.sub("", _FRACTION.sub("", text.strip().lstrip("'")).removeprefix("tel:"))
    return plain if _NUMBER.fullmatch(plain) else ""


def is_spoiled(text: str) -> bool:
    """Digits are lost in it: a spreadsheet wrote 9.87654E+8."""
    return _EXPONENT.fullmatch(text.strip()) is not None


def may_lack_plus(text: str) -> bool:
    """Some country has such a number, if it is written with its code."""
    plain = _plain(text)
    return plain[:1].isdigit() and _is_possible(plain)


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
