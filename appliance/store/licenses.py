"""Licence files, seats, the newest time that was seen, and channels in use over all nodes."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.license.clock import Mark
from appliance.core.license.seats import Seat
from appliance.store.tables.configuration import AuditRow
from appliance.store.tables.licenses import LicenseChannelsRow, LicenseFileRow, LicenseSeatRow, LicenseStateRow
from appliance.store.tables.sessions import AgentSessionRow

FRESH_S = 60.0  # a node that said nothing for longer has no calls
HISTORY = 200


class LicenseFile(NamedTuple):
    kind: str
    number: str
    text: str
    installed_at: dt.datetime
    installed_by: str


class Channels(NamedTuple):
    """Over all nodes; `peak` of today."""

    used: int
    peak: int


_FILE = [getattr(LicenseFileRow, name) for name in LicenseFile._fields]
_STATE = LicenseStateRow.license_state_id == 1


async def load_files(tx: AsyncSession) -> list[LicenseFile]:
    """In the order of their installation."""
    found = await tx.execute(select(*_FILE).order_by(LicenseFileRow.license_file_id))
    return [LicenseFile._make(row) for row in found.all()]


async def insert_file(tx: AsyncSession, file: LicenseFile) -> None:
    tx.add(LicenseFileRow(**file._asdict()))
    await tx.flush()


async def load_seats(tx: AsyncSession, agent: str = "") -> list[Seat]:
    """All, or those that an agent holds."""
    row = LicenseSeatRow
    query = select(row.seat_id, row.agent, row.was, row.since_at, row.moved_at, row.by, row.seal)
    found = await tx.execute(query.where(row.agent == agent) if agent else query)
    return [
        Seat(seat_id, agent, was, since_at, tuple(map(str, moved)), by, seal)
        for seat_id, agent, was, since_at, moved, by, seal in found.all()
    ]


async def save_seats(tx: AsyncSession, seats: Iterable[Seat]) -> None:
    for seat in seats:
        values = {"agent": seat.agent, "was": seat.was, "since_at": seat.since_at, "moved_at": list(seat.moved_at)}
        await tx.merge(LicenseSeatRow(seat_id=seat.seat_id, **values, by=seat.by[:80], seal=seat.seal))
    await tx.flush()


async def lock_state(tx: AsyncSession) -> None:
    """Log-ins and installations wait in line, whatever the node."""
    await tx.execute(select(LicenseStateRow.license_state_id).with_for_update())


async def load_mark(tx: AsyncSession) -> Mark:
    found = (await tx.execute(select(LicenseStateRow.seen_at, LicenseStateRow.leap_at))).first()
    return Mark(*found) if found else Mark()


async def save_mark(tx: AsyncSession, mark: Mark) -> None:
    await tx.execute(update(LicenseStateRow).where(_STATE).values(seen_at=mark.at, leap_at=mark.leap_at))


async def load_mail_to(tx: AsyncSession) -> str:
    return (await tx.execute(select(LicenseStateRow.mail_to))).scalar() or ""


async def save_mail_to(tx: AsyncSession, mail_to: str) -> None:
    await tx.execute(update(LicenseStateRow).where(_STATE).values(mail_to=mail_to))


async def begin_warning(tx: AsyncSession, warning: str) -> bool:
    """False where this one was sent before, by whatever node."""
    done = await tx.execute(
        update(LicenseStateRow)
        .where(_STATE, LicenseStateRow.warned != warning)
        .values(warned=warning)
        .returning(LicenseStateRow.license_state_id)
    )
    return done.first() is not None


async def save_channels(tx: AsyncSession, node: str, channels: int, at: dt.datetime) -> Channels:
    await tx.merge(LicenseChannelsRow(node=node, channels=channels, counted_at=at))
    await tx.flush()
    now = await load_channels(tx, at)
    if now.used > now.peak:
        values = {"peak": now.used, "peak_on": at.date().isoformat()}
        await tx.execute(update(LicenseStateRow).where(_STATE).values(**values))
    return Channels(now.used, max(now.used, now.peak))


async def load_channels(tx: AsyncSession, at: dt.datetime, *, without: str = "") -> Channels:
    row = LicenseChannelsRow
    since = at - dt.timedelta(seconds=FRESH_S)
    query = select(func.coalesce(func.sum(row.channels), 0)).where(row.counted_at > since, row.node != without)
    used = int((await tx.execute(query)).scalar_one())
    state = (await tx.execute(select(LicenseStateRow.peak, LicenseStateRow.peak_on))).first()
    return Channels(used, state.peak if state and state.peak_on == at.date().isoformat() else 0)


async def count_working(tx: AsyncSession, *, besides: str) -> int:
    """Agents who are logged in on any node."""
    query = select(func.count()).where(AgentSessionRow.logged_out_at.is_(None), AgentSessionRow.agent != besides)
    return int((await tx.execute(query)).scalar_one())


async def working_agents(tx: AsyncSession) -> list[str]:
    """On any node, who came first stands first."""
    query = select(AgentSessionRow.agent).where(AgentSessionRow.logged_out_at.is_(None))
    ordered = query.order_by(AgentSessionRow.logged_in_at, AgentSessionRow.agent_session_id)
    return list((await tx.execute(ordered)).scalars())


async def load_history(tx: AsyncSession, section: str) -> list[AuditRow]:
    """The newest first."""
    query = select(AuditRow).where(AuditRow.section == section).order_by(AuditRow.audit_id.desc()).limit(HISTORY)
    return list((await tx.execute(query)).scalars())
