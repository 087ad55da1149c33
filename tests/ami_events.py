"""AMI events as Asterisk 22 sends them, recorded once and made here for any caller, queue and agent."""

from collections.abc import Iterator
from dataclasses import dataclass

Raw = dict[str, str]

DOWN, RING, RINGING, UP = "0", "4", "5", "6"
IDLE, IN_USE, UNAVAILABLE, PHONE_RINGS, ON_HOLD = "1", "2", "5", "6", "8"


def channel(name: str, uniqueid: str, linkedid: str = "", **fields: str) -> Raw:
    """The part that all events about a channel have."""
    return {
        "Channel": name,
        "ChannelState": UP,
        "ChannelStateDesc": "",
        "CallerIDNum": "<unknown>",
        "CallerIDName": "<unknown>",
        "ConnectedLineNum": "<unknown>",
        "ConnectedLineName": "<unknown>",
        "Language": "en",
        "AccountCode": "",
        "Context": "inbound",
        "Exten": "5551000",
        "Priority": "1",
        "Uniqueid": uniqueid,
        "Linkedid": linkedid or uniqueid,
        "ChanVariable": "GUID=",
        **fields,
    }


def member(queue: str, agent: str, event: str = "QueueMemberStatus", **fields: str) -> Raw:
    return {
        "Event": event,
        "Privilege": "agent,all",
        "Queue": queue,
        "MemberName": agent,
        "Interface": f"PJSIP/{agent}",
        "StateInterface": f"PJSIP/{agent}",
        "Membership": "dynamic",
        "Penalty": "0",
        "CallsTaken": "0",
        "LastCall": "0",
        "LastPause": "0",
        "LoginTime": "1795200000",
        "InCall": "0",
        "Status": IDLE,
        "Paused": "0",
        "PausedReason": "",
        "Ringinuse": "0",
        "Wrapuptime": "0",
        **fields,
    }


def listed_member(queue: str, agent: str, **fields: str) -> Raw:
    """The same in the list, where two fields have other names."""
    raw = member(queue, agent, "QueueMember", **fields)
    return {**raw, "Name": raw.pop("MemberName"), "Location": raw.pop("Interface")}


@dataclass(frozen=True)
class QueueCall:
    """A call that waits in a queue, is answered, and ends; `story` has all its events in Asterisk's order."""

    number: int
    queue: str = "sales"
    agent: str = "ana"
    member_of: tuple[str, ...] = ("sales",)  # each of these tells every change of the agent's phone

    @property
    def caller_id(self) -> str:
        return f"1795297{self.number:06d}.0"

    @property
    def leg_id(self) -> str:
        return f"1795297{self.number:06d}.1"

    def caller(self, event: str, **fields: str) -> Raw:
        variables = f"GUID=g-{self.number}\nCAMPAIGN=hotline"
        known = {"CallerIDNum": f"600{self.number}", "CallerIDName": "Bob", "ChanVariable": variables}
        return {"Event": event, **channel(f"PJSIP/trunk-{self.number:08x}", self.caller_id, **known), **fields}

    def leg(self, event: str, **fields: str) -> Raw:
        name = f"PJSIP/{self.agent}-{self.number:08x}"
        return {"Event": event, **channel(name, self.leg_id, self.caller_id), **fields}

    def both(self, event: str, **fields: str) -> Raw:
        leg = {f"Dest{name}": value for name, value in self.leg("").items() if name != "Event"}
        about = {"Queue": self.queue, "Interface": f"PJSIP/{self.agent}", "MemberName": self.agent}
        return {**self.caller(event), **leg, **about, **fields}

    def phone(self, status: str, **fields: str) -> list[Raw]:
        return [member(queue, self.agent, Status=status, **fields) for queue in self.member_of]

    def arrives(self) -> list[Raw]:
        return [
            self.caller("Newchannel", ChannelState=RING, ChanVariable="GUID="),
            self.caller("Newstate"),
            self.caller("QueueCallerJoin", Queue=self.queue, Position="1", Count="1"),
        ]

    def rings(self) -> list[Raw]:
        return [
            self.leg("Newchannel", ChannelState=DOWN),
            self.leg("NewCallerid", ChannelState=DOWN),
            self.both("AgentCalled"),
            self.leg("Newstate", ChannelState=RINGING),
            *self.phone(PHONE_RINGS),
        ]

    def is_answered(self) -> list[Raw]:
        return [
            self.leg("Newstate"),
            *self.phone(IN_USE),
            self.caller("QueueCallerLeave", Queue=self.queue, Position="1", Count="0"),
            self.both("AgentConnect", HoldTime="4", RingTime="3"),
            self.leg("BridgeEnter", BridgeUniqueid=f"b-{self.number}", BridgeNumChannels="1"),
            self.caller("BridgeEnter", BridgeUniqueid=f"b-{self.number}", BridgeNumChannels="2"),
        ]

    def ends(self) -> list[Raw]:
        return [
            self.leg("BridgeLeave", BridgeNumChannels="1"),
            self.both("AgentComplete", HoldTime="4", TalkTime="60", Reason="agent"),
            self.leg("Hangup", Cause="16"),
            *self.phone(IDLE, CallsTaken="1", LastCall="1795297490"),
            self.caller("BridgeLeave", BridgeNumChannels="0"),
            self.caller("Hangup", Cause="16"),
        ]

    def story(self) -> Iterator[Raw]:
        yield from (*self.arrives(), *self.rings(), *self.is_answered(), *self.ends())
