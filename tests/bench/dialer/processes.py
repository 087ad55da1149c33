"""People, agents and sights unlike those that pacing was made with: for these only the limit is to be kept."""

from collections.abc import Callable, Iterator
from random import Random

from appliance.core.rehearsal.day import Shift
from appliance.core.rehearsal.people import Call, Callee, Chance, Lasting, People
from tests.bench.dialer.scenarios import DAY_S, Scenario, rate, team

_USUAL = rate(0.3)


def other_scenarios() -> Iterator[Scenario]:
    yield from _people()
    yield from _agents()
    for late_s in (0.5, 2.0):
        yield Scenario(f"30 agents, news {late_s} s late", team(30), (_USUAL.call,), late_s=late_s)
    yield Scenario("30 agents, 50 lines", team(30), (_USUAL.call,), lines=50)
    yield Scenario("30 agents, 12 %, 70 lines", team(30), (rate(0.12).call,), lines=70)
    for limit_pct in (1.0, 5.0):
        yield Scenario(f"30 agents, limit {limit_pct:.0f} %", team(30), (_USUAL.call,), limit_pct=limit_pct)
    for tick_s in (0.25, 3.0):
        yield Scenario(f"30 agents, a look each {tick_s} s", team(30), (_USUAL.call,), tick_s=tick_s)


def _people() -> Iterator[Scenario]:
    for words, call in CALLS.items():
        yield Scenario(f"30 agents, {words}", team(30), (call,))
    yield Scenario("15 agents, patience of 0.5 s", team(15), (_changed(lambda _each, _chance: {"patience_s": 0.5}),))
    for words, wrap_s in (("no wrap-up", 0.0), ("wrap-up of 90 s", 90.0)):
        yield Scenario(f"30 agents, {words}", team(30), (_USUAL._replace(wrap=Lasting(wrap_s)).call,))
    hours = People(((0.0, 0.5), (3000.0, 0.1), (9000.0, 0.4), (15000.0, 0.05), (20000.0, 0.6)))
    yield Scenario("30 agents, each hour another rate", team(30), (hours.call,))
    yield Scenario("30 agents, good list, then bad", team(30), (People(((0.0, 0.6), (600.0, 0.1))).call,))
    yield Scenario("15 agents, bad list, then good", team(15), (People(((0.0, 0.1), (2000.0, 0.7))).call,))
    yield Scenario("30 agents, answers in a row", team(30), (in_a_row(),))


def _agents() -> Iterator[Scenario]:
    slow = tuple(Shift(0.0, DAY_S, slowness=3.0) for _each in range(10))
    yield Scenario("30 agents, 10 of them slow", slow + team(20), (_USUAL.call,))
    yield Scenario("30 agents who pause at random", tuple(_pausing(30)), (_USUAL.call,))
    waves = tuple(
        shift
        for wave in range(3)
        for _each in range(10)
        for at_s in (10800.0 + 2700 * wave,)
        for shift in (Shift(0.0, at_s, is_announced=False), Shift(at_s + 2700, DAY_S))
    )
    yield Scenario("30 agents, lunch in waves", waves, (_USUAL.call,))


def _pausing(agents: int) -> Iterator[Shift]:
    """25 minutes of work, then some minutes of pause, of which nobody knew before."""
    chance = Random(5)
    for _each in range(agents):
        at_s = 0.0
        while at_s < DAY_S:
            ends_s = min(DAY_S, at_s + chance.expovariate(1 / 1500))
            yield Shift(at_s, ends_s, is_announced=False)
            at_s = ends_s + 60 + chance.expovariate(1 / 240)


def _changed(change: Callable[[Callee, Chance], dict[str, float]]) -> Call:
    def call(chance: Chance, at_s: float) -> Callee:
        callee = _USUAL.call(chance, at_s)
        return callee._replace(**change(callee, chance)) if callee.answers else callee

    return call


def _two_humps(_callee: Callee, chance: Chance) -> dict[str, float]:
    return {"rings_s": (3.0 if chance.random() < 0.5 else 18.0) + 2 * chance.random()}


def _refusals(_callee: Callee, chance: Chance) -> dict[str, float]:
    kind = Lasting(20.0, 0.4) if chance.random() < 0.8 else Lasting(360.0, 0.4)
    return {"talk_s": kind.draw(chance)}


CALLS: dict[str, Call] = {
    "ringing in two humps": _changed(_two_humps),
    "always 8 s of ringing": _changed(lambda _each, _chance: {"rings_s": 8.0}),
    "answers known late": _changed(lambda each, chance: {"rings_s": each.rings_s + 6 * (chance.random() < 0.5)}),
    "patience of 0.5 to 5 s": _changed(lambda _each, chance: {"patience_s": 0.5 + 4.5 * chance.random()}),
    "refusals of 20 s, sales of 6 min": _changed(_refusals),
}


def in_a_row() -> Call:
    """Who answers tells of who is called next: a list in blocks of good and bad numbers."""
    good, bad, is_good = rate(0.6), rate(0.12), False

    def call(chance: Chance, at_s: float) -> Callee:
        nonlocal is_good
        is_good ^= chance.random() < 0.03
        return (good if is_good else bad).call(chance, at_s)

    return call
