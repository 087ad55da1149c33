"""What is open between supervisors and agents: requests, alarms, messages that are not read; reads only."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.store.tables.floor import AlarmRaiseRow, MessageReadingRow, MessageRow, RequestRow


async def load_open_requests(tx: AsyncSession) -> list[RequestRow]:
    query = select(RequestRow).where(RequestRow.decided_at.is_(None)).order_by(RequestRow.request_id)
    return list((await tx.execute(query)).scalars())


async def load_open_alarms(tx: AsyncSession) -> list[AlarmRaiseRow]:
    query = select(AlarmRaiseRow).where(AlarmRaiseRow.over_at.is_(None)).order_by(AlarmRaiseRow.alarm_raise_id)
    return list((await tx.execute(query)).scalars())


async def list_alarms(tx: AsyncSession, most: int = 200) -> list[AlarmRaiseRow]:
    """The newest first, open or over."""
    query = select(AlarmRaiseRow).order_by(AlarmRaiseRow.alarm_raise_id.desc()).limit(most)
    return list((await tx.execute(query)).scalars())


class Sent(NamedTuple):
    message_id: int
    sent_by: str
    sent_at: dt.datetime
    text: str
    audience: str
    readings: int
    read: int


async def list_sent(tx: AsyncSession, since: dt.datetime, most: int = 30) -> list[Sent]:
    """The newest first, with how many it was for and how many have read it."""
    row, reading = MessageRow, MessageReadingRow
    query = (
        select(
            row.message_id,
            row.sent_by,
            row.sent_at,
            row.text,
            row.audience,
            func.count(reading.agent),
            func.count(reading.read_at),
        )
        .outerjoin(reading, reading.message_id == row.message_id)
        .where(row.sent_at >= since)
        .group_by(row.message_id)
        .order_by(row.message_id.desc())
        .limit(most)
    )
    return [Sent(*found) for found in await tx.execute(query)]


async def load_readings(tx: AsyncSession, message_ids: list[int]) -> dict[int, list[MessageReadingRow]]:
    found: dict[int, list[MessageReadingRow]] = {message_id: [] for message_id in message_ids}
    query = select(MessageReadingRow).where(MessageReadingRow.message_id.in_(message_ids))
    for row in (await tx.execute(query.order_by(MessageReadingRow.agent))).scalars():
        found[row.message_id].append(row)
    return found
