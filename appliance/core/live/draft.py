"""A state in the making: copies only the tables that are written to, and keeps them true to each other."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from appliance.core.live.events import ChannelFacts
from appliance.core.live.state import Agent, Call, Channel, Phone, Queue, State
from appliance.core.phones import place_of

T = TypeVar("T")
_ONE_WAIT = timedelta(seconds=1)


class Table(Generic[T]):
    """A mapping that can be written to without touching the one it was made from."""

    def __init__(self, rows: Mapping[str, T]) -> None:
        self.before = rows
        self.after = rows
        self.touched: dict[str, None] = {}  # in the order of the first touch
        self._copy: dict[str, T] | None = None

    def get(self, key: str) -> T | None:
        return self.after.get(key)

    def put(self, key: str, row: T) -> T:
        self._writable()[key] = row
        return self.touch(key, row)

    def touch(self, key: str, row: T) -> T:
        self.touched[key] = None
        return row

    def drop(self, key: str) -> None:
        self._writable().pop(key, None)
        self.touched[key] = None

    def _writable(self) -> dict[str, T]:
        if self._copy is None:
            self.after = self._copy = dict(self.before)
        return self._copy


class Draft:
    """Every method leaves these true: a channel's call exists and lists it; a call has a channel; a channel that
    waits is in that queue and in no other; an agent lists the channels of the phone that is the agent's.
    """

    def __init__(self, state: State, at: datetime) -> None:
        self.at = at
        self.wrapup_s = state.wrapup_s
        self.queues: Table[Queue] = Table(state.queues)
        self.agents: Table[Agent] = Table(state.agents)
        self.calls: Table[Call] = Table(state.calls)
        self.phones: Table[Phone] = Table(state.phones)
        self.channels: Table[Channel] = Table(state.channels)
        self.devices: Table[str] = Table(state.devices)

    def state(self) -> State:
        return State(
            self.queues.after,
            self.agents.after,
            self.calls.after,
            self.phones.after,
            self.channels.after,
            self.devices.after,
            self.wrapup_s,
        )

    def add_channel(self, facts: ChannelFacts) -> None:
        channel_id, call_id = facts.channel_id, facts.call_id
        call = self.calls.get(call_id) or Call(self.at, self.at, caller=facts.caller, did=facts.exten)
        self.calls.put(call_id, replace(call, channels=(*call.channels, channel_id)))
        self.channels.put(channel_id, Channel(call_id, facts.device, facts.state, self.at, control=facts.control))
        if found := self._agent_at(facts.device):
            name, agent = found
            self.agents.put(name, replace(agent, channels=(*agent.channels, channel_id)))

    def drop_channel(self, channel_id: str) -> None:
        if channel := self.leave_queue(channel_id):
            self._leave_call(channel_id, channel.call_id)
            self.channels.drop(channel_id)
            if found := self._agent_at(channel.device):
                name, agent = found
                self.agents.put(name, replace(agent, channels=_without(agent.channels, channel_id)))

    def change_channel(self, channel_id: str, channel: Channel) -> None:
        """Put the channel back with other properties, and look again at what follows from them."""
        self.channels.put(channel_id, channel)
        self.calls.touch(channel.call_id, self.calls.after[channel.call_id])
        if found := self._agent_at(channel.device):
            self.agents.touch(*found)

    def move_channel(self, channel_id: str, call_id: str) -> Channel:
        """Calls that are bridged become one; Asterisk tells it only by the linkedid of later events."""
        channel = self.channels.after[channel_id]
        call = self.calls.get(call_id) or replace(self.calls.after[channel.call_id], channels=())
        self._leave_call(channel_id, channel.call_id)
        self.calls.put(call_id, replace(call, channels=(*call.channels, channel_id)))
        channel = replace(channel, call_id=call_id)
        self.change_channel(channel_id, channel)
        return channel

    def join_queue(self, channel_id: str, queue: str) -> None:
        if channel := self.leave_queue(channel_id):
            row = self.queues.get(queue) or Queue()
            self.queues.put(queue, replace(row, waiting={**row.waiting, channel_id: self._joined_at(channel, queue)}))
            self.calls.put(channel.call_id, replace(self.calls.after[channel.call_id], queue=queue, agent=""))
            self.change_channel(channel_id, replace(channel, queue=queue, is_talking=False, control=""))

    def _joined_at(self, channel: Channel, queue: str) -> datetime:
        """The offer of a callback parts one wait into two stretches of app_queue: for people it is one."""
        if channel.left and channel.left[0] == queue and self.at - channel.left[2] < _ONE_WAIT:
            return channel.left[1]
        return self.at

    def leave_queue(self, channel_id: str) -> Channel | None:
        """The channel, if it is known; afterwards it waits nowhere."""
        channel = self.channels.get(channel_id)
        if channel and channel.queue:
            row = self.queues.after[channel.queue]
            waiting = {key: at for key, at in row.waiting.items() if key != channel_id}
            self.queues.put(channel.queue, replace(row, waiting=waiting))
            channel = replace(channel, queue="", left=(channel.queue, row.waiting.get(channel_id, self.at), self.at))
            self.change_channel(channel_id, channel)
        return channel

    def place_agent(self, name: str, device: str) -> Agent:
        """The agent, at this phone; whoever was there before has none now."""
        agent = self.agents.get(name)
        if agent and agent.device == device:
            return agent
        if found := self._agent_at(device):
            other, before = found
            self.agents.put(other, replace(before, device="", channels=()))
        if agent:
            self.devices.drop(place_of(agent.device))
        channels: tuple[str, ...] = ()
        if device:
            self.devices.put(place_of(device), name)
            channels = tuple(
                key for key, each in self.channels.after.items() if place_of(each.device) == place_of(device)
            )
        return self.agents.put(name, replace(agent or Agent(device, self.at), device=device, channels=channels))

    def drop_agent(self, name: str) -> None:
        self.devices.drop(place_of(self.agents.after[name].device))
        self.agents.drop(name)

    def _agent_at(self, device: str) -> tuple[str, Agent] | None:
        name = self.devices.get(place_of(device))
        return (name, self.agents.after[name]) if name else None

    def _leave_call(self, channel_id: str, call_id: str) -> None:
        call = self.calls.after[call_id]
        if call.channels == (channel_id,):
            self.calls.drop(call_id)
        else:
            self.calls.put(call_id, replace(call, channels=_without(call.channels, channel_id)))


def _without(channels: tuple[str, ...], channel_id: str) -> tuple[str, ...]:
    return tuple(each for each in channels if each != channel_id)
