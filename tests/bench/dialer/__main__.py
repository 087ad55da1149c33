"""Runs every rule through every day and prints the table.

`--only WORDS` picks days, `--own` leaves out other rules, `--seeds 5` runs each day five times and prints the mean and,
behind it, the worst. `--days MODULE` takes the days of a module of your own: `scenarios()` there gives `Scenario`s, and
a call is any function of chance and the second of the day that gives a `Callee`. A rule of your own is a `Pacer`: put
it into RULES. Agents that two campaigns share are shared for every rule as the project does it.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from random import Random
from statistics import mean
from time import process_time
from typing import NamedTuple

from appliance.core.pacing.budget import Budget, Count
from appliance.core.pacing.learning import learn
from appliance.core.pacing.pace import decide
from appliance.core.pacing.seen import Rules, Seen
from appliance.core.rehearsal.day import Campaign, Day, Pacer
from appliance.core.rehearsal.figures import Figures
from appliance.core.rehearsal.own import OwnPacer
from tests.bench.dialer import peers
from tests.bench.dialer.processes import other_scenarios
from tests.bench.dialer.scenarios import DAY_S, Scenario, odd_scenarios, scenarios
from tests.bench.dialer.sights import Capped, Late

Make = Callable[[Scenario], Pacer]

RULES: dict[str, Make] = {
    "ours": lambda day: OwnPacer(Rules(abandoned_limit_pct=day.limit_pct), tick_s=day.tick_s or 1.0),
    "progressive": lambda _day: peers.Progressive(),
    "Issabel": lambda _day: peers.Issabel(overcommit=False),
    "Issabel, over-commit": lambda _day: peers.Issabel(overcommit=True),
    "VICIdial average": lambda day: peers.Vicidial("average", day.limit_pct),
    "VICIdial hard limit": lambda day: peers.Vicidial("hard", day.limit_pct),
    "OMniDialer predictive": lambda _day: peers.Omni(),
}
BEST_RATIO = "VICIdial best fixed ratio"


class Result(NamedTuple):
    talk_pct: float
    busy_pct: float
    abandoned_pct: float  # of the campaign with most
    worst_hour_pct: float


def run(scenario: Scenario, rule: str, seed: int) -> Result:
    return best_ratio(scenario, seed) if rule == BEST_RATIO else simulate(scenario, RULES[rule], seed)


def simulate(scenario: Scenario, make: Make, seed: int) -> Result:
    chances = [Random(f"{seed}-{number}") for number in range(len(scenario.calls))]
    campaigns = [
        Campaign(_with_sight(scenario, make(scenario)), call, chance)
        for call, chance in zip(scenario.calls, chances, strict=True)
    ]
    Day(campaigns, scenario.shifts, DAY_S).run()
    return sum_up([campaign.figures for campaign in campaigns])


def _with_sight(scenario: Scenario, pacer: Pacer) -> Pacer:
    pacer = Late(pacer, scenario.late_s) if scenario.late_s else pacer
    return Capped(pacer, scenario.lines) if scenario.lines else pacer


def best_ratio(scenario: Scenario, seed: int) -> Result:
    """VICIdial's fixed level as a manager would set it who knew the day: the highest that keeps the limit."""
    low, high, best = 1.0, 4.0, run(scenario, "progressive", seed)
    for _each in range(6):
        level = (low + high) / 2
        result = simulate(scenario, lambda _day, level=level: peers.Vicidial("ratio", level=level), seed)
        if result.abandoned_pct <= scenario.limit_pct:
            low, best = level, result
        else:
            high = level
    return best


def sum_up(figures: list[Figures]) -> Result:
    staffed_s = sum(each.staffed_s for each in figures) / 100
    return Result(
        sum(each.talk_s for each in figures) / staffed_s,
        sum(each.talk_s + each.wrap_s for each in figures) / staffed_s,
        100 * max(each.abandoned_share for each in figures),
        100 * max(each.worst_hour for each in figures),
    )


def verdict(scenario: Scenario, result: Result) -> str:
    """What is missed of the goals, which are for the project's own pacing."""
    small = len(scenario.shifts) < 15
    missed = {
        "abandoned": result.abandoned_pct > scenario.limit_pct,
        "hour": result.worst_hour_pct > scenario.limit_pct * 4 / 3 and not small,
        "busy": result.busy_pct < scenario.busy_pct,
    }
    return ", ".join(name for name, is_missed in missed.items() if is_missed)


def worst(results: list[Result]) -> Result:
    return Result(
        min(each.talk_pct for each in results),
        min(each.busy_pct for each in results),
        max(each.abandoned_pct for each in results),
        max(each.worst_hour_pct for each in results),
    )


def lines(found: Iterable[Scenario], rules: Iterable[str], seeds: Iterable[int]) -> Iterator[str]:
    yield f"{'scenario':37}{'rule':26}{'talk %':>14}{'busy %':>14}{'abandoned %':>14}{'worst hour %':>14}  missed"
    for scenario in found:
        for rule in rules:
            results = [run(scenario, rule, seed) for seed in seeds]
            missed = verdict(scenario, worst(results)) if rule == "ours" else ""
            yield f"{scenario.name:37}{rule:26}{_figures(results)}  {missed}".rstrip()


def _figures(results: list[Result]) -> str:
    means = [mean(each) for each in zip(*results, strict=True)]
    if len(results) == 1:
        return "".join(f"{each:14.2f}" for each in means)
    return "".join(f"{each:8.2f} {bad:5.2f}" for each, bad in zip(means, worst(results), strict=True))


def decision_ms(agents: int = 200, times: int = 300) -> float:
    """Of the processor, for one decision with as many calls under way as agents talk."""
    learned = learn([], [(60.0, 20.0)] * 400)
    for number in range(500):
        learned = learned.with_result(number % 3 == 0, 3.0 + number % 20, number / 10 - 50)
    talking, ringing = tuple(map(float, range(agents * 9 // 10))), tuple(number % 25 + 0.5 for number in range(agents))
    seen = Seen(0.0, agents // 20, talking_s=talking, wrapping_s=(5.0,) * (agents // 20), ringing_s=ringing)
    budget, rules = Budget(Count(900, 20), Count(5000, 120)), Rules()
    began_s = process_time()
    for _each in range(times):
        decide(seen, learned, budget, rules)
    return 1000 * (process_time() - began_s) / times


def main() -> None:
    options = argparse.ArgumentParser(
        prog="python -m tests.bench.dialer", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--only", default="", help="scenarios whose name has these words")
    options.add_argument("--own", action="store_true", help="the project's own pacing alone")
    options.add_argument("--seed", type=int, default=1, help="the first one")
    options.add_argument("--seeds", type=int, default=1, help="how many")
    options.add_argument("--days", default="", help="a module whose scenarios() are run instead")
    chosen = options.parse_args()
    print(f"a decision with 200 agents: {decision_ms():.2f} ms of the processor\n", flush=True)
    days = import_module(chosen.days).scenarios() if chosen.days else all_days()
    found = [each for each in days if chosen.only in each.name]
    seeds = range(chosen.seed, chosen.seed + chosen.seeds)
    for line in lines(found, ["ours"] if chosen.own else [*RULES, BEST_RATIO], seeds):
        print(line, flush=True)


def all_days() -> Iterator[Scenario]:
    yield from scenarios()
    yield from odd_scenarios()
    yield from other_scenarios()


if __name__ == "__main__":
    main()
