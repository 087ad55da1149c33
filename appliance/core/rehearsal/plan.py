"""A rehearsal: a day of a campaign with so many agents and such people, before anybody is called."""

from typing import NamedTuple

from appliance.core.pacing.seen import Rules
from appliance.core.rehearsal.day import Campaign, Day, Shift
from appliance.core.rehearsal.figures import HOUR_S
from appliance.core.rehearsal.own import OwnPacer
from appliance.core.rehearsal.people import Chance, Lasting, People

DETECT_S = 2.5  # until it is known whether a machine answered
ENOUGH = 0.95  # of the time so many channels are enough


class RehearsalPlan(NamedTuple):
    """`contacts` None is as many as wanted; rates are shares of all calls, 0..1."""

    rules: Rules = Rules()
    agents: int = 15
    hours: float = 8.0
    answer_rate: float = 0.3
    talk_s: float = 120.0
    wrap_s: float = 20.0
    ring_s: float = 10.0
    ring_limit_s: float = 25.0
    machine_rate: float = 0.0
    detects_machines: bool = False
    contacts: int | None = None


class Rehearsal(NamedTuple):
    """What is to be expected; `ends_after_s` is None where contacts are left at the end of the day."""

    talk_share: float
    busy_share: float
    abandoned_share: float
    worst_hour: float
    calls: int
    calls_an_hour: float
    channels: int
    most_channels: int
    ends_after_s: float | None


def rehearse(plan: RehearsalPlan, chance: Chance) -> Rehearsal:
    people = People(
        answer_rates=((0.0, plan.answer_rate),),
        talk=Lasting(plan.talk_s),
        wrap=Lasting(plan.wrap_s, 0.5),
        ring=Lasting(plan.ring_s, 0.5),
        ring_limit_s=plan.ring_limit_s,
        machine_rate=plan.machine_rate,
        detect_s=DETECT_S if plan.detects_machines else 0.0,
    )
    ends_s = plan.hours * HOUR_S
    campaign = Campaign(OwnPacer(plan.rules), people.call, chance, left=plan.contacts)
    Day([campaign], [Shift(0.0, ends_s)] * plan.agents, ends_s).run()
    figures = campaign.figures
    worked_h = figures.ended_at_s / HOUR_S
    return Rehearsal(
        talk_share=figures.talk_share,
        busy_share=figures.busy_share,
        abandoned_share=figures.abandoned_share,
        worst_hour=figures.worst_hour,
        calls=figures.placed,
        calls_an_hour=figures.placed / worked_h if worked_h else 0.0,
        channels=figures.channels_for(ENOUGH),
        most_channels=figures.most_channels,
        ends_after_s=figures.ended_at_s if campaign.is_over else None,
    )
