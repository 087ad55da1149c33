"""The live picture at one moment: queues, agents, calls and phones, as rows that a browser can show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from appliance.core.agents import NO_QUEUE
from appliance.core.phones import place_of

Row = dict[str, Any]  # JSON


@dataclass(frozen=True, slots=True)
class Channel:
    """One leg of a call; not shown, but everything shown follows from the legs."""

    call_id: str
    device: str
    state: str  # dialing, ringing or up
    opened_at: datetime
    queue: str = ""  # in which it waits
    left: tuple[str, datetime, datetime] | None = None  # the queue it left, when it had joined that, when it left
    is_talking: bool = False
    is_held: bool = False
    control: str = ""  # hold or consult: see control.conf of the dialplan


@dataclass(frozen=True, slots=True)
class Call:
    started_at: datetime
    since: datetime  # of `where`
    where: str = "ivr"  # ivr, queue or talking
    caller: str = ""
    caller_name: str = ""
    did: str = ""
    guid: str = ""
    campaign: str = ""
    queue: str = ""
    agent: str = ""
    is_held: bool = False
    channels: tuple[str, ...] = ()

    def row(self) -> Row:
        return {
            "caller": self.caller,
            "caller_name": self.caller_name,
            "did": self.did,
            "where": self.where,
            "since": self.since.isoformat(),
            "started": self.started_at.isoformat(),
            "campaign": self.campaign,
            "queue": self.queue,
            "agent": self.agent,
            "held": self.is_held,
            "guid": self.guid,
        }


@dataclass(frozen=True, slots=True)
class Membership:
    device: str
    pause_reason: str | None = None  # None: not paused
    calls_taken: int = 0
    wrapup_s: int = 0


@dataclass(frozen=True, slots=True)
class Agent:
    """Someone logged in; who is in no queue is offline and not in the picture."""

    device: str
    since: datetime  # of `state`
    state: str = "offline"
    reason: str = ""
    call_id: str = ""
    call_since: datetime | None = None  # while the agent is in a call, on hold and consulting included
    queue: str = ""  # whose call rings or is taken
    device_state: int = 0
    ready_at: datetime | None = None
    paused_at: datetime | None = None
    wrapup_until: datetime | None = None
    extended: int = 0  # times that this wrap-up was made longer
    is_held: bool = False  # this wrap-up, until the agent has done what must be done
    missed: int = 0
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    channels: tuple[str, ...] = ()

    def row(self) -> Row:
        return {
            "state": self.state,
            "since": self.since.isoformat(),
            "until": self.wrapup_until.isoformat() if self.wrapup_until and self.state == "wrapup" else None,
            "extended": self.extended,
            "held": self.is_held,
            "reason": self.reason,
            "call": self.call_id,
            "call_since": self.call_since.isoformat() if self.call_since else None,
            "queue": self.queue,
            "queues": [queue for queue in self.memberships if queue != NO_QUEUE],
            "phone": self.device,
            "missed": self.missed,
            "calls": sum(each.calls_taken for each in self.memberships.values()),
        }


@dataclass(frozen=True, slots=True)
class Queue:
    waiting: Mapping[str, datetime] = field(default_factory=dict)  # channel: since when
    tally: Mapping[str, int] = field(default_factory=dict)  # agents in each state

    def row(self) -> Row:
        return {
            "waiting": len(self.waiting),
            "longest": min(self.waiting.values()).isoformat() if self.waiting else None,
            "agents": {state: number for state, number in self.tally.items() if number},
        }


@dataclass(frozen=True, slots=True)
class Contact:
    """What Asterisk tells of a registration when it is asked; its events tell less."""

    latency_ms: int | None = None
    user_agent: str | None = None  # None: not asked yet


@dataclass(frozen=True, slots=True)
class Phone:
    contacts: Mapping[str, bool] = field(default_factory=dict)  # contact: can be reached
    details: Mapping[str, Contact] = field(default_factory=dict)

    @property
    def status(self) -> str:
        if not self.contacts:
            return "unregistered"
        return "registered" if any(self.contacts.values()) else "unreachable"

    @property
    def is_known(self) -> bool:
        """Every contact was asked for."""
        return all(each in self.details and self.details[each].user_agent is not None for each in self.contacts)

    def row(self) -> Row:
        """Of the contact that calls go to: one that can be reached, before others."""
        contact = max(self.contacts, key=lambda each: self.contacts[each], default="")
        detail = self.details.get(contact) or Contact()
        return {
            "status": self.status,
            "where": contact.rpartition("@")[2].partition(";")[0],
            "latency_ms": detail.latency_ms,
            "user_agent": detail.user_agent or "",
        }


@dataclass(frozen=True, slots=True)
class State:
    queues: Mapping[str, Queue] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)
    calls: Mapping[str, Call] = field(default_factory=dict)
    phones: Mapping[str, Phone] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    devices: Mapping[str, str] = field(
        default_factory=dict
    )  # device, the same for both phones of an extension: the agent who has it
    wrapup_s: Mapping[str, int] = field(default_factory=dict)  # of each queue, from the site: Asterisk does not tell it

    def rows(self) -> dict[str, dict[str, Row]]:
        """All that a browser needs to begin with."""
        return {kind: {key: each.row() for key, each in getattr(self, kind).items()} for kind in KINDS}


KINDS = ("queues", "agents", "calls", "phones")


def began_inside(first: Channel | None, devices: Mapping[str, str]) -> bool:
    """Whether a call, by its first leg, began at a phone of one of our agents."""
    return first is not None and place_of(first.device) in devices


@dataclass(frozen=True, slots=True)
class Change:
    """The new row of one thing, or None when it is gone."""

    kind: str  # one of KINDS
    key: str
    row: Row | None

    def to_json(self) -> Row:
        return {"kind": self.kind, "key": self.key, "row": self.row}


def concerned(before: State, changes: Iterable[Change]) -> frozenset[tuple[str, str]]:
    """Which agents the rows are about, as a call is about who has or had it, and where others wait than before."""
    about = set()
    for change in changes:
        row = change.row or {}
        if change.kind == "agents":
            about.add(("agents", change.key))
        elif change.kind == "calls":
            was = before.calls.get(change.key)
            about.update({("agents", row.get("agent", "")), ("agents", was.agent if was else "")})
        elif change.kind == "queues" and not _has_waiting(before.queues.get(change.key), row):
            about.add(("waiting", change.key))
    return frozenset(about)


def _has_waiting(queue: Queue | None, row: Row) -> bool:
    told = queue.row() if queue else {"waiting": None, "longest": None}
    return (told["waiting"], told["longest"]) == (row.get("waiting"), row.get("longest"))


def changes_between(before: State, after: State) -> list[Change]:
    """What turns the rows of one picture into those of another."""
    old, new = before.rows(), after.rows()
    return [
        Change(kind, key, new[kind].get(key))
        for kind in KINDS
        for key in sorted(old[kind].keys() | new[kind].keys())
        if old[kind].get(key) != new[kind].get(key)
    ]
