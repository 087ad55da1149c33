"""Runs every rule through every day and prints the table; `--only WORDS` picks days, `--own` leaves out other rules.

Agents that two campaigns share are shared for every rule as the project does it: otherwise nobody else could run it.
"""

import argparse
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from appliance.core.pacing.seen import Rules
from appliance.core.rehearsal.day import Campaign, Day, Pacer
from appliance.core.rehearsal.figures import Figures
from appliance.core.rehearsal.own import OwnPacer
from tests.bench.dialer import peers
from tests.bench.dialer.scenarios import DAY_S, Scenario, odd_scenarios, scenarios

RULES: dict[str, Callable[[], Pacer]] = {
    "ours": lambda: OwnPacer(Rules()),
    "progressive": peers.Progressive,
    "Issabel": lambda: peers.Issabel(overcommit=False),
    "Issabel, over-commit": lambda: peers.Issabel(overcommit=True),
    "VICIdial average 3 %": lambda: peers.Vicidial("average"),
    "VICIdial hard limit 3 %": lambda: peers.Vicidial("hard"),
    "OMniDialer predictive": peers.Omni,
}
BEST_RATIO = "VICIdial best fixed ratio"


class Result(NamedTuple):
    talk_pct: float
    busy_pct: float
    abandoned_pct: float  # of the campaign with most
    worst_hour_pct: float


def run(scenario: Scenario, rule: str, seed: int) -> Result:
    return best_ratio(scenario, seed) if rule == BEST_RATIO else simulate(scenario, RULES[rule], seed)


def simulate(scenario: Scenario, make: Callable[[], Pacer], seed: int) -> Result:
    chances = [Random(f"{seed}-{number}") for number in range(len(scenario.calls))]
    campaigns = [Campaign(make(), call, chance) for call, chance in zip(scenario.calls, chances, strict=True)]
    Day(campaigns, scenario.shifts, DAY_S).run()
    return sum_up([campaign.figures for campaign in campaigns])


def best_ratio(scenario: Scenario, seed: int) -> Result:
    """VICIdial's fixed level as a manager would set it who knew the day: the highest that keeps 3 %."""
    low, high, best = 1.0, 4.0, run(scenario, "progressive", seed)
    for _each in range(6):
        level = (low + high) / 2
        result = simulate(scenario, lambda level=level: peers.Vicidial("ratio", level=level), seed)
        if result.abandoned_pct <= 3.0:
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
        "abandoned": result.abandoned_pct > 3.0,
        "hour": result.worst_hour_pct > 4.0 and not small,
        "busy": result.busy_pct < scenario.busy_pct,
    }
    return ", ".join(name for name, is_missed in missed.items() if is_missed)


def lines(found: list[Scenario], rules: list[str], seed: int) -> Iterator[str]:
    yield f"{'scenario':34}{'rule':25}{'talk %':>8}{'busy %':>8}{'abandoned %':>13}{'worst hour %':>14}  missed"
    for scenario in found:
        for rule in rules:
            result = run(scenario, rule, seed)
            missed = verdict(scenario, result) if rule == "ours" else ""
            figures = f"{result.talk_pct:8.1f}{result.busy_pct:8.1f}{result.abandoned_pct:13.2f}"
            yield f"{scenario.name:34}{rule:25}{figures}{result.worst_hour_pct:14.2f}  {missed}".rstrip()


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench.dialer", description=__doc__)
    options.add_argument("--only", default="", help="scenarios whose name has these words")
    options.add_argument("--own", action="store_true", help="the project's own pacing alone")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    found = [each for each in (*scenarios(), *odd_scenarios()) if chosen.only in each.name]
    for line in lines(found, ["ours"] if chosen.own else [*RULES, BEST_RATIO], chosen.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
