"""Licence files, seats, the newest time that was seen, and channels in use over all nodes."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select, true, update
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


class StoredFile(NamedTuple):
    """What is read of it again; nothing of it is believed."""

    number: str
    text: str


class Channels(NamedTuple):
    """Over all nodes; `peak` of today."""

    used: int
    peak: int


LAST = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)  # a time beyond was not written here, and cannot be reckoned with
UNREADABLE = (ValueError, TypeError)  # SQLite keeps whatever somebody put into a column by hand
_STATE = LicenseStateRow.license_state_id == 1


async def load_files(tx: AsyncSession) -> list[StoredFile]:
    """In the order of their installation."""
    row = LicenseFileRow
    found = await tx.execute(select(row.number, row.text).order_by(row.license_file_id))
    return [StoredFile(str(number), str(text)) for number, text in found.all()]


async def insert_file(tx: AsyncSession, file: LicenseFile) -> None:
    tx.add(LicenseFileRow(**file._asdict()))
    await tx.flush()


async def load_seats(tx: AsyncSession, agent: str = "") -> list[Seat]:
    """All, or those that an agent holds. A line that cannot be read has no seal, and hides no other."""
    row = LicenseSeatRow
    try:
        return await _read_seats(tx, row.agent == agent if agent else true())
    except UNREADABLE:
        ids = (await tx.execute(select(row.seat_id))).scalars().all()
    return [seat for each in ids for seat in await _read_seat(tx, each, agent)]


async def _read_seat(tx: AsyncSession, seat_id: str, agent: str) -> list[Seat]:
    try:
        found = await _read_seats(tx, LicenseSeatRow.seat_id == seat_id)
    except UNREADABLE:
        return [Seat(str(seat_id))]
    return [seat for seat in found if agent in ("", seat.agent)]


async def _read_seats(tx: AsyncSession, condition: ColumnElement[bool]) -> list[Seat]:
    row = LicenseSeatRow
    query = select(row.seat_id, row.agent, row.was, row.since_at, row.moved_at, row.by, row.seal).where(condition)
    return [
        Seat(str(seat_id), str(agent), str(was), since_at, tuple(map(str, moved)), str(by), str(seal))
        for seat_id, agent, was, since_at, moved, by, seal in (await tx.execute(query)).all()
    ]


async def save_seats(tx: AsyncSession, seats: Iterable[Seat]) -> None:
    for seat in seats:
        values = {"agent": seat.agent, "was": seat.was, "since_at": seat.since_at, "moved_at": list(seat.moved_at)}
        await tx.merge(LicenseSeatRow(seat_id=seat.seat_id, **values, by=seat.by[:80], seal=seat.seal))
    await tx.flush()


async def lock_state(tx: AsyncSession) -> None:
    """Log-ins and installations wait in line, whatever the node. A row that somebody deleted is made anew."""
    found = await tx.execute(select(LicenseStateRow.license_state_id).with_for_update())
    if found.first() is None:
        tx.add(LicenseStateRow(license_state_id=1, mail_to="", warned="", peak=0, peak_on=""))
        await tx.flush()


async def load_mark(tx: AsyncSession) -> Mark:
    """One that cannot be read is none: the journals and the vendor's signature know a time too."""
    try:
        found = (await tx.execute(select(LicenseStateRow.seen_at, LicenseStateRow.leap_at))).first()
    except UNREADABLE:
        return Mark()
    return Mark(*found) if found and all(at is None or at < LAST for at in found) else Mark()


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
    fresh = dt.timedelta(seconds=FRESH_S)
    is_fresh = row.counted_at.between(at - fresh, at + fresh)  # a clock may have run wild, too
    query = select(func.coalesce(func.sum(row.channels), 0)).where(is_fresh, row.node != without)
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
