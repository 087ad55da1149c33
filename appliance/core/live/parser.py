"""The border: AMI events and list items become our own words here, and Asterisk's words go no further."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from appliance.core.agents import STAND_IN
from appliance.core.live.events import (
    AgentAnswered,
    AgentFinished,
    AgentMissed,
    AgentRang,
    BridgeEntered,
    BridgeLeft,
    CallerJoined,
    CallerLeft,
    ChannelChanged,
    ChannelClosed,
    ChannelFacts,
    ChannelOpened,
    Event,
    HoldChanged,
    MemberGone,
    MemberSeen,
    PhoneListed,
    PhoneSeen,
    QueueListed,
)

Raw = Mapping[str, str]


def parse_event(raw: Raw, at: datetime) -> Event | None:
    """Turn one AMI event or list item into ours; None for the many that do not concern us."""
    parser = _PARSERS.get(raw.get("Event", ""))
    if STAND_IN in (raw.get("MemberName"), raw.get("Name")):
        return None
    try:
        return parser(raw, at) if parser else None
    except (KeyError, ValueError, OverflowError):  # an event that lacks what it must have tells nothing
        return None


def device_of(channel: str) -> str:
    """The part of a channel's name that an interface has too: `PJSIP/1001` of `PJSIP/1001-0000002a`.

    `Local/ana@agents` stands for `Local/ana@agents-00000001;1` and for the interface `Local/ana@agents/n`.
    """
    if channel.endswith(";2"):
        return ""
    if channel.startswith("Local/"):
        channel = channel.removesuffix(";1").removesuffix("/n")
    return channel.rpartition("-")[0] if channel[-9:-8] == "-" else channel


def _facts(raw: Raw) -> ChannelFacts:
    return ChannelFacts(
        raw["Uniqueid"],
        raw.get("Linkedid") or raw["Uniqueid"],
        device_of(raw.get("Channel", "")),
        _CHANNEL_STATES.get(raw.get("ChannelState", ""), "ringing"),
        _known(raw.get("CallerIDNum", "")),
        _known(raw.get("CallerIDName", "")),
        raw.get("Exten", ""),
        _variable(raw, "GUID"),
        _variable(raw, "CAMPAIGN"),
        _variable(raw, "CONTROL"),
        _variable(raw, "ATTEMPT_NUMBER"),
    )


_CHANNEL_STATES = {"4": "dialing", "6": "up"}  # the others come before an answer of the other side


def _known(text: str) -> str:
    return "" if text == "<unknown>" else text


def _variable(raw: Raw, name: str) -> str:
    for line in raw.get("ChanVariable", "").split("\n"):
        if line.startswith(f"{name}="):
            return line.removeprefix(f"{name}=")
    return ""


def _member(raw: Raw, at: datetime) -> MemberSeen:
    """QueueMember* events and the list item, which has two other names for the same."""
    return MemberSeen(
        raw["Queue"],
        raw.get("MemberName") or raw["Name"],
        _member_device(raw),
        int(raw["Status"]),
        raw.get("PausedReason", "") if raw["Paused"] == "1" else None,
        int(raw.get("CallsTaken", "0")),
        int(raw.get("Wrapuptime", "0")),
        _instant(max(int(raw.get("LoginTime", "0")), int(raw.get("LastCall", "0")))),
        _instant(int(raw.get("LastPause", "0"))),
        at,
    )


def _member_device(raw: Raw) -> str:
    return device_of(raw.get("StateInterface") or raw.get("Interface") or raw["Location"])


def _instant(epoch_s: int) -> datetime:
    try:
        return datetime.fromtimestamp(epoch_s, UTC)
    except OSError:
        raise ValueError(epoch_s) from None


def _phone(raw: Raw, at: datetime) -> PhoneSeen:
    status = raw["ContactStatus"]
    is_reachable = None if status == "Removed" else status != "Unreachable"
    return PhoneSeen(raw["EndpointName"], raw["URI"], is_reachable, at, _latency_ms(raw))


def _listed_contact(raw: Raw, at: datetime) -> PhoneSeen:
    """The only place that tells what kind of phone it is."""
    is_reachable = raw["Status"] not in ("Unreachable", "Removed")
    return PhoneSeen(raw["Endpoint"], raw["Uri"], is_reachable, at, _latency_ms(raw), raw.get("UserAgent", "")[:80])


def _latency_ms(raw: Raw) -> int | None:
    """Nought and words such as N/A mean that it was not measured."""
    told = raw.get("RoundtripUsec", "")
    return max(1, round(int(told) / 1000)) if told.isdigit() and int(told) else None


def _listed_phone(raw: Raw, at: datetime) -> PhoneListed:
    contacts = tuple(each.partition("/")[2] for each in raw["Contacts"].split(",") if "/" in each)
    return PhoneListed(raw["ObjectName"], contacts, raw["DeviceState"] != "Unavailable", at)


def _listed_channel(raw: Raw, at: datetime) -> ChannelOpened:
    hours, minutes, seconds = map(int, raw["Duration"].split(":"))
    return ChannelOpened(_facts(raw), at - timedelta(hours=hours, minutes=minutes, seconds=seconds))


def _listed_caller(raw: Raw, at: datetime) -> CallerJoined:
    return CallerJoined(_facts(raw), raw["Queue"], at - timedelta(seconds=int(raw["Wait"])))


def _opened(raw: Raw, at: datetime) -> ChannelOpened:
    if raw["Channel"].startswith("Local/s@control-tell-"):
        raise ValueError(raw["Channel"])  # it only writes a line of the journal
    return ChannelOpened(_facts(raw), at)


_Parser = Callable[[Raw, datetime], Event]
_PARSERS: dict[str, _Parser] = {
    "Newchannel": _opened,
    "Newstate": lambda raw, at: ChannelChanged(_facts(raw), at),
    "NewCallerid": lambda raw, at: ChannelChanged(_facts(raw), at),
    "MusicOnHoldStart": lambda raw, at: ChannelChanged(_facts(raw), at),
    "DialBegin": lambda raw, at: ChannelChanged(_facts(raw), at),
    "Hangup": lambda raw, at: ChannelClosed(raw["Uniqueid"], at),
    "BridgeEnter": lambda raw, at: BridgeEntered(_facts(raw), int(raw["BridgeNumChannels"]), at),
    "BridgeLeave": lambda raw, at: BridgeLeft(_facts(raw), at),
    "Hold": lambda raw, at: HoldChanged(raw["Uniqueid"], True, at),
    "Unhold": lambda raw, at: HoldChanged(raw["Uniqueid"], False, at),
    "QueueCallerJoin": lambda raw, at: CallerJoined(_facts(raw), raw["Queue"], at),
    "QueueCallerLeave": lambda raw, at: CallerLeft(raw["Uniqueid"], raw["Queue"], at),
    "QueueCallerAbandon": lambda raw, at: CallerLeft(raw["Uniqueid"], raw["Queue"], at),
    "AgentCalled": lambda raw, at: AgentRang(raw["MemberName"], raw["Queue"], at),
    "AgentRingNoAnswer": lambda raw, at: AgentMissed(raw["MemberName"], raw["Queue"], at),
    "AgentConnect": lambda raw, at: AgentAnswered(raw["MemberName"], raw["Queue"], raw["Uniqueid"], at),
    "AgentComplete": lambda raw, at: AgentFinished(raw["MemberName"], raw["Queue"], at),
    "QueueMemberAdded": _member,
    "QueueMemberStatus": _member,
    "QueueMemberPause": _member,
    "QueueMemberRemoved": lambda raw, at: MemberGone(raw["Queue"], raw["MemberName"], _member_device(raw), at),
    "ContactStatus": _phone,
    # items of the lists that a resync reads
    "QueueParams": lambda raw, at: QueueListed(raw["Queue"], at),
    "QueueMember": _member,
    "QueueEntry": _listed_caller,
    "CoreShowChannel": _listed_channel,
    "EndpointList": _listed_phone,
    "ContactList": _listed_contact,
}
