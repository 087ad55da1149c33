"""The fold over CEL: lines in, finished calls and steps out; what is still open is the lines themselves."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from appliance.core.callbacks import Asked, News
from appliance.core.journal.call import Call
from appliance.core.journal.call_events import apply_event
from appliance.core.journal.callbacks import callback_news
from appliance.core.journal.cel_line import CelEvent, MalformedLine, is_nobody, parse_cel, salvage, whole_lines
from appliance.core.journal.control_events import about
from appliance.core.journal.facts import CallFacts, Step, instant
from appliance.core.journal.outcome import conclude

# Events after which two calls are one, and where they name a channel of the other: who asks, picks up, takes over.
_JOINS = {"ATTENDEDTRANSFER": "channel2_uniqueid", "PICKUP": "pickup_channel_uniqueid", "JOIN_CALL": "extra"}
_UNIQUE_ID = re.compile(r"(\d+)\.(\d+)$")


class OpenLine(NamedTuple):
    """A line of a call that is not over: stored with the position, read again after a restart."""

    call: str
    seq: int
    text: str


class OpenCall(NamedTuple):
    last_us: int
    names: set[str]
    guid: str


class Malformed(NamedTuple):
    text: str
    reason: str


@dataclass
class CelReading:
    """What a batch of lines said. Steps are for whoever watches; the same steps are in the finished call."""

    finished: list[CallFacts] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    opened: list[OpenLine] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    malformed: list[Malformed] = field(default_factory=list)
    callbacks: list[Asked | News] = field(default_factory=list)


@dataclass
class CelState:
    """What must be known besides the open lines; stored with the position."""

    seq: int = 0
    epoch: int = 0  # of the newest channel: see _restarted
    counter: int = -1
    last_us: int = 0  # the newest event of all: until then Asterisk lived
    half: str = ""  # the beginning of an event whose end is in the next lines


class CelFold:
    """Given the same lines, in whatever batches and with whatever restarts between them, it gives the same calls."""

    def __init__(self, node: str, state: CelState | None = None, open_lines: Iterable[OpenLine] = ()) -> None:
        self.node = node
        self.state = state or CelState()
        self._by_linked: dict[str, list[Call]] = {}
        self._by_channel: dict[str, Call] = {}
        self._touched: dict[str, Call] = {}
        for line in open_lines:
            call = self._take(parse_cel(line.text), CelReading())
            if call is not None:
                call.stored_as.add(line.call)
        self._touched.clear()

    def open_calls(self) -> dict[str, OpenCall]:
        """The calls that are not over: see `give_up`."""
        return {call.linked_id: OpenCall(call.last_us, call.names, call.guid) for call in self._calls()}

    def read(self, lines: Iterable[str]) -> CelReading:
        reading = CelReading()
        held, self.state.half = self.state.half, ""
        for text, is_whole in whole_lines(held, lines):
            if not is_whole:
                self.state.half = text
                break
            self.state.seq += 1
            self._read_line(text, reading)
        return self._settle(reading)

    def give_up(self, linked_ids: Iterable[str]) -> CelReading:
        """Close calls that Asterisk no longer knows; for the ones that ended meanwhile it does nothing."""
        reading = CelReading()
        gone = set(linked_ids)
        for call in [call for call in self._calls() if call.linked_id in gone]:
            self._finish(call, reading, cut_us=call.last_us)
        return self._settle(reading)

    def _calls(self) -> list[Call]:
        """Each open call once, the oldest first."""
        calls = {call.linked_id: call for calls in self._by_linked.values() for call in calls}
        return sorted(calls.values(), key=lambda call: call.began_us)

    def _read_line(self, text: str, reading: CelReading) -> None:
        try:
            event = parse_cel(text)
        except MalformedLine as error:
            reading.malformed.append(Malformed(text, str(error)))
            rest = salvage(text)
            if rest:
                self._read_line(rest, reading)
            return
        news = callback_news(self.node, event) if event.is_user else None
        if news is not None:
            reading.callbacks.append(news)
        self._find_restart(event, reading)
        self.state.last_us = max(self.state.last_us, event.at_us)
        call = self._take(event, reading)
        if call is not None:
            call.lines.append((self.state.seq, text))
            self._touched[call.linked_id] = call

    def _settle(self, reading: CelReading) -> CelReading:
        for call in self._touched.values():
            if call.lines:
                call.stored_as.add(call.linked_id)
                reading.opened += [OpenLine(call.linked_id, seq, text) for seq, text in call.lines]
                call.lines.clear()
        self._touched.clear()
        return reading

    def _take(self, event: CelEvent, reading: CelReading) -> Call | None:
        """Give the event to its call; the call is returned if it is still open after that."""
        if event.kind == "ABOUT":  # it stands on a channel of its own
            return self._take_about(about(event), reading)
        call = self._by_channel.get(event.unique_id) or next(iter(self._by_linked.get(event.linked_id, ())), None)
        if call is None:
            begins = event.kind == "CHAN_START" and event.unique_id == event.linked_id and not is_nobody(event.channel)
            if not begins and event.kind != "INTERACTION":
                return None  # the call began before this journal, or was given up
            call = self._open(event)
        elif event.linked_id not in call.linked_ids:
            call = self._join(call, self._by_linked.setdefault(event.linked_id, []), event.linked_id)
        elif event.kind in _JOINS:
            call = self._join_named(call, event)
        if event.kind == "LINKEDID_END":
            return self._linked_id_ended(event, reading, call)
        self._by_channel.setdefault(event.unique_id, call)
        return self._apply(call, event, reading)

    def _take_about(self, event: CelEvent | None, reading: CelReading) -> Call | None:
        call = self._by_channel.get(event.unique_id) if event else None
        return self._apply(call, event, reading) if call and event else None

    def _apply(self, call: Call, event: CelEvent, reading: CelReading) -> Call:
        told = len(call.steps)
        apply_event(call, event)
        for n in range(told, len(call.steps)):
            at, kind, detail = call.steps[n]
            reading.steps.append(Step(call.identity(), n, instant(at), kind, detail))
        return call

    def _open(self, event: CelEvent) -> Call:
        call = Call(self.node, event.linked_id, {event.linked_id}, event.at_us, event.at_us)
        self._by_linked.setdefault(event.linked_id, []).append(call)
        return call

    def _join_named(self, call: Call, event: CelEvent) -> Call:
        """It names the other call before that one's linkedid ends; its channels tell of it only later."""
        other = self._by_channel.get(str(event.extras().get(_JOINS[event.kind], "")))
        return call if other is None or other is call else self._join(call, [other], other.linked_id)

    def _join(self, call: Call, others: list[Call], linked_id: str) -> Call:
        """Asterisk gave a channel another call's linkedid: after an attended transfer two calls are one."""
        other = others[0] if others else None
        if other is None or (call.is_contact and other.is_contact):
            # two customers talk to each other: each keeps their own interaction until both linkedids ended
            linked_ids = call.linked_ids.union({linked_id}, *(party.linked_ids for party in others))
            for party in (call, *others):
                self._link(party, linked_ids)
            return call
        keep, gone = sorted((call, other), key=lambda one: (not one.is_contact, one.began_us))
        self._forget(gone)
        keep.absorb(gone)
        self._link(keep, set(keep.linked_ids))
        for unique_id in gone.channels:
            self._by_channel[unique_id] = keep
        self._touched[keep.linked_id] = keep
        return keep

    def _link(self, call: Call, linked_ids: set[str]) -> None:
        for linked_id in linked_ids:
            calls = self._by_linked.setdefault(linked_id, [])
            if call not in calls:
                calls.append(call)
        call.linked_ids |= linked_ids

    def _linked_id_ended(self, event: CelEvent, reading: CelReading, call: Call) -> Call | None:
        open_still: Call | None = None
        for party in list(self._by_linked.get(event.linked_id, ())):
            party.last_us = max(party.last_us, event.at_us)
            party.linked_ids.discard(event.linked_id)
            if not party.linked_ids:
                self._finish(party, reading)
            elif party is call:
                open_still = party
        self._by_linked.pop(event.linked_id, None)
        return open_still

    def _finish(self, call: Call, reading: CelReading, *, cut_us: int | None = None) -> None:
        self._forget(call)
        reading.closed |= call.stored_as
        reading.finished.append(conclude(call, cut_us))

    def _forget(self, call: Call) -> None:
        self._touched.pop(call.linked_id, None)
        for unique_id in call.channels:
            if self._by_channel.get(unique_id) is call:
                del self._by_channel[unique_id]
        for linked_id in list(call.linked_ids):
            calls = [other for other in self._by_linked.get(linked_id, ()) if other is not call]
            if calls:
                self._by_linked[linked_id] = calls
            else:
                self._by_linked.pop(linked_id, None)

    def _find_restart(self, event: CelEvent, reading: CelReading) -> None:
        """A new Asterisk numbers its channels from nought: whoever was on the line of the old one is gone.

        A unique id is `epoch.counter`. In one process a smaller counter with a clearly later epoch cannot be.
        """
        found = _UNIQUE_ID.search(event.unique_id) if event.kind == "CHAN_START" else None
        if found is None:
            return
        epoch, counter = int(found[1]), int(found[2])
        state = self.state
        restarted = counter <= state.counter and epoch > state.epoch + 1
        if restarted:
            for call in [call for call in self._calls() if _epoch_of(call.linked_id) <= state.epoch]:
                self._finish(call, reading, cut_us=state.last_us)
        if restarted or counter > state.counter:
            state.epoch, state.counter = epoch, counter


def _epoch_of(linked_id: str) -> int:
    found = _UNIQUE_ID.search(linked_id)
    return int(found[1]) if found else 0
