"""What becomes of a contact after an attempt: done, or tried again, when, and at which of its numbers."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from appliance.core.dialing.law import DialingRules
from appliance.core.entities.dialers import Dialer
from appliance.core.entities.retries import RetryRule

RETRY, DONE = "retry", "done"
NO_TRY_USED = {"congestion": dt.timedelta(minutes=3), "cancelled": dt.timedelta(minutes=1)}
AFTER_LOST = dt.timedelta(hours=1)
NEXT_NUMBER = dt.timedelta(minutes=1)
LONGEST_WAIT = dt.timedelta(days=30)
AGAIN = "disposition"  # the agent said so


class Progress(NamedTuple):
    """How far a dialer has come with a contact. `positions` are those of its numbers, in their order."""

    tries: int
    position: int
    positions: Sequence[int]
    bad_positions: frozenset[int]
    again: bool = False  # the agent's disposition says: try again


class Ended(NamedTuple):
    """`times` is how often the contact's attempts came to the same, this one included."""

    outcome: str
    at: dt.datetime
    times: int = 1


class Next(NamedTuple):
    state: str
    tries: int
    position: int
    bad_positions: frozenset[int]
    next_at: dt.datetime | None


def after_attempt(dialer: Dialer, rules: DialingRules, before: Progress, ended: Ended) -> Next:
    if ended.outcome in NO_TRY_USED:
        return _again(before, before.position, ended.at + NO_TRY_USED[ended.outcome])
    used = before._replace(tries=before.tries + 1)
    if ended.outcome == "bad_number":
        return _after_bad_number(rules, used, ended.at)
    rule = _rule(dialer, used, ended)
    if rule is None or used.tries >= rules.max_tries or ended.times > rule.tries:
        return Next(DONE, used.tries, used.position, used.bad_positions, None)
    wait = _wait(rule, ended.times)
    if ended.outcome == "abandoned":
        wait = max(wait, dt.timedelta(hours=rules.abandoned_quiet_h))
    position = next_position(used, used.position) if rule.next_number else used.position
    return _again(used, used.position if position is None else position, ended.at + wait)


def may_go_on(dialer: Dialer, outcome: str) -> bool:
    """Whether it may be the turn of another number of the card then."""
    return outcome == "bad_number" or any(
        rule.next_number and rule.outcome in (outcome, "disposition") for rule in dialer.retries
    )


def _rule(dialer: Dialer, used: Progress, ended: Ended) -> RetryRule | None:
    """Nobody knows what became of a lost one: it is no answer, but for an hour at least."""
    found = {each.outcome: each for each in dialer.retries}
    if ended.outcome in ("lost", "failed"):
        minutes = max(
            int(AFTER_LOST.total_seconds()) // 60, found["no_answer"].delay_min if "no_answer" in found else 0
        )
        return RetryRule(outcome="no_answer", tries=50, delay_min=minutes, growth="fixed", next_number=False)
    if ended.outcome == "answered":
        return found.get("disposition") if used.again else None
    return next((rule for outcome, rule in found.items() if outcome == ended.outcome), None)


def _wait(rule: RetryRule, times: int) -> dt.timedelta:
    grown = 2 ** min(times - 1, 20) if rule.growth == "doubling" else 1
    return min(dt.timedelta(minutes=rule.delay_min * grown), LONGEST_WAIT)


def _after_bad_number(rules: DialingRules, used: Progress, at: dt.datetime) -> Next:
    bad = used.bad_positions | {used.position}
    used = used._replace(bad_positions=bad)
    position = next_position(used, used.position)
    if position is None or used.tries >= rules.max_tries:
        return Next(DONE, used.tries, used.position, bad, None)
    return _again(used, position, at + NEXT_NUMBER)


def _again(progress: Progress, position: int, at: dt.datetime) -> Next:
    return Next(RETRY, progress.tries, position, progress.bad_positions, at)


def next_position(progress: Progress, after: int) -> int | None:
    """The next good number in the card's order, round and round; None where there is none."""
    good = [each for each in progress.positions if each not in progress.bad_positions]
    later = [each for each in good if each > after]
    return next(iter(later or good), None)


def position_now(progress: Progress) -> int | None:
    """The number to call: the one that was noted, else the next good one."""
    return next_position(progress, progress.position - 1)


def parse_positions(text: str) -> frozenset[int]:
    return frozenset(int(each) for each in text.split(",") if each)


def render_positions(positions: frozenset[int]) -> str:
    return ",".join(str(each) for each in sorted(positions))
