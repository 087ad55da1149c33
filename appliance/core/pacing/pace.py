"""Decides how many calls a campaign places now."""

from math import ceil, floor
from typing import NamedTuple

from appliance.core.pacing.budget import Budget
from appliance.core.pacing.forecast import Forecast, foresee
from appliance.core.pacing.learning import Learned
from appliance.core.pacing.seen import Pace, Rules, Seen
from appliance.core.words import N_

WARM_UP_CALLS = 40
# The last call's answer is the likeliest of all to be lost; so much more than the others' share its risk may be.
_RISK = 1.6
_MOST_RISK = 0.5  # without a limit too: who is likelier to find nobody is not called
# So many standard deviations may go wrong without more being lost than is left; more where there is little time to make
# up for it, or where answers come in bursts, and for each lost too many.
_SURE, _SURER, _SURER_YET = 2.0, 0.7, 0.4
_LONG_DAY, _BURSTS = 2000, 0.55  # answers; the doubt that the scatter of the answers leaves

WHY = {
    "nobody": N_("No agent is here: no calls are placed."),
    "full": N_("New calls: {calls}. No more at once for so many agents ({agents}), with {under_way} under way."),
    "progressive": N_(
        "New calls: {calls}, one for each free agent. Free agents: {free}. Calls under way: {under_way}."
    ),
    "power": N_(
        "New calls: {calls}. For each free agent: {ratio_pct} %. Free agents: {free}. Calls under way: {under_way}."
    ),
    "held_back": N_(
        "New calls: {calls}. {ratio_pct} % for each free agent could lose more than the limit of abandoned calls has "
        "left. Free agents: {free}. Calls under way: {under_way}."
    ),
    "warm_up": N_(
        "New calls: {calls}, one for each free agent until more is known. Free agents: {free}. Calls still to learn "
        "from: {left}."
    ),
    "spent": N_(
        "New calls: {calls}, one for each free agent, for the limit of abandoned calls is near. Free agents: {free}."
    ),
    "predictive": N_(
        "New calls: {calls}. Free agents: {free}, and {expected} more expected in {ahead_s} s. Ringing: {under_way}, "
        "of which {rate_pct} % are answered."
    ),
}
AHEAD_S = 10.0


def decide(seen: Seen, learned: Learned, budget: Budget, rules: Rules) -> Pace:
    """The largest number of calls whose answers are likely enough to find an agent; never more for nobody."""
    if seen.agents <= 0:
        return _say("nobody", 0, seen)
    most = max(0, floor(seen.agents * rules.max_ratio) - seen.under_way)
    surest = max(0, seen.free - seen.under_way)
    if rules.mode == "progressive":
        return _say("progressive", min(surest, most), seen)
    if rules.mode == "power":
        return _power(seen, learned, (budget, rules), (min(surest, most), most))
    return _predictive(seen, learned, (budget, rules), (min(surest, most), most))


def _power(seen: Seen, learned: Learned, limits: tuple[Budget, Rules], bounds: tuple[int, int]) -> Pace:
    """A ratio knows nothing of what is lost by it: never more calls than may lose what is left, as in `_predictive`."""
    budget, rules = limits
    least, most = bounds
    left = budget.left(rules)
    if left < 0:
        return _say("spent", least, seen)
    calls = wanted = min(most, max(0, ceil(seen.free * rules.ratio - 1e-9) - seen.under_way))
    if wanted > least and rules.abandoned_limit_pct < 100:
        risks = _Risks(1.0, left, _deviations(learned, budget, left))
        calls = _most_within(foresee(seen, learned), risks, least, wanted)
    return _say("power" if calls == wanted else "held_back", calls, seen, ratio_pct=round(100 * rules.ratio))


def _predictive(seen: Seen, learned: Learned, limits: tuple[Budget, Rules], bounds: tuple[int, int]) -> Pace:
    budget, rules = limits
    least, most = bounds
    if learned.rate.seen < WARM_UP_CALLS:
        return _say("warm_up", least, seen, left=WARM_UP_CALLS - learned.rate.seen)
    allowed = budget.share_allowed(rules) * rules.intensity_pct / 100
    if allowed <= 0:
        return _say("spent", least, seen)
    if most == 0:
        return _say("full", 0, seen)
    forecast, left = foresee(seen, learned), budget.left(rules)
    risks = _Risks(min(_MOST_RISK, _RISK * allowed), max(0.0, left), _deviations(learned, budget, left))
    calls = _most_within(forecast, risks, least, most)
    if left < 0 and calls == least:
        return _say("spent", least, seen)
    return _say(
        "predictive",
        calls,
        seen,
        expected=forecast.freed_by(AHEAD_S),
        ahead_s=round(AHEAD_S),
        rate_pct=round(100 * forecast.rate),
    )


def _deviations(learned: Learned, budget: Budget, left: float) -> float:
    young = max(0.0, 1 - budget.day.answers / _LONG_DAY)
    wild = min(1.0, (learned.scatter.doubt / _BURSTS) ** 2)
    return _SURE + _SURER * max(young, wild) + _SURER_YET * max(0.0, -left)


class _Risks(NamedTuple):
    """Of the last call, to be lost; of all, to lose more than `left` where as many `deviations` go wrong."""

    of_last: float
    left: float
    deviations: float

    def allow(self, forecast: Forecast, calls: int) -> bool:
        if forecast.risk_of_last(calls) > self.of_last:
            return False
        return forecast.lost_at_worst(calls, self.deviations) <= self.left


def _most_within(forecast: Forecast, risks: _Risks, least: int, most: int) -> int:
    """Steps that double from `least` on, then halves: mostly it is one of the first."""
    step, low = 1, least
    while low + step <= most and risks.allow(forecast, low + step):
        low, step = low + step, 2 * step
    high = min(most, low + step - 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if risks.allow(forecast, middle) else (low, middle - 1)
    return low


def _say(why: str, calls: int, seen: Seen, **values: int) -> Pace:
    facts = {"calls": calls, "free": seen.free, "under_way": seen.under_way, "agents": seen.agents}
    return Pace(calls, WHY[why], facts | values)
