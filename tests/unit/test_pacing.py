"""How many calls a campaign may place: never for nobody, never above its caps, at least one for each free agent."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.pacing.budget import Budget, Count
from appliance.core.pacing.learning import Learned, learn, start_learning
from appliance.core.pacing.pace import decide
from appliance.core.pacing.scatter import Scatter
from appliance.core.pacing.seen import Rules, Seen
from appliance.core.pacing.sharing import Agent, share_agents, take_promised

seconds = st.lists(st.integers(0, 300).map(float), max_size=8).map(lambda found: tuple(found) * 3)
quick = settings(max_examples=40, deadline=None)
seens = st.builds(
    Seen,
    at_s=st.just(0.0),
    ready=st.integers(0, 60),
    promised=st.integers(0, 60),
    talking_s=seconds,
    wrapping_s=seconds,
    leaving=st.integers(0, 50),
    ringing_s=seconds,
    detecting_s=seconds,
    waiting_s=seconds,
)
modes = st.sampled_from(["progressive", "power", "predictive"])
rules_ = st.builds(
    Rules,
    mode=modes,
    ratio=st.floats(1, 5),
    intensity_pct=st.floats(0, 300),
    max_ratio=st.floats(1, 10),
)
counts = st.tuples(st.integers(0, 5000), st.integers(0, 400)).map(lambda each: Count(each[0] + each[1], each[1]))
budgets = st.builds(Budget, counts, counts, counts, counts, counts)
windows = st.sampled_from(["hour", "day", "half_hour", "quarter"])


def taught(rate_pct: int, calls: int = 200) -> Learned:
    results = [((number * 37) % 100 < rate_pct, 4.0 + number % 17) for number in range(calls)]
    return learn(results, [(60.0 + 7 * number % 120, 20.0) for number in range(100)])


LEARNED = {rate_pct: taught(rate_pct) for rate_pct in (0, 5, 30, 90, 100)}
learneds = st.sampled_from(sorted(LEARNED))


@quick
@given(seens, learneds, budgets, rules_)
def test_calls_are_within_their_bounds(seen: Seen, rate_pct: int, budget: Budget, rules: Rules) -> None:
    pace = decide(seen, LEARNED[rate_pct], budget, rules)
    assert pace.calls >= 0
    if pace.calls:
        assert seen.agents > 0
        assert seen.under_way + pace.calls <= rules.max_ratio * seen.agents
    pace.why.format(**pace.values)


@quick
@given(seens, learneds, budgets, rules_)
def test_each_free_agent_has_a_call(seen: Seen, rate_pct: int, budget: Budget, rules: Rules) -> None:
    calls = decide(seen, LEARNED[rate_pct], budget, rules).calls
    room = max(0, int(rules.max_ratio * seen.agents) - seen.under_way)
    assert calls >= min(max(0, seen.free - seen.under_way), room)


@quick
@given(seens, learneds, budgets, rules_)
def test_one_more_free_agent_never_means_fewer_calls(seen: Seen, rate_pct: int, budget: Budget, rules: Rules) -> None:
    before = decide(seen, LEARNED[rate_pct], budget, rules).calls
    assert decide(seen._replace(ready=seen.ready + 1), LEARNED[rate_pct], budget, rules).calls >= before


@quick
@given(seens, learneds, st.tuples(budgets, windows), rules_)
def test_more_lost_calls_never_mean_more_calls(
    seen: Seen, rate_pct: int, found: tuple[Budget, str], rules: Rules
) -> None:
    budget, window = found
    before = decide(seen, LEARNED[rate_pct], budget, rules).calls
    count = getattr(budget, window)
    worse = budget._replace(**{window: count._replace(abandoned=min(count.answers, count.abandoned + 20))})
    assert decide(seen, LEARNED[rate_pct], worse, rules).calls <= before


@quick
@given(seens, learneds, budgets, rules_)
def test_where_everybody_leaves_nobody_is_called(seen: Seen, rate_pct: int, budget: Budget, rules: Rules) -> None:
    going = seen._replace(ready=0, leaving=len(seen.talking_s) + len(seen.wrapping_s))
    assert decide(going, LEARNED[rate_pct], budget, rules).calls == 0


@quick
@given(seens, learneds, budgets, rules_, st.floats(1, 6))
def test_a_lower_maximum_is_never_passed(
    seen: Seen, rate_pct: int, budget: Budget, rules: Rules, max_ratio: float
) -> None:
    calls = decide(seen, LEARNED[rate_pct], budget, rules._replace(max_ratio=max_ratio)).calls
    assert seen.under_way + calls <= max(seen.under_way, max_ratio * seen.agents)


@pytest.mark.parametrize("mode", ["progressive", "power", "predictive"])
def test_without_agents_nobody_is_called(mode: str) -> None:
    seen = Seen(0.0, ready=2, promised=2, talking_s=(30.0,), leaving=1)
    rules = Rules(mode=mode, ratio=3)  # type: ignore[arg-type]
    assert decide(seen, LEARNED[30], Budget(), rules).calls == 0


def test_predictive_calls_for_agents_who_will_be_free() -> None:
    seen = Seen(0.0, ready=3, talking_s=tuple(10.0 * number for number in range(17)))
    earned = Budget(Count(500, 10), Count(2000, 50), Count(20000, 500))
    calls = {rate: decide(seen, learned, earned, Rules()).calls for rate, learned in LEARNED.items()}
    assert calls[5] > calls[30] > calls[90] >= 3


def test_what_is_spent_is_kept_in_mind() -> None:
    seen = Seen(0.0, ready=3, talking_s=tuple(10.0 * number for number in range(17)))
    within, over = Budget(day=Count(1000, 20)), Budget(day=Count(1000, 60))
    assert decide(seen, LEARNED[30], over, Rules()).calls < decide(seen, LEARNED[30], within, Rules()).calls


def test_power_keeps_the_limit_too() -> None:
    seen, rules = Seen(0.0, ready=10), Rules(mode="power", ratio=1.5)
    within, over = Budget(day=Count(1000, 20)), Budget(day=Count(1000, 60))
    assert decide(seen, LEARNED[30], within, rules).calls == 15
    assert decide(seen, LEARNED[30], over, rules).calls == 10


def test_power_begins_with_no_more_than_may_be_lost() -> None:
    """Of a hundred calls half may be answered, and ten agents are there: that would be the limit of days."""
    seen, rules = Seen(0.0, ready=10), Rules(mode="power", ratio=10.0, max_ratio=20.0)
    for learned in (start_learning(), LEARNED[30], LEARNED[90]):
        assert 10 <= decide(seen, learned, Budget(), rules).calls < 30
    assert decide(seen, LEARNED[5], Budget(), rules).calls > 50, "hardly anybody answers"


def scatter_of(rates: list[float], calls: int) -> Scatter:
    chance, scatter = Random(4), Scatter()
    for number in range(calls):
        scatter = scatter.plus(chance.random() < rates[number // 40 % len(rates)], sum(rates) / len(rates))
    return scatter


def test_answers_in_bursts_are_told_from_chance() -> None:
    assert scatter_of([0.3], 3000).doubt < 0.12
    assert scatter_of([0.1, 0.5], 3000).doubt > 0.5


@pytest.mark.parametrize("lost", ["hour", "day", "half_hour", "quarter"])
def test_whatever_the_forecast_says_no_more_is_risked_than_is_left(lost: str) -> None:
    """The window that has least left decides, however much the others have."""
    seen = Seen(0.0, ready=3, talking_s=tuple(10.0 * number for number in range(17)))
    plenty = Budget(Count(300, 2), Count(2000, 20), half_hour=Count(150, 1), quarter=Count(80, 0))
    over = plenty._replace(**{lost: getattr(plenty, lost)._replace(abandoned=60)})
    assert plenty.left(Rules()) > 2
    assert over.left(Rules()) < 0
    assert decide(seen, LEARNED[30], over, Rules()).calls == 3
    assert decide(seen, LEARNED[30], plenty, Rules()).calls > 3


def test_without_a_limit_nobody_is_called_who_will_likely_find_no_agent() -> None:
    seen = Seen(0.0, ready=3, talking_s=tuple(10.0 * number for number in range(17)))
    count, rules = Count(2000, 500), Rules(abandoned_limit_pct=100)
    calls = decide(seen, LEARNED[30], Budget(count, count, count, count, count), rules).calls
    assert 5 < calls < 25


agents_ = st.dictionaries(
    st.text("abc", min_size=1, max_size=4), st.frozensets(st.sampled_from(["sales", "debts", "polls"]))
).map(lambda found: [Agent(key, campaigns) for key, campaigns in found.items()])
weights = st.fixed_dictionaries({each: st.floats(0, 10) for each in ("sales", "debts", "polls")})


@quick
@given(agents_, weights)
def test_nobody_counts_twice(agents: list[Agent], weights: dict[str, float]) -> None:
    shares = share_agents(agents, weights)
    given_ = [key for keys in shares.values() for key in keys]
    assert len(given_) == len(set(given_))
    may = {agent.key: agent.campaigns for agent in agents}
    assert all(campaign in may[key] for campaign, keys in shares.items() for key in keys)
    wanted = {campaign for campaign, weight in weights.items() if weight > 0}
    assert len(given_) == sum(bool(agent.campaigns & wanted) for agent in agents)


def test_agents_are_shared_by_weight_with_those_who_are_busy() -> None:
    both = frozenset({"sales", "debts"})
    free = [Agent(f"a{number}", both) for number in range(6)]
    shares = share_agents(free, {"sales": 2, "debts": 1}, {"sales": 5, "debts": 1})
    assert {campaign: len(keys) for campaign, keys in shares.items()} == {"sales": 3, "debts": 3}


def test_calls_from_outside_take_whom_campaigns_need_least() -> None:
    agents = [Agent("ann", frozenset({"sales", "debts"})), Agent("bob", frozenset({"sales"})), Agent("cy", frozenset())]
    left = take_promised(agents, [["ann", "bob"], ["ann", "cy"], ["cy"]])
    assert [agent.key for agent in left] == ["ann"]
