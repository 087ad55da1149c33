"""An agent asks the supervisors for help in a call, and takes the question back."""

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.services.agents.requests import WITHDRAWN, ask, decide, load_request
from appliance.store.tables.floor import RequestRow


async def load_help_request(tx: AsyncSession, agent: str) -> RequestRow | None:
    """The open one; there is at most one."""
    return await load_request(tx, agent, "help")


async def ask_for_help(tx: AsyncSession, agent: str, detail: str, guid: str) -> None:
    """Asked again with other words, it is another question."""
    await ask(tx, agent, "help", detail)
    await tx.flush()
    found = await load_help_request(tx, agent)
    if found is not None:
        found.guid = guid


async def withdraw_help(tx: AsyncSession, agent: str) -> None:
    await decide(tx, agent, "help", WITHDRAWN, by="")
