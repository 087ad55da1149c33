"""What a campaign would come to: a day of it with the dialer's own pacing, before anybody is called."""

from typing import NamedTuple

from appliance.core.pacing.learning import learn
from appliance.core.pacing.seen import Rules
from appliance.core.rehearsal.day import Campaign, Day, Shift
from appliance.core.rehearsal.own import OwnPacer
from appliance.core.rehearsal.people import Callee, Chance, Lasting, People

_TAUGHT = 200  # calls known before it begins: a campaign's first minutes are not what is asked for


class RehearsalPlan(NamedTuple):
    """What an administrator types, or history says. `talks_s` of real calls give the talks their shape, `talk_s` their
    mean."""

    agents: int
    hours: float = 8.0
    contacts: int | None = None  # as many as the agents can take
    answer_pct: float = 30.0  # of all calls, by a person
    machine_pct: float = 0.0  # of all calls, by a machine
    detect_s: float = 0.0  # how long it is looked whether a machine answered; 0 is not at all
    talk_s: float = 120.0
    wrap_s: float = 20.0
    ring_s: float = 10.0  # until a person answers
    ring_limit_s: float = 25.0
    talks_s: tuple[float, ...] = ()
    rules: Rules = Rules()


class Rehearsal(NamedTuple):
    talk_pct: float
    busy_pct: float
    abandoned_pct: float
    worst_hour_pct: float
    calls: int
    answers: int
    calls_per_hour: float
    channels_most: int
    channels_p95: int
    hours: float  # until the list or the day ended
    is_list_done: bool


class _Drawn(NamedTuple):
    """People whose talks are drawn from those of real calls."""

    people: People
    talks_s: tuple[float, ...]

    def call(self, chance: Chance, at_s: float) -> Callee:
        callee = self.people.call(chance, at_s)
        return callee._replace(talk_s=self.talks_s[int(chance.random() * len(self.talks_s))])


def rehearse(plan: RehearsalPlan, chance: Chance) -> Rehearsal:
    """`chance` is a `random.Random`: of the same seed comes the same day."""
    people = _people(plan)
    talks_s = _talks_s(plan)
    call = _Drawn(people, talks_s).call if talks_s else people.call
    known = [call(chance, 0.0) for _each in range(_TAUGHT)]
    learned = learn(
        [(each.answers, each.rings_s) for each in known],
        [(each.talk_s, each.wrap_s) for each in known],
        [(each.is_person, each.detect_s) for each in known if each.answers and each.detect_s],
    )
    campaign = Campaign(OwnPacer(plan.rules, learned, _tick_s(plan)), call, chance, plan.contacts)
    day = Day([campaign], [Shift(0.0, plan.hours * 3600)] * max(0, plan.agents), plan.hours * 3600)
    day.run()
    return _tell(campaign)


def _people(plan: RehearsalPlan) -> People:
    answer = min(1.0, max(0.0, plan.answer_pct / 100))
    return People(
        answer_rates=((0.0, answer),),
        talk=Lasting(plan.talk_s),
        wrap=Lasting(plan.wrap_s, 0.5),
        ring=Lasting(plan.ring_s, 0.5),
        ring_limit_s=plan.ring_limit_s,
        machine_rate=min(1 - answer, max(0.0, plan.machine_pct / 100)),
        detect_s=plan.detect_s,
    )


def _talks_s(plan: RehearsalPlan) -> tuple[float, ...]:
    """As real talks were, but so long on the average as the plan says."""
    whole_s = sum(plan.talks_s)
    longer = plan.talk_s * len(plan.talks_s) / whole_s if whole_s else 0.0
    return tuple(longer * each_s for each_s in plan.talks_s) if longer else ()


def _tick_s(plan: RehearsalPlan) -> float:
    """Large teams and long days are looked at less often, so that the page need not wait."""
    return min(5.0, max(2.0, plan.agents * plan.hours / 150))


def _tell(campaign: Campaign) -> Rehearsal:
    figures = campaign.figures
    hours = figures.ended_at_s / 3600
    return Rehearsal(
        talk_pct=100 * figures.talk_share,
        busy_pct=100 * figures.busy_share,
        abandoned_pct=100 * figures.abandoned_share,
        worst_hour_pct=100 * figures.worst_hour,
        calls=figures.placed,
        answers=figures.answered,
        calls_per_hour=figures.placed / hours if hours else 0.0,
        channels_most=figures.most_channels,
        channels_p95=figures.channels_for(0.95),
        hours=hours,
        is_list_done=campaign.is_over,
    )
