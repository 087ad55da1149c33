"""The days that every rule goes through: teams, answer rates, changes, shifts, long talks, shared agents, machines."""

from collections.abc import Iterator
from math import sin
from random import Random
from typing import NamedTuple

from appliance.core.rehearsal.day import Shift
from appliance.core.rehearsal.people import Call, Callee, Chance, Lasting, People

HOURS = 8
DAY_S = HOURS * 3600.0


class Scenario(NamedTuple):
    """`calls` has one entry for each campaign. `busy_pct` is the goal, or 0 where there is none."""

    name: str
    shifts: tuple[Shift, ...]
    calls: tuple[Call, ...]
    busy_pct: int = 0
    limit_pct: float = 3.0
    tick_s: float | None = None  # between two looks of the project's own pacing
    late_s: float = 0.0  # until a dialer knows what has happened
    lines: int | None = None


def team(agents: int, ends_s: float = DAY_S, works_for: tuple[int, ...] = (0,)) -> tuple[Shift, ...]:
    return tuple(Shift(0.0, ends_s, works_for) for _each in range(agents))


def rate(share: float) -> People:
    return People(((0.0, share),))


def scenarios() -> Iterator[Scenario]:
    goals = {5: 0, 15: 85, 30: 90, 60: 92, 100: 92}
    for agents, busy_pct in goals.items():
        yield Scenario(f"{agents} agents, 30 % answer", team(agents), (rate(0.3).call,), busy_pct)
    for share in (0.12, 0.2, 0.45, 0.6):
        yield Scenario(f"30 agents, {share:.0%} answer", team(30), (rate(share).call,), 90)
    for agents in (15, 60):
        for share in (0.12, 0.6):
            yield Scenario(f"{agents} agents, {share:.0%} answer", team(agents), (rate(share).call,), goals[agents])
    half = DAY_S / 2
    yield Scenario("30 agents, 20 % then 50 %", team(30), (People(((0, 0.2), (half, 0.5))).call,), 90)
    yield Scenario("30 agents, 50 % then 20 %", team(30), (People(((0, 0.5), (half, 0.2))).call,), 90)
    yield Scenario("30 agents, 15 of them leave", team(15) + team(15, half), (rate(0.3).call,), 85)
    long = rate(0.3)._replace(talk=Lasting(120.0, 1.2), wrap=Lasting(20.0, 1.0))
    yield Scenario("30 agents, fat tails", team(30), (long.call,), 90)
    shared = team(30, works_for=(0, 1))
    yield Scenario("30 agents, two campaigns", shared, (rate(0.2).call, rate(0.4).call), 90)
    machines = rate(0.2)._replace(machine_rate=0.25, detect_s=2.5)
    yield Scenario("30 agents, machines detected", team(30), (machines.call,), 90)


def odd_scenarios() -> Iterator[Scenario]:
    """Without a goal for busy agents: only the limit is to be kept."""
    yield Scenario("30 agents, 5 % answer", team(30), (rate(0.05).call,))
    yield Scenario("30 agents, 90 % answer", team(30), (rate(0.9).call,))
    slow = rate(0.3)._replace(ring=Lasting(28.0, 0.3), ring_limit_s=55.0)
    yield Scenario("30 agents, slow ringing", team(30), (slow.call,))
    yield Scenario("30 agents, short or long talks", team(30), (two_kinds,))
    yield Scenario("30 agents, rate goes up and down", team(30), (waves().call,))
    yield Scenario("30 agents, answers in bursts", team(30), (bursts().call,))
    yield Scenario("30 agents, long talks of 15 min", team(30), (rate(0.3)._replace(talk=Lasting(900.0)).call,))
    gone = tuple(Shift(0.0, DAY_S / 2, is_announced=False) for _each in range(15))
    yield Scenario("30 agents, 15 leave unannounced", team(15) + gone, (rate(0.3).call,))
    coming = tuple(Shift(each * 600.0, DAY_S - each * 600.0) for each in range(20))
    yield Scenario("20 agents come and go", coming, (rate(0.3).call,))
    yield Scenario("8 agents, 30 % answer", team(8), (rate(0.3).call,))


def two_kinds(chance: Chance, at_s: float) -> Callee:
    """Half hang up at once, half talk for five minutes; wrap-up is always 15 s."""
    callee = rate(0.3).call(chance, at_s)
    return callee._replace(talk_s=6.0 if chance.random() < 0.5 else 300.0, wrap_s=15.0)


def waves() -> People:
    return People(tuple((at_s, 0.3 + 0.2 * sin(at_s / 600)) for at_s in range(0, int(DAY_S), 60)))


def bursts() -> People:
    """For a minute or two many answer, then almost nobody."""
    chance, at_s, rates = Random(7), 0.0, [(0.0, 0.5)]
    while at_s < DAY_S:
        at_s += 30 + 120 * chance.random()
        rates.append((at_s, 0.6 - rates[-1][1]))
    return People(tuple(rates))
