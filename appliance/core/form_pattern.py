"""Patterns that administrators give for answers: a small part of regular expressions, so that none can be slow."""

import re
from functools import lru_cache

from appliance.core.entities.fields import problem
from appliance.core.words import N_

MOST_VARIABLE = 3  # parts of variable length: each multiplies the ways in which a text can be tried
MOST_LETTERS = 500  # of a text that may be tried in so many ways
_ATOM = re.compile(
    r"(?:\\[dDwWsS.\-+*?()\[\]{}|^$/\\]|\[\^?[^\[\]]+\]|[^\\\[\]{}()|*+?^$])"
    r"(\*|\+|\?|\{[0-9]{1,3}(?:,[0-9]{0,3})?\})?"
)


_BREAKS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")


def check_pattern(pattern: str) -> str:
    """Signs, classes such as [A-Z] or \\d, and how often each may come; no groups and no alternatives."""
    parts = None if _BREAKS.search(pattern) else _parts(pattern)
    if parts is None or sum(map(_is_variable, parts)) > MOST_VARIABLE:
        raise problem(
            "form_pattern",
            N_(r"may have signs, \d, classes such as [A-Z], and * + ? three times at most; no ( ) and no |"),
        )
    try:
        re.compile(pattern)
    except (re.error, OverflowError):
        raise problem("form_pattern_bad", N_("cannot be read as a pattern")) from None
    return pattern


def _parts(pattern: str) -> list[str] | None:
    """How often each part may come; None where something else stands between."""
    found, at = [], 0
    while at < len(pattern):
        part = _ATOM.match(pattern, at)
        if part is None:
            return None
        found.append(part[1] or "")
        at = part.end()
    return found


def _is_variable(times: str) -> bool:
    return times in ("*", "+", "?") or "," in times


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def fits(pattern: str, text: str) -> bool:
    """The whole text. A long one fits no pattern that would be slow with it."""
    return not pattern or (_is_quick(pattern, text) and _compiled(pattern).fullmatch(text) is not None)


def _is_quick(pattern: str, text: str) -> bool:
    return len(text) <= MOST_LETTERS or sum(map(_is_variable, _parts(pattern) or ())) < MOST_VARIABLE
