"""One call while it lasts: its channels, what the customer is doing, and the story so far."""

import uuid
from dataclasses import dataclass, field

from appliance.core.phones import extension_of


def party_of(channel: str) -> str:
    return extension_of(channel.rpartition("/")[2].rpartition("-")[0])


@dataclass(slots=True)
class Stay:
    """A channel's time in a bridge."""

    bridge: str
    began_us: int
    ended_us: int | None = None


@dataclass(slots=True)
class Channel:
    name: str
    began_us: int
    is_called: bool
    agent: str = ""
    queue: str = ""
    answered_us: int | None = None
    ended_us: int | None = None
    cause: int = 0
    ended_by: str = ""  # Asterisk's hangupsource: a channel's name, dialplan/..., or nothing
    stays: list[Stay] = field(default_factory=list)

    def leave(self, at_us: int) -> None:
        if self.stays and self.stays[-1].ended_us is None:
            self.stays[-1].ended_us = at_us

    @property
    def is_link(self) -> bool:
        """Nobody's phone: joins the bridges of two customers whom an agent has put through to each other, or an agent's
        channel to the routes outside.
        """
        return self.name.startswith("Local/_attended@transfer") or "@routes-" in self.name

    @property
    def is_ringing(self) -> bool:
        return self.is_called and self.answered_us is None and self.ended_us is None

    @property
    def party(self) -> str:
        """`1001` of `PJSIP/1001-0000002a` and of `PJSIP/1001-web-0000002a`."""
        return party_of(self.name)


@dataclass(slots=True)
class Phase:
    """What the customer is doing while nobody talks to them: in a menu, waiting, leaving a message."""

    kind: str
    queue: str
    began_us: int
    ended_us: int | None = None
    result: str = ""
    agent: str = ""  # who has put the customer on hold


@dataclass(slots=True)
class Attempt:
    """The dialer's attempt whose call this is; `status`, `cause` and `tech_cause` are of the last dial."""

    guid: str
    kind: str = ""  # agentless, or agent: whose phone was first, and who is the customer of the call
    status: str = ""
    cause: int = 0
    tech_cause: str = ""
    answered_us: int | None = None
    amd: str = ""
    greeted_us: int | None = None  # when a person had said the first words, where that was listened to
    is_told: bool = False  # the message of an agentless dialer has begun, or one was left at a machine
    is_dropped: bool = False  # an agent heard a machine and left it to the message
    is_fax: bool = False
    is_abandoned: bool = False
    is_late: bool = False  # and so nobody was dialled
    is_opted_out: bool = False


@dataclass(slots=True)
class Call:
    node: str
    linked_id: str  # the one it began with
    linked_ids: set[str]
    began_us: int
    last_us: int
    lines: list[tuple[int, str]] = field(default_factory=list)  # not yet in the database
    stored_as: set[str] = field(default_factory=set)  # under which names lines are there
    channels: dict[str, Channel] = field(default_factory=dict)
    customer_id: str = ""
    guid: str = ""
    direction: str = "internal"
    caller: str = ""
    caller_name: str = ""
    did: str = ""
    language: str = ""
    campaign: str = ""
    recording: str = ""
    mark: str = ""  # blacklisted, unknown_did, closed
    mark_detail: str = ""
    callback_of: str = ""  # the interaction in which the customer asked for this call
    callback_result: str = ""
    reached_us: int | None = None  # when the customer who is called back answered
    attempt: Attempt | None = None
    phases: list[Phase] = field(default_factory=list)
    steps: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def is_contact(self) -> bool:
        """The dialplan gave it a GUID: a customer is on the line."""
        return bool(self.guid)

    @property
    def names(self) -> set[str]:
        """Every unique id and linkedid that it is known by."""
        return self.linked_ids | set(self.channels)

    def identity(self) -> str:
        return self.guid or str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.node}/{self.linked_id}"))

    @property
    def customer(self) -> Channel | None:
        return self.channels.get(self.customer_id)

    def phase(self) -> Phase | None:
        return self.phases[-1] if self.phases and self.phases[-1].ended_us is None else None

    def is_idle(self) -> bool:
        """The customer is there, but neither talks, nor waits, nor hears a ring."""
        customer = self.customer
        if customer is None or customer.ended_us is not None or self.phase() is not None:
            return False
        talks = bool(customer.stays) and customer.stays[-1].ended_us is None
        return not talks and not any(channel.is_ringing for channel in self.channels.values())

    def ended_by(self) -> str:
        """Who hung up: caller, agent (whoever was called), or system."""
        customer = self.customer
        if customer is None or not customer.ended_by or customer.ended_by.startswith("dialplan"):
            return "system"
        return "caller" if customer.ended_by == customer.name else "agent"

    def absorb(self, other: "Call") -> None:
        """Another call (a consultation) turned out to be part of this one."""
        self.channels.update(other.channels)
        self.steps += other.steps
        self.lines += other.lines
        self.stored_as |= other.stored_as
        self.linked_ids |= other.linked_ids
        self.last_us = max(self.last_us, other.last_us)

    def tell(self, at_us: int, kind: str, detail: str) -> None:
        self.steps.append((at_us, kind, detail))

    def begin(self, kind: str, at_us: int, queue: str = "") -> None:
        self.end_phase(at_us)
        self.phases.append(Phase(kind, queue, at_us))

    def end_phase(self, at_us: int, result: str = "") -> None:
        phase = self.phase()
        if phase is not None:
            phase.ended_us, phase.result = at_us, result
