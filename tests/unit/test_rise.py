"""More answers all of a sudden: believed after a few of them, and soon enough to place fewer calls."""

from collections import Counter
from math import isfinite
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.pacing.budget import Budget, Count
from appliance.core.pacing.learning import Learned, learn
from appliance.core.pacing.pace import decide
from appliance.core.pacing.ringing import Ringing
from appliance.core.pacing.rise import Lately, Risen, higher_rates
from appliance.core.pacing.seen import Rules, Seen
from appliance.core.rehearsal.day import Campaign, Day, Shift
from appliance.core.rehearsal.own import OwnPacer
from appliance.core.rehearsal.people import People

NOW_S = 1000.0
FEW_ANSWER = learn(
    [(number % 20 == 0, 8.0 if number % 20 == 0 else 25.0) for number in range(800)], [(90.0, 20.0)] * 90
)
RINGING = tuple(number / 2 for number in range(40))  # two calls were placed each second


def told(answered_ago_s: tuple[float, ...], failed_ago_s: tuple[float, ...] = ()) -> Learned:
    """By now; the calls were placed 8 and 25 s before."""
    learned = FEW_ANSWER
    for ago_s in answered_ago_s:
        learned = learned.with_result(True, 8.0, NOW_S - ago_s - 8)
    for ago_s in failed_ago_s:
        learned = learned.with_result(False, 25.0, NOW_S - ago_s - 25)
    return learned


def risen(learned: Learned) -> Risen:
    return learned.lately.risen(NOW_S, Counter(map(int, RINGING)), learned.answers.higher)


USUAL = told((20.0, 30.0), tuple(float(number) for number in range(40)))
SUDDEN = told((0.0, 0.5, 1.0, 1.5, 20.0, 30.0), tuple(float(number) for number in range(40)))


def test_a_few_answers_at_once_are_believed_of_the_calls_placed_since() -> None:
    found = risen(SUDDEN)
    assert found.of_new > 3
    assert found.of(5) > 3
    assert found.of(70) < found.of(5)
    assert found.of(500) == 1


def test_usual_answers_raise_nothing() -> None:
    assert risen(USUAL).of_new < 1.1


def test_after_so_many_answers_fewer_calls_are_placed() -> None:
    seen = Seen(NOW_S, ready=3, talking_s=tuple(10.0 * number for number in range(17)), ringing_s=RINGING)
    earned = Budget(*[Count(500, 5)] * 5)
    usual, sudden = (decide(seen, learned, earned, Rules()).calls for learned in (USUAL, SUDDEN))
    assert sudden < usual


def test_what_was_seen_long_ago_says_nothing() -> None:
    old, older = Lately(((NOW_S - 600, True),) * 6), Lately(((NOW_S - 900, False),))
    ringing, higher = Counter({3: 5}), FEW_ANSWER.answers.higher
    assert old.risen(NOW_S, ringing, higher) == older.risen(NOW_S, ringing, higher)


def test_results_without_a_time_say_nothing() -> None:
    assert risen(FEW_ANSWER) == Risen()


ages = st.lists(st.tuples(st.floats(-5, 200), st.booleans()), min_size=1, max_size=60)
ringing_ = st.dictionaries(st.integers(0, 120), st.integers(1, 50), max_size=20).map(Counter)


@settings(max_examples=60, deadline=None)
@given(ages, ringing_, st.floats(0, 1))
def test_it_never_goes_down_nor_out_of_bounds(
    ended: list[tuple[float, bool]], ringing: Counter[int], rate: float
) -> None:
    lately = Lately()
    for age_s, answered in ended:
        lately = lately.plus(NOW_S - age_s, answered)
    found = lately.risen(NOW_S, ringing, higher_rates(rate, Ringing().silent()))
    factors = [found.of(second) for second in range(100)]
    assert all(1 - 1e-9 <= each <= 16 for each in factors)
    assert factors == sorted(factors, reverse=True)
    assert isfinite(found.doubt)
    assert found.doubt >= 0


def test_fewer_are_lost_where_a_bad_list_ends_and_a_good_one_begins() -> None:
    """Of 5 % who answer come 60: whoever learns of it from ten answers loses 20 calls here instead of 6."""
    lost = 0
    for seed in (2, 4):
        people = People(((0.0, 0.05), (1800.0, 0.6)))
        campaign = Campaign(OwnPacer(Rules()), people.call, Random(seed))
        Day([campaign], [Shift(0.0, 1900.0)] * 15, 1900.0).run()
        lost += sum(at_s > 1800 for at_s in campaign.figures.lost_at_s)
    assert lost <= 12
