"""Agents pause and are ready again; some pauses need a supervisor's approval, some have an allowance for the day."""

import datetime as dt
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.agents import MISSED, POLICY, allowed_reasons, left_s, needs_approval
from appliance.core.problems import Invalid, Problem
from appliance.core.words import N_
from appliance.services.agents.requests import GRANTED, REFUSED, WITHDRAWN, ask, decide
from appliance.services.agents.trail import Act, audit, load_agent
from appliance.services.clock import now
from appliance.services.errors import NotFound, Refused
from appliance.store.intervals import load_pauses
from appliance.store.sessions import load_session
from appliance.store.snapshots import load_snapshot
from appliance.store.tables.sessions import AgentSessionRow

Paused = Literal["paused", "asked"]


async def pause(tx: AsyncSession, agent: str, reason: str, act: Act) -> Paused:
    """`asked` where a supervisor must agree first. During a call it counts once the call is over.

    Raises Invalid for an unknown reason, Refused for who is not logged in.
    """
    session = await _session(tx, agent)
    site = (await load_snapshot(tx)).site
    if reason not in allowed_reasons(site) and (reason, act.by) != (MISSED, POLICY):
        expected = ", ".join(sorted(allowed_reasons(site)))
        raise Invalid([Problem(("reason",), N_("must be one of {expected}"), {"expected": expected})])
    if act.is_own and needs_approval(site, reason) and session.paused_reason != reason:
        await ask(tx, agent, "pause", reason)
        await audit(tx, f"ask for pause {reason}", agent, act.by)
        return "asked"
    await decide(tx, agent, "pause", WITHDRAWN, by="")
    await _put(tx, session, reason, act)
    return "paused"


async def unpause(tx: AsyncSession, agent: str, act: Act) -> None:
    await _put(tx, await _session(tx, agent), None, act)


async def grant_pause(tx: AsyncSession, agent: str, act: Act) -> None:
    """The pause that the agent asked for begins. Raises Refused where none is asked for (any more)."""
    session = await _session(tx, agent)
    request = await decide(tx, agent, "pause", GRANTED, by=act.by)
    if request is None:
        raise _nothing_asked()
    await _put(tx, session, request.detail, Act(act.by, is_own=True, note=act.note))


async def refuse_pause(tx: AsyncSession, agent: str, act: Act) -> None:
    request = await decide(tx, agent, "pause", REFUSED, by=act.by)
    if request is None:
        raise _nothing_asked()
    await audit(tx, f"refuse pause {request.detail}", agent, act.by)


async def withdraw_pause(tx: AsyncSession, agent: str, act: Act) -> None:
    """Nothing happens where none is asked for (any more)."""
    if request := await decide(tx, agent, "pause", WITHDRAWN, by=""):
        await audit(tx, f"withdraw pause {request.detail}", agent, act.by)


async def load_left_s(tx: AsyncSession, agent: str, since: dt.datetime) -> dict[str, int]:
    """What is left of each allowance; `since` is when the day began for the reader."""
    site = (await load_snapshot(tx)).site
    return left_s(site.pause_reasons, await load_pauses(tx, agent, since, now()), since)


async def _session(tx: AsyncSession, agent: str) -> AgentSessionRow:
    await load_agent(tx, agent)
    session = await load_session(tx, agent)
    if session is None:
        raise NotFound(f"agents.{agent}.session")
    return session


async def _put(tx: AsyncSession, session: AgentSessionRow, reason: str | None, act: Act) -> None:
    if session.paused_reason == reason:
        return
    session.paused_reason = reason
    session.paused_at, session.paused_by = (now(), act.other) if reason is not None else (None, "")
    session.pause_note = act.note
    after = {"note": act.note} if act.note else None
    await audit(tx, "unpause" if reason is None else f"pause {reason}", session.agent, act.by, after=after)


def _nothing_asked() -> Refused:
    return Refused(N_("No pause is asked for any more."))
