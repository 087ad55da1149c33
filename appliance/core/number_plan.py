"""Telephone numbers by the plan of a country: the same few rules rewrite them here and in the dialplan."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat, format_number

NumberFormat = Literal["as_dialled", "e164_plus", "e164", "national"]
LONGEST = 20  # digits that anybody dials
SHORTEST = 6  # what is shorter is a service of the network, and no number of a country
_LEADS = range(10, 100)
_SETS = {"X": "0123456789", "Z": "123456789", "N": "23456789"}


@dataclass(frozen=True)
class Rule:
    """A number like `pattern` loses `strip` signs and gets `prepend` before it. X is any digit, a * at the end more."""

    pattern: str
    strip: int = 0
    prepend: str = ""

    def applied(self, number: str) -> str:
        return self.prepend + number[self.strip :]


@dataclass(frozen=True)
class NumberPlan:
    """The rules of both tables are in the order of Asterisk's choice: the most exact first."""

    to_e164: tuple[Rule, ...]  # without its plus
    to_national: tuple[Rule, ...]

    def formatted(self, number: str, form: NumberFormat) -> str:
        """What the plan does not know stays as it is: short numbers, or all where no country is set."""
        known = first_match(self.to_e164, number)
        if form == "as_dialled" or known is None:
            return number
        e164 = known.applied(number)
        if form == "national":
            rule = first_match(self.to_national, e164)
            return rule.applied(e164) if rule else number
        return f"+{e164}" if form == "e164_plus" else e164

    def every_format(self, number: str) -> frozenset[str]:
        """In one go what `formatted` gives one by one."""
        known = first_match(self.to_e164, number)
        if known is None:
            return frozenset({number})
        e164 = known.applied(number)
        rule = first_match(self.to_national, e164)
        return frozenset({number, e164, f"+{e164}", rule.applied(e164) if rule else number})


def matches(pattern: str, number: str) -> bool:
    """Whether a dialled number is like the pattern."""
    return _compiled(pattern).fullmatch(number) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    body = "".join(f"[{_SETS[sign]}]" if sign in _SETS else re.escape(sign) for sign in pattern.removesuffix("*"))
    return re.compile(body + (".*" if pattern.endswith("*") else ""), re.DOTALL)


def first_match(rules: Iterable[Rule], number: str) -> Rule | None:
    return next((rule for rule in rules if matches(rule.pattern, number)), None)


@cache
def plan_of(country: str) -> NumberPlan:
    """`country` is two letters such as PE; without one, only numbers with a plus are understood."""
    found = PhoneMetadata.metadata_for_region(country) if country else None
    if found is None or found.country_code is None:
        return NumberPlan((Rule("+X*", 1),), ())
    abroad, code = _abroad(found), str(found.country_code)
    lengths = _lengths(found)
    prefix = found.national_prefix or ""
    inland = [Rule(f"{code}{lead}", len(code), prefix) for lead in _prefixed(found.country_code, lengths, prefix)]
    return NumberPlan(
        _most_exact_first(_into(code, prefix, abroad, lengths)),
        _most_exact_first([Rule("X*", 0, abroad), Rule(f"{code}X*", len(code)), *inland]),
    )


def _into(code: str, prefix: str, abroad: str, lengths: Sequence[int]) -> Iterator[Rule]:
    yield Rule("+X*", 1)
    yield Rule(f"{abroad}X*", len(abroad))
    for length in lengths:
        body = "X" * length
        yield Rule(body, 0, code)
        if prefix:
            yield Rule(f"{prefix}{body}", len(prefix), code)
        if len(code) + length not in lengths and prefix != code:
            yield Rule(f"{code}{body}", 0)


def _most_exact_first(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Asterisk compares patterns sign by sign: the fewer digits a sign stands for, the sooner it is tried."""
    return tuple(sorted(rules, key=lambda rule: [_width(sign) for sign in rule.pattern]))


def _width(sign: str) -> tuple[int, str]:
    return (99, "") if sign == "*" else (len(_SETS.get(sign, sign)), sign)


def _abroad(found: PhoneMetadata) -> str:
    """What is dialled before a country's code, such as 00 or 011."""
    preferred = re.sub(r"\D", "", found.preferred_international_prefix or "")
    literal = re.match(r"\d+", found.international_prefix or "")
    return preferred or (literal[0] if literal else "00")


def _lengths(found: PhoneMetadata) -> list[int]:
    """How many digits the numbers of people and companies have."""
    every = found.general_desc.possible_length if found.general_desc else ()
    kinds = [kind for kind in (found.fixed_line, found.mobile) if kind]
    possible = {length for kind in kinds for length in kind.possible_length or every}
    return sorted(length for length in possible if SHORTEST <= length <= 15)


def _prefixed(code: int, lengths: Sequence[int], prefix: str) -> Iterator[str]:
    """Beginnings and lengths of the numbers that are written with the national prefix at home."""
    for length in lengths if prefix else ():
        rest = "2345678901234"[: length - 2]
        found = [str(lead) for lead in _LEADS if _is_prefixed(code, f"{lead}{rest}", prefix)]
        yield from (lead + "X" * (length - 2) for lead in (["ZX"] if len(found) == len(_LEADS) else found))


def _is_prefixed(code: int, number: str, prefix: str) -> bool:
    written = format_number(PhoneNumber(code, int(number)), PhoneNumberFormat.NATIONAL)
    return re.sub(r"\D", "", written) == prefix + number
