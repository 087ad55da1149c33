"""Which time a licence is judged at: a clock that was set back is noticed, one that ran wild harms nobody for long."""

import datetime as dt
from dataclasses import dataclass, replace

BACK = dt.timedelta(hours=1)  # less is a clock being put right
LEAP = dt.timedelta(days=2)  # more than that ahead of what was seen is believed only after a while
BELIEVED_AFTER = dt.timedelta(hours=24)
STEADY = dt.timedelta(hours=72)  # more since a leap began is another leap


@dataclass(frozen=True)
class Mark:
    """The newest time that was seen; `leap_at` is when a time far beyond it was first seen."""

    at: dt.datetime | None = None
    leap_at: dt.datetime | None = None


def advance(mark: Mark, now: dt.datetime, journals: dt.datetime | None = None) -> Mark:
    """`journals` is the newest time in Asterisk's own files: they know, even where the database was put back."""
    times = (now, journals or now)
    if mark.at is None:
        return Mark(max(times))
    near = mark.at + LEAP
    at = max([mark.at, *(time for time in times if time <= near)])
    if now > near:
        return _leap(Mark(at, mark.leap_at), now)
    # Journals alone are not believed: a call in the hour in which the clock ran wild stands in them too.
    return Mark(at) if max(times) <= near else Mark(at, mark.leap_at or now)


def _leap(mark: Mark, now: dt.datetime) -> Mark:
    """Believed once it has lasted: a clock that jumps again and again is wrong."""
    if mark.leap_at is None or not dt.timedelta(0) <= now - mark.leap_at <= STEADY:
        return replace(mark, leap_at=now)
    return Mark(now) if now - mark.leap_at >= BELIEVED_AFTER else mark


def at_least(mark: Mark, at: dt.datetime) -> Mark:
    return replace(mark, at=max(mark.at or at, at))


def is_set_back(mark: Mark, now: dt.datetime) -> bool:
    """Also where a time far ahead was seen, by the clock or in the journals, and the clock is not there."""
    if mark.at is None:
        return False
    return now < mark.at - BACK or (mark.leap_at is not None and now <= mark.at + LEAP)


def judged_at(mark: Mark, now: dt.datetime) -> dt.datetime:
    """A clock that was set back leaves everything as it was at the newest time that was seen."""
    return max(mark.at, now) if mark.at is not None else now
