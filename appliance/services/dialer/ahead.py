"""Reads what is known ahead of agents: ends of shifts and of moves, promised calls and callbacks that are due."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.callbacks import why_never
from appliance.core.dialing.notice import Notice, due_between
from appliance.core.entities.dialers import Dialer
from appliance.core.membership import members_of
from appliance.core.shifts import shift_at
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.store.callbacks import load_owed
from appliance.store.dialing.promised import load_untried
from appliance.store.moves import load_moves
from appliance.store.sessions import load_sessions

WITHOUT_A_TEAM = ("preview", "agentless")


async def load_notice(tx: AsyncSession, site: Site, node: str, dialers: Iterable[Dialer]) -> Notice:
    """`dialers` are those that run; where none of them shares agents, nothing is read."""
    teams = {each.campaign: each.key for each in dialers if each.mode not in WITHOUT_A_TEAM}
    if not teams:
        return Notice()
    at = now()
    soon = await load_untried(tx, *due_between(at))
    return Notice(
        shift_ends=await _shift_ends(tx, site, node, at),
        move_ends=await _move_ends(tx, site),
        owing=frozenset(each.agent for each in soon if each.agent),
        promised=Counter(teams[each.campaign] for each in soon if not each.agent and each.campaign in teams),
        callbacks=await _callbacks(tx, site, node, at),
    )


async def _shift_ends(tx: AsyncSession, site: Site, node: str, at: dt.datetime) -> dict[str, dt.datetime]:
    schedules = {key: agent.shift for key, agent in site.agents.items() if agent.shift}
    if not schedules:
        return {}
    shifts = {key: shift_at(site.schedules[key], at) for key in {*schedules.values()}}
    sessions = [each for each in await load_sessions(tx, node) if each.agent in schedules]
    ends = {each.agent: shifts[schedules[each.agent]].end_for(each.logged_in_at) for each in sessions}
    return {agent: end for agent, end in ends.items() if end is not None}


async def _move_ends(tx: AsyncSession, site: Site) -> dict[tuple[str, str], dt.datetime]:
    """Who stays in the queue afterwards is not among them."""
    return {
        (each.agent, each.queue): each.until_at
        for each in await load_moves(tx)
        if each.is_member and each.queue in site.queues and each.agent not in members_of(site, site.queues[each.queue])
    }


async def _callbacks(tx: AsyncSession, site: Site, node: str, at: dt.datetime) -> tuple[str, ...]:
    """An attempt that is under way waits in the queue like any caller."""
    until = due_between(at)[1]
    due = [each for each in await load_owed(tx, node) if each.next_try_at <= until and not each.is_under_way(at)]
    return tuple(each.queue for each in due if not why_never(site, each, at))
