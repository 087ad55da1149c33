"""Licence files as they came, who has which seat, the newest time that was seen, and the channels in use."""

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from appliance.store.tables.columns import Base, RowId


class LicenseFileRow(Base):
    """A licence or a list of revocations, signed; `number` is the licence's or the list's."""

    __tablename__ = "license_files"
    __table_args__ = (UniqueConstraint("kind", "number", name="uq_license_files_number"),)

    license_file_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    installed_at: Mapped[dt.datetime]
    installed_by: Mapped[str] = mapped_column(String(80))


class LicenseSeatRow(Base):
    """One that was given to somebody once. `seal` shows a line that was edited by hand."""

    __tablename__ = "license_seats"

    seat_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    agent: Mapped[str] = mapped_column(String(40), index=True)  # empty: free
    was: Mapped[str] = mapped_column(String(40))
    since_at: Mapped[dt.datetime]
    moved_at: Mapped[list[Any]]
    by: Mapped[str] = mapped_column(String(80))
    seal: Mapped[str] = mapped_column(String(64))


class LicenseStateRow(Base):
    """One row for all nodes; its lock puts log-ins in line."""

    __tablename__ = "license_state"
    __table_args__ = (CheckConstraint("license_state_id = 1", name="one_row"),)

    license_state_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen_at: Mapped[dt.datetime | None]  # the newest time that was seen
    leap_at: Mapped[dt.datetime | None]
    mail_to: Mapped[str] = mapped_column(Text)  # who is warned
    warned: Mapped[str] = mapped_column(String(80))  # the last warning that was sent
    peak: Mapped[int]  # channels in use at once on the day `peak_on`, over all nodes
    peak_on: Mapped[str] = mapped_column(String(10))


class LicenseChannelsRow(Base):
    """Channels to the outside that a node has in use."""

    __tablename__ = "license_channels"

    node: Mapped[str] = mapped_column(String(40), primary_key=True)
    channels: Mapped[int]
    counted_at: Mapped[dt.datetime]
