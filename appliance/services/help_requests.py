"""An agent asks the supervisors for help in a call, takes the question back, and reads who has answered it."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.services.agents.requests import WITHDRAWN, ask, decide, load_request
from appliance.services.calls.monitoring import MODES
from appliance.services.calls.trail import SECTION
from appliance.store.tables.configuration import AuditRow
from appliance.store.tables.floor import RequestRow
from appliance.store.tables.users import UserRow

TOLD_FOR = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class HelpAnswer:
    """`how`: granted, refused, or listen, whisper and barge: what who granted it has done since in that call."""

    name: str
    how: str
    at: dt.datetime


async def load_help_request(tx: AsyncSession, agent: str) -> RequestRow | None:
    """The open one; there is at most one."""
    return await load_request(tx, agent, "help")


async def load_help_answer(tx: AsyncSession, agent: str, guid: str, at: dt.datetime) -> HelpAnswer | None:
    """To the last question, for some minutes; `guid` is of the agent's call now."""
    asked = RequestRow
    query = select(asked).where(asked.agent == agent, asked.kind == "help").order_by(asked.request_id.desc()).limit(1)
    row = (await tx.execute(query)).scalar_one_or_none()
    if row is None or row.decided_at is None or row.answer == WITHDRAWN or at - row.decided_at > TOLD_FOR:
        return None
    name = await tx.scalar(select(UserRow.name).where(UserRow.login == row.decided_by))
    how = await _joined(tx, row) if guid and guid == row.guid else ""
    return HelpAnswer(name or row.decided_by, how or row.answer, row.decided_at)


async def _joined(tx: AsyncSession, row: RequestRow) -> str:
    note = AuditRow
    query = select(note.action).where(note.section == SECTION, note.entity_key == row.agent, note.at >= row.asked_at)
    query = query.where(note.by == row.decided_by, note.action.in_(MODES)).order_by(note.audit_id.desc()).limit(1)
    return await tx.scalar(query) or ""


async def ask_for_help(tx: AsyncSession, agent: str, detail: str, guid: str) -> None:
    """Asked again with other words, it is another question."""
    await ask(tx, agent, "help", detail)
    await tx.flush()
    found = await load_help_request(tx, agent)
    if found is not None:
        found.guid = guid


async def withdraw_help(tx: AsyncSession, agent: str) -> None:
    await decide(tx, agent, "help", WITHDRAWN, by="")
