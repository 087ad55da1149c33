"""A day of calls, event by event: campaigns dial, people answer or not, and agents talk to them."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple, Protocol

from appliance.core.dialing.notice import NOTICE_S
from appliance.core.pacing.seen import Seen
from appliance.core.pacing.sharing import Agent, share_agents
from appliance.core.rehearsal.figures import Figures
from appliance.core.rehearsal.people import Call, Callee, Chance


class Pacer(Protocol):
    """Whoever says how many calls are placed; told what a dialer comes to know."""

    tick_s: float

    def calls(self, seen: Seen) -> int: ...
    def on_result(self, answered: bool, rang_s: float) -> None: ...
    def on_detection(self, is_person: bool, took_s: float) -> None: ...
    def on_person(self, at_s: float, abandoned: bool) -> None: ...
    def on_handled(self, talk_s: float, wrap_s: float) -> None: ...


class Shift(NamedTuple):
    begins_s: float
    ends_s: float
    works_for: tuple[int, ...] = (0,)
    is_announced: bool = True
    slowness: float = 1.0  # this agent's talks last so many times as long


@dataclass(slots=True)
class Campaign:
    """Its calls by number: since when each rings, is looked at, or waits for an agent; its agents by theirs."""

    pacer: Pacer
    call: Call
    chance: Chance
    left: int | None = None  # contacts; None is as many as wanted
    weight: float = 1.0
    ringing: dict[int, float] = field(default_factory=dict)
    detecting: dict[int, float] = field(default_factory=dict)
    waiting: dict[int, tuple[float, Callee]] = field(default_factory=dict)
    talking: dict[int, float] = field(default_factory=dict)
    wrapping: dict[int, float] = field(default_factory=dict)
    figures: Figures = field(default_factory=Figures)

    @property
    def channels(self) -> int:
        return len(self.ringing) + len(self.detecting) + len(self.waiting) + len(self.talking)

    @property
    def is_over(self) -> bool:
        return self.left == 0 and not self.channels and not self.wrapping


Event = tuple[float, int, Callable[..., None], tuple[object, ...]]


class Day:
    """`run` goes through the events until the last one, or until every contact was called."""

    def __init__(self, campaigns: Sequence[Campaign], shifts: Sequence[Shift], ends_s: float) -> None:
        self.campaigns, self.shifts, self.ends_s = campaigns, shifts, ends_s
        self.now_s, self._number = 0.0, 0
        self._events: list[Event] = []
        self._ready: deque[int] = deque()
        self._is_alone = len(campaigns) == 1
        for agent, shift in enumerate(shifts):
            self._at(shift.begins_s, self._come, agent)
            self._at(min(shift.ends_s, ends_s), self._leave, agent)
        for campaign in campaigns:
            self._at(0.0, self._tick, campaign)

    def run(self) -> None:
        events = self._events
        while events:
            at_s, _number, act, what = heappop(events)
            if at_s > self.ends_s or all(campaign.is_over for campaign in self.campaigns):
                break
            self.now_s = at_s
            act(*what)
        for campaign in self.campaigns:
            campaign.figures.ended_at_s = self.now_s
        self._close()

    def _at(self, at_s: float, act: Callable[..., None], *what: object) -> None:
        self._number += 1
        heappush(self._events, (at_s, self._number, act, what))

    def _come(self, agent: int) -> None:
        self._free(agent)

    def _leave(self, agent: int) -> None:
        if agent in self._ready:
            self._ready.remove(agent)

    def _close(self) -> None:
        """What is under way at the end counts up to it, and every agent until the end or the shift's."""
        for campaign in self.campaigns:
            figures = campaign.figures
            figures.talk_s += sum(self.now_s - since_s for since_s in campaign.talking.values())
            figures.wrap_s += sum(self.now_s - since_s for since_s in campaign.wrapping.values())
        for shift in self.shifts:
            of = self.campaigns[shift.works_for[0]].figures
            of.staffed_s += max(0.0, min(shift.ends_s, self.now_s) - shift.begins_s)

    # A call's way.

    def _tick(self, campaign: Campaign) -> None:
        calls = campaign.pacer.calls(self._seen(campaign))
        for _each in range(calls if campaign.left is None else min(calls, campaign.left)):
            self._place(campaign)
        campaign.figures.channels[campaign.channels] += 1
        self._at(self.now_s + campaign.pacer.tick_s, self._tick, campaign)

    def _place(self, campaign: Campaign) -> None:
        if campaign.left is not None:
            campaign.left -= 1
        callee = campaign.call(campaign.chance, self.now_s)
        campaign.figures.placed += 1
        self._at(self.now_s + callee.rings_s, self._end_ringing, campaign, self._number, callee)
        campaign.ringing[self._number - 1] = self.now_s

    def _end_ringing(self, campaign: Campaign, number: int, callee: Callee) -> None:
        del campaign.ringing[number]
        campaign.pacer.on_result(callee.answers, callee.rings_s)
        if not callee.answers:
            return
        if callee.detect_s:
            campaign.detecting[number] = self.now_s
            self._at(self.now_s + callee.detect_s, self._end_detecting, campaign, number, callee)
        elif callee.is_person:
            self._reach(campaign, number, callee)

    def _end_detecting(self, campaign: Campaign, number: int, callee: Callee) -> None:
        del campaign.detecting[number]
        campaign.pacer.on_detection(callee.is_person, callee.detect_s)
        if callee.is_person:
            self._reach(campaign, number, callee)

    def _reach(self, campaign: Campaign, number: int, callee: Callee) -> None:
        campaign.figures.answered += 1
        campaign.figures.answered_at_s.append(self.now_s)
        agent = self._agent_for(campaign)
        if agent is not None:
            self._connect(campaign, agent, callee)
        else:
            campaign.waiting[number] = (self.now_s, callee)
            self._at(self.now_s + callee.patience_s, self._lose, campaign, number)

    def _lose(self, campaign: Campaign, number: int) -> None:
        if campaign.waiting.pop(number, None):
            campaign.figures.abandoned += 1
            campaign.figures.lost_at_s.append(self.now_s)
            campaign.pacer.on_person(self.now_s, True)

    # An agent's way.

    def _agent_for(self, campaign: Campaign) -> int | None:
        if self._is_alone:
            return self._ready.popleft() if self._ready else None
        index = self.campaigns.index(campaign)
        agent = next((agent for agent in self._ready if index in self.shifts[agent].works_for), None)
        if agent is not None:
            self._ready.remove(agent)
        return agent

    def _connect(self, campaign: Campaign, agent: int, callee: Callee) -> None:
        campaign.pacer.on_person(self.now_s, False)
        campaign.talking[agent] = self.now_s
        callee = callee._replace(talk_s=callee.talk_s * self.shifts[agent].slowness)
        self._at(self.now_s + callee.talk_s, self._end_talk, campaign, agent, callee)

    def _end_talk(self, campaign: Campaign, agent: int, callee: Callee) -> None:
        campaign.figures.talk_s += callee.talk_s
        del campaign.talking[agent]
        campaign.wrapping[agent] = self.now_s
        self._at(self.now_s + callee.wrap_s, self._end_wrap, campaign, agent, callee)

    def _end_wrap(self, campaign: Campaign, agent: int, callee: Callee) -> None:
        campaign.figures.wrap_s += callee.wrap_s
        del campaign.wrapping[agent]
        campaign.pacer.on_handled(callee.talk_s, callee.wrap_s)
        shift = self.shifts[agent]
        if self.now_s < shift.ends_s:
            self._free(agent)
        else:
            of = self.campaigns[shift.works_for[0]].figures
            of.staffed_s += self.now_s - shift.ends_s  # stayed for the last call

    def _free(self, agent: int) -> None:
        for campaign in self._served_by(agent):
            for number, (_since_s, callee) in campaign.waiting.items():
                del campaign.waiting[number]
                self._connect(campaign, agent, callee)
                return
        self._ready.append(agent)

    def _served_by(self, agent: int) -> list[Campaign]:
        return [self.campaigns[index] for index in self.shifts[agent].works_for]

    # What the dialer sees.

    def _seen(self, campaign: Campaign) -> Seen:
        now_s = self.now_s
        ready = len(self._ready) if self._is_alone else self._share(campaign)
        leaving_ready, leaving = self._leaving(campaign)
        return Seen(
            now_s,
            max(0, ready - leaving_ready),
            talking_s=tuple([now_s - since_s for since_s in campaign.talking.values()]),
            wrapping_s=tuple([now_s - since_s for since_s in campaign.wrapping.values()]),
            leaving=leaving,
            ringing_s=tuple([now_s - since_s for since_s in campaign.ringing.values()]),
            detecting_s=tuple([now_s - since_s for since_s in campaign.detecting.values()]),
            waiting_s=tuple([now_s - since_s for since_s, _callee in campaign.waiting.values()]),
        )

    def _leaving(self, campaign: Campaign) -> tuple[int, int]:
        """Of the ready and of the busy agents, those whose shift ends now."""
        going = [
            agent
            for agent, shift in enumerate(self.shifts)
            if shift.ends_s <= self.now_s + NOTICE_S and shift.is_announced
        ]
        ready = sum(agent in self._ready for agent in going)
        return ready, sum(agent in campaign.talking or agent in campaign.wrapping for agent in going)

    def _share(self, campaign: Campaign) -> int:
        keys = [str(index) for index in range(len(self.campaigns))]
        free = [Agent(str(agent), frozenset(map(str, self.shifts[agent].works_for))) for agent in self._ready]
        weights = {key: each.weight for key, each in zip(keys, self.campaigns, strict=True) if each.left != 0}
        busy = {key: len(each.talking) + len(each.wrapping) for key, each in zip(keys, self.campaigns, strict=True)}
        return len(share_agents(free, weights, busy).get(str(self.campaigns.index(campaign)), ()))
