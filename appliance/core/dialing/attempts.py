"""An attempt, how it ended, and what is wished of the next ones: what passes between choosing, placing and counting."""

import datetime as dt
from typing import NamedTuple

from appliance.core.dialing.law import Kind


class Wish(NamedTuple):
    """So many contacts for a dialer now. Contacts that belong to an agent are only for one who is `ready`."""

    node: str
    at: dt.datetime
    most: int
    kind: Kind = "auto"
    ready: tuple[str, ...] = ()


class Attempt(NamedTuple):
    guid: str
    node: str
    dialer: str
    campaign: str
    list: str
    contact_id: int | None
    position: int
    number: str
    kind: str
    agent: str
    caller_id: str
    begun_at: dt.datetime


class Result(NamedTuple):
    """How an attempt ended; `cause` is Q.850, `tech_cause` such as SIP 486 Busy Here."""

    guid: str
    outcome: str
    at: dt.datetime
    answered_at: dt.datetime | None = None
    connected_at: dt.datetime | None = None
    cause: int = 0
    tech_cause: str = ""
    amd: str = ""
    agent: str = ""
    wait_s: float = 0.0
    talk_s: float = 0.0
