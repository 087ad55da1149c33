"""Open agent sessions and their history."""

import datetime as dt
from collections.abc import Iterable, Sequence

from sqlalchemy import select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.floor import RequestRow
from appliance.store.tables.sessions import AgentSessionRow


async def load_sessions(tx: AsyncSession, node: str | None = None) -> list[AgentSessionRow]:
    """All that are open, of one node or of all."""
    query = select(AgentSessionRow).where(AgentSessionRow.logged_out_at.is_(None)).order_by(AgentSessionRow.agent)
    if node is not None:
        query = query.where(AgentSessionRow.node == node)
    return list((await tx.execute(query)).scalars())


async def load_session(tx: AsyncSession, agent: str) -> AgentSessionRow | None:
    """The open session of an agent."""
    query = select(AgentSessionRow).where(AgentSessionRow.agent == agent, AgentSessionRow.logged_out_at.is_(None))
    return (await tx.execute(query)).scalars().first()


async def load_going(tx: AsyncSession, node: str) -> frozenset[str]:
    """Who is logged in there and pauses, or will after the call and its wrap-up, or has asked for a pause."""
    here = (AgentSessionRow.logged_out_at.is_(None), AgentSessionRow.node == node)
    pausing = select(AgentSessionRow.agent).where(*here, AgentSessionRow.paused_reason.is_not(None))
    asking = select(RequestRow.agent).where(RequestRow.kind == "pause", RequestRow.decided_at.is_(None))
    return frozenset((await tx.execute(union(pausing, asking))).scalars())


async def load_unpaused(tx: AsyncSession, agents: Sequence[str]) -> tuple[str, ...]:
    """Those of them, in their order, who are logged in and not paused."""
    pauses = await load_pauses(tx, agents)
    return tuple(each for each in agents if each in pauses and pauses[each] is None)


async def load_pauses(tx: AsyncSession, agents: Iterable[str]) -> dict[str, str | None]:
    """The reason why each of those who are logged in is paused, None for who is not."""
    of, is_open = AgentSessionRow.agent.in_(list(agents)), AgentSessionRow.logged_out_at.is_(None)
    found = await tx.execute(select(AgentSessionRow.agent, AgentSessionRow.paused_reason).where(of, is_open))
    return {agent: reason for agent, reason in found}


async def load_last_session(tx: AsyncSession, agent: str) -> AgentSessionRow | None:
    query = select(AgentSessionRow).where(AgentSessionRow.agent == agent)
    return (await tx.execute(query.order_by(AgentSessionRow.agent_session_id.desc()).limit(1))).scalars().first()


async def end_sessions(tx: AsyncSession, agents: Iterable[str], at: dt.datetime, *, by: str, why: str) -> None:
    await tx.execute(
        update(AgentSessionRow)
        .where(AgentSessionRow.agent.in_(list(agents)), AgentSessionRow.logged_out_at.is_(None))
        .values(logged_out_at=at, ended_by=by, ended_why=why)
    )
