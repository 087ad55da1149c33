"""How well machines are told from people: what was detected of calls, beside what agents said of the same ones."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.dialing.figures import counted
from appliance.store.tables.dialing import AttemptRow
from appliance.store.tables.work import WorkRow


class Detected(NamedTuple):
    """Of all calls that were taken for the same, those that an agent knows to have been a person, or a machine."""

    calls: int = 0
    person: int = 0
    machine: int = 0


class Detection(NamedTuple):
    """Who is not sure goes on as a person."""

    human: Detected = Detected()
    machine: Detected = Detected()
    notsure: Detected = Detected()

    @property
    def said(self) -> int:
        return sum(each.person + each.machine for each in self)

    @property
    def right_share(self) -> float | None:
        right = self.human.person + self.notsure.person + self.machine.machine
        return right / self.said if self.said else None


async def load_detection(
    tx: AsyncSession, dialer: str, since: dt.datetime, machine_dispositions: Collection[str]
) -> Detection:
    """An agent says machine by leaving it to the message or by such a disposition, and person by any other one."""
    row, said = AttemptRow, WorkRow.disposition
    dropped = row.outcome.in_(("delivered", "machine"))
    is_machine = and_(row.connected_at.is_not(None), or_(dropped, said.in_(machine_dispositions)))
    is_person = and_(row.connected_at.is_not(None), ~dropped, said != "", said.not_in(machine_dispositions))
    query = select(row.amd, func.count(), counted(is_person), counted(is_machine)).select_from(row)
    query = query.outerjoin(WorkRow, and_(WorkRow.guid == row.guid, WorkRow.agent == row.agent))
    query = query.where(row.dialer == dialer, row.begun_at >= since, row.ended_at.is_not(None), row.amd != "")
    found = {amd: Detected(*counts) for amd, *counts in await tx.execute(query.group_by(row.amd))}
    return Detection(**{name: found[name] for name in Detection._fields if name in found})
