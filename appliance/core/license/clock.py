"""Which time a licence is judged at: a clock that was set back is noticed, one that ran wild harms nobody for long."""

import datetime as dt
from dataclasses import dataclass

BACK = dt.timedelta(hours=1)  # less is a clock being put right
LEAP = dt.timedelta(days=2)  # more than that ahead of what was seen is believed only after a while
BELIEVED_AFTER = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Mark:
    """The newest time that was seen; `leap_at` is when a time far beyond it was first seen."""

    at: dt.datetime | None = None
    leap_at: dt.datetime | None = None


def advance(mark: Mark, now: dt.datetime, journals: dt.datetime | None = None) -> Mark:
    """`journals` is the newest time in Asterisk's own files: they know, even where the database was put back."""
    seen = max(now, journals or now)
    if mark.at is None:
        return Mark(seen)
    if seen <= mark.at + LEAP:
        return Mark(max(seen, mark.at))
    leap_at = mark.leap_at or now
    return Mark(seen) if abs(now - leap_at) >= BELIEVED_AFTER else Mark(mark.at, leap_at)


def is_set_back(mark: Mark, now: dt.datetime) -> bool:
    return mark.at is not None and now < mark.at - BACK


def judged_at(mark: Mark, now: dt.datetime) -> dt.datetime:
    """A clock that was set back leaves everything as it was at the newest time that was seen."""
    return max(mark.at, now) if mark.at is not None else now
