"""When a list will be called through, if all goes on as it does now."""

import datetime as dt
from collections.abc import Mapping

OVER = "done"
SHORTEST = 20  # attempts; of fewer nothing is foretold


def list_ends_at(
    now: dt.datetime, contacts: Mapping[str, int], attempts: int, lately: tuple[int, dt.timedelta]
) -> dt.datetime | None:
    """`contacts` by state, `attempts` of all that are done; `lately` so many attempts in so much time.

    None where it cannot be told: too little was called, nothing lately, or nothing is left.
    """
    done, left = contacts.get(OVER, 0), sum(number for state, number in contacts.items() if state != OVER)
    number, span = lately
    if not left or not number or attempts < SHORTEST or not done:
        return None
    return now + span * (left * (attempts / done) / number)
