"""What agents ask of supervisors: at most one open request of each kind."""

from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.services.clock import now
from appliance.store.tables.floor import RequestRow

Kind = Literal["pause", "help"]
Answer = Literal["granted", "refused", "withdrawn"]
GRANTED: Answer = "granted"
REFUSED: Answer = "refused"
WITHDRAWN: Answer = "withdrawn"


async def load_request(tx: AsyncSession, agent: str, kind: Kind) -> RequestRow | None:
    """The open one."""
    query = select(RequestRow).where(RequestRow.agent == agent, RequestRow.kind == kind)
    return (await tx.execute(query.where(RequestRow.decided_at.is_(None)))).scalar_one_or_none()


async def ask(tx: AsyncSession, agent: str, kind: Kind, detail: str) -> None:
    """A new request takes the place of one that is open."""
    before = await load_request(tx, agent, kind)
    if before is not None and before.detail == detail:
        return
    await decide(tx, agent, kind, WITHDRAWN, by="")
    tx.add(RequestRow(agent=agent, kind=kind, detail=detail, asked_at=now()))


async def decide(tx: AsyncSession, agent: str, kind: Kind, answer: Answer, *, by: str) -> RequestRow | None:
    """The request that was open until now; None where there is none (any more)."""
    found = await load_request(tx, agent, kind)
    if found is not None:
        found.answer, found.decided_at, found.decided_by = answer, now(), by[:80]
        await tx.flush()
    return found
