"""What boards show beside the live picture: figures, requests, alarms and messages, as rows that a browser can show."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

Rows = Mapping[str, dict[str, Any]]  # JSON
Picture = Mapping[str, Rows]

FIGURES, REQUESTS, ALARMS, MESSAGES = "figures", "requests", "alarms", "messages"
BOARD_KINDS = (FIGURES, REQUESTS, ALARMS, MESSAGES)


def differences(before: Picture, after: Picture) -> list[dict[str, Any]]:
    """What turns one picture into the other, as the live stream tells it."""
    return [
        {"kind": kind, "key": key, "row": after.get(kind, {}).get(key)}
        for kind in BOARD_KINDS
        for key in sorted(before.get(kind, {}).keys() | after.get(kind, {}).keys())
        if before.get(kind, {}).get(key) != after.get(kind, {}).get(key)
    ]


def midnight(at: dt.datetime, zone: str) -> dt.datetime:
    """When the company's day began."""
    where = ZoneInfo(zone)
    return dt.datetime.combine(at.astimezone(where).date(), dt.time(), where).astimezone(dt.UTC)
