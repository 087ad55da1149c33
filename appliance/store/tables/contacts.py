"""Customers: a card each, with the numbers that they call from or are called at."""

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from appliance.store.tables.columns import Base, RowId


class ContactRow(Base):
    __tablename__ = "contacts"

    contact_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(Text)
    company: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    fields: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str] = mapped_column(String(80), default="")
    changed_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)


class ContactNumberRow(Base):
    """In the order in which they are tried; the number is E.164 where its country is known."""

    __tablename__ = "contact_numbers"
    __table_args__ = (Index("ix_contact_numbers_number", "number"),)

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.contact_id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))  # mobile, work, home or other
    number: Mapped[str] = mapped_column(String(40))
