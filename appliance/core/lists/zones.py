"""In which time zones a number may be, as far as its beginning tells."""

from functools import cache

from phonenumbers.tzdata import TIMEZONE_DATA, TIMEZONE_LONGEST_PREFIX


def zone_of(number: str) -> str:
    """Of a number with its plus; empty where it may be in several."""
    known = zones_of(number)
    return known[0] if len(known) == 1 else ""


def zones_of(number: str) -> tuple[str, ...]:
    """None where nothing is known of it."""
    known: tuple[str, ...] = ()
    longer = _beginnings()
    for end in range(2, min(len(number), TIMEZONE_LONGEST_PREFIX + 1) + 1) if number[:1] == "+" else ():
        beginning = number[1:end]
        known = TIMEZONE_DATA.get(beginning, known)
        if beginning not in longer:
            break
    return known


@cache
def _beginnings() -> frozenset[str]:
    """After these, more digits may tell more."""
    return frozenset(prefix[:end] for prefix in TIMEZONE_DATA for end in range(1, len(prefix)))
