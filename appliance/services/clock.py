"""The one reader of the wall clock."""

import datetime as dt


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
