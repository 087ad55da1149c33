"""Supervisors answer what agents ask: for help in a call, or for a pause."""

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.sight import Sight
from appliance.core.words import N_
from appliance.services.agents.pauses import grant_pause, refuse_pause
from appliance.services.agents.requests import Answer, decide
from appliance.services.agents.trail import Act, audit
from appliance.services.errors import NotFound, Refused
from appliance.store.tables.floor import RequestRow

Asked = tuple[str, str]  # the agent, and the kind of the request


async def answer_request(tx: AsyncSession, request_id: int, answer: Answer, act: Act, *, sight: Sight) -> Asked:
    """Who asked for what. Raises NotFound, or Refused where somebody else was faster."""
    row = await tx.get(RequestRow, request_id)
    if row is None or not sight.may_see("agents", row.agent):
        raise NotFound(f"requests.{request_id}")
    if row.decided_at is not None:
        raise Refused(N_("This was answered already, or is not asked for any more."))
    if row.kind == "help":
        await decide(tx, row.agent, "help", answer, by=act.by)
        await audit(tx, f"help {answer}", row.agent, act.by)
    elif answer == "granted":
        await grant_pause(tx, row.agent, act)
    else:
        await refuse_pause(tx, row.agent, act)
    return row.agent, row.kind
