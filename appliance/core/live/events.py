"""What can happen, in our own words; how Asterisk says it is the parser's matter."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What nearly every event tells about the channel that it is about."""

    channel_id: str
    call_id: str  # the linkedid: all legs of one call have the same
    device: str  # the phone or trunk, as in an agent's interface; empty for the far half of a local channel
    state: str  # dialing, ringing or up
    caller: str
    caller_name: str
    exten: str
    guid: str
    campaign: str = ""
    control: str = ""  # hold or consult, where it was steered there from a page
    contacted: str = ""  # the number of the contact whom a dialer calls


@dataclass(frozen=True, slots=True)
class ChannelOpened:
    facts: ChannelFacts
    at: datetime


@dataclass(frozen=True, slots=True)
class ChannelChanged:
    facts: ChannelFacts
    at: datetime


@dataclass(frozen=True, slots=True)
class ChannelClosed:
    channel_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BridgeEntered:
    facts: ChannelFacts
    size: int  # channels in the bridge, this one included
    at: datetime


@dataclass(frozen=True, slots=True)
class BridgeLeft:
    facts: ChannelFacts
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldChanged:
    channel_id: str
    is_held: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class CallerJoined:
    facts: ChannelFacts
    queue: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallerLeft:
    channel_id: str
    queue: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AgentRang:
    agent: str
    queue: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AgentMissed:
    agent: str
    queue: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AgentAnswered:
    agent: str
    queue: str
    channel_id: str  # the caller's
    at: datetime


@dataclass(frozen=True, slots=True)
class AgentFinished:
    agent: str
    queue: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberSeen:
    """An agent's place in one queue, whole, as after each change of it."""

    queue: str
    agent: str
    device: str
    device_state: int  # Asterisk's number: 1 idle, 2 in use, 3 busy, 4 invalid, 5 unavailable, 6 ringing, 8 on hold ...
    pause_reason: str | None  # None: not paused; may be empty
    calls_taken: int
    wrapup_s: int  # 0: as the queue says
    ready_at: datetime  # the last log-in or end of a call
    paused_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberGone:
    queue: str
    agent: str
    device: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PhoneSeen:
    phone: str
    contact: str
    is_reachable: bool | None  # None: the contact is gone
    at: datetime
    latency_ms: int | None = None  # None: not told
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class PhoneListed:
    phone: str
    contacts: tuple[str, ...]
    is_reachable: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class QueueListed:
    queue: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WrapupKnown:
    """What Asterisk does not know of a wrap-up: how long it lasts."""

    agent: str
    until: datetime | None
    at: datetime
    extended: int = 0  # times
    is_held: bool = False  # until the agent has done what must be done


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Not from Asterisk, which says nothing when a wrap-up time is over."""

    at: datetime


Event = (
    ChannelOpened
    | ChannelChanged
    | ChannelClosed
    | BridgeEntered
    | BridgeLeft
    | HoldChanged
    | CallerJoined
    | CallerLeft
    | AgentRang
    | AgentMissed
    | AgentAnswered
    | AgentFinished
    | MemberSeen
    | MemberGone
    | PhoneSeen
    | PhoneListed
    | QueueListed
    | WrapupKnown
    | TimePassed
)
