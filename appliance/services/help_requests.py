"""An agent asks the supervisors for help in a call, and takes the question back."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.services.clock import now
from appliance.store.tables.floor import RequestRow

KIND = "help"
WITHDRAWN = "withdrawn"


async def load_help_request(tx: AsyncSession, agent: str) -> RequestRow | None:
    """The open one; there is at most one."""
    query = select(RequestRow).where(RequestRow.agent == agent, RequestRow.kind == KIND)
    return (await tx.execute(query.where(RequestRow.decided_at.is_(None)))).scalar_one_or_none()


async def ask_for_help(tx: AsyncSession, agent: str, detail: str, guid: str) -> None:
    """Asked twice, it is asked anew with the newer words."""
    found = await load_help_request(tx, agent)
    if found is None:
        tx.add(RequestRow(agent=agent, kind=KIND, detail=detail[:500], guid=guid[:36], asked_at=now()))
    else:
        found.detail, found.guid, found.asked_at = detail[:500], guid[:36], now()
    await tx.flush()


async def withdraw_help(tx: AsyncSession, agent: str) -> None:
    found = await load_help_request(tx, agent)
    if found is not None:
        found.answer, found.decided_at = WITHDRAWN, now()
        await tx.flush()
