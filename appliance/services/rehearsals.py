"""Rehearsals of a dialer: with what was seen of its calls so far, or with figures that somebody supposes."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.dialing.attempts import Result
from appliance.core.dialing.law import rules_of
from appliance.core.dialing.speed import pace_rules
from appliance.core.entities.dialers import Dialer
from appliance.core.rehearsal.rehearse import Rehearsal, RehearsalPlan, rehearse
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.store.dialing.figures import DialerFigures, load_dialer_figures
from appliance.store.dialing.results import load_last
from appliance.store.wrapups import load_wrapups

MONTH = dt.timedelta(days=30)
ENOUGH = 50  # ended calls before their figures are taken for granted
MOST = 500  # of the last calls tell how talks differ
SEED = 20  # the same people each time: only what was changed makes a difference
LOWEST_PCT = 1.0
DETECT_S = 2.5  # until it is known whether a machine answered
MOST_CALLS = 100_000  # are played: they say enough, and more would keep a core busy for minutes


class Rehearsals:
    """One at a time: a day takes a second or two of a core."""

    def __init__(self, most_calls: int = MOST_CALLS) -> None:
        self._most_calls = most_calls
        self._turn = asyncio.Lock()

    async def run(self, plan: RehearsalPlan) -> Rehearsal:
        contacts = min(plan.contacts or self._most_calls, self._most_calls)
        async with self._turn:
            chance = Random(SEED)  # noqa: S311 - chance, not a secret
            found = await asyncio.to_thread(rehearse, plan._replace(contacts=contacts), chance)
        return _gone_on(plan, found) if found.is_list_done and contacts != plan.contacts else found


def _gone_on(plan: RehearsalPlan, found: Rehearsal) -> Rehearsal:
    """As if the rest of the day were as its beginning, which alone was played."""
    whole = float("inf") if plan.contacts is None else plan.contacts / found.calls
    times = min(plan.hours / found.hours, whole)
    calls, answers = round(found.calls * times), round(found.answers * times)
    return found._replace(calls=calls, answers=answers, hours=found.hours * times, is_list_done=times == whole)


async def usual_plan(tx: AsyncSession, site: Site, dialer: Dialer, agents: int) -> RehearsalPlan:
    """As the last 30 days were, as far as there was enough of them; else as plans usually begin."""
    rules = rules_of(site, dialer)
    seen = await load_dialer_figures(tx, dialer.key, now() - MONTH, rules.connect_s)
    queue = site.queues.get(site.campaigns[dialer.campaign].queue)  # not everybody sees the queue of a campaign
    plan = RehearsalPlan(
        rules=pace_rules(site, dialer),
        agents=agents,
        ring_limit_s=float(rules.ring_s),
        detect_s=DETECT_S if dialer.machines != "off" else 0.0,
    )
    if queue is not None:
        plan = plan._replace(wrap_s=float(queue.wrapup_s))
    if seen.ended < ENOUGH:
        return plan
    last = [result for _began_at, result in await load_last(tx, dialer.key, MOST)]
    plan = _as_called(_as_seen(plan, seen), last)
    wrapups = await load_wrapups(tx, [(each.agent, each.at) for each in last if each.connected_at is not None])
    return plan._replace(wrap_s=sum(wrapups) / len(wrapups)) if len(wrapups) >= ENOUGH else plan


def _as_seen(plan: RehearsalPlan, seen: DialerFigures) -> RehearsalPlan:
    answer_pct = max(LOWEST_PCT, 100 * (seen.answer_rate or 0.0))
    return plan._replace(answer_pct=answer_pct, talk_s=max(1.0, seen.talk_s or plan.talk_s))


def _as_called(plan: RehearsalPlan, last: Sequence[Result]) -> RehearsalPlan:
    """How talks differ, and how often machines answered, of the last calls."""
    machines_pct = 100 * sum(each.outcome == "machine" for each in last) / len(last)
    talks_s = tuple(float(each.talk_s) for each in last if each.connected_at is not None)
    machine_pct = min(machines_pct, 100 - plan.answer_pct)
    return plan._replace(machine_pct=machine_pct, talks_s=talks_s if len(talks_s) >= ENOUGH else ())
