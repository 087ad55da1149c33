"""What agents add to interactions: notes, forms, dispositions, and whom they promised to call again."""

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from appliance.store.tables.columns import Base, RowId


class WorkRow(Base):
    """An agent's part in an interaction. It begins with the call, before the journal has told of the interaction."""

    __tablename__ = "work"
    __table_args__ = (
        Index("ix_work_agent", "agent", "began_at"),
        Index(
            "ix_work_open",
            "agent",
            sqlite_where=text("completed_at IS NULL"),
            postgresql_where=text("completed_at IS NULL"),
        ),
    )

    guid: Mapped[str] = mapped_column(String(36), primary_key=True)
    agent: Mapped[str] = mapped_column(String(40), primary_key=True)
    campaign: Mapped[str] = mapped_column(String(40), default="")
    queue: Mapped[str] = mapped_column(String(40), default="")
    number: Mapped[str] = mapped_column(Text, default="", index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.contact_id", ondelete="SET NULL"), index=True)
    disposition: Mapped[str] = mapped_column(String(40), default="")
    chosen_by: Mapped[str] = mapped_column(String(10), default="")  # agent, or timeout
    notes: Mapped[str] = mapped_column(Text, default="")
    form: Mapped[str] = mapped_column(String(40), default="")
    answers: Mapped[dict[str, Any]]
    is_marked: Mapped[bool] = mapped_column(default=False)
    began_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]  # of the call
    completed_at: Mapped[dt.datetime | None]  # the disposition was chosen, or none was asked for
    version: Mapped[int] = mapped_column(default=1)


class ReminderRow(Base):
    """A call that an agent promised; without an agent it is anyone's."""

    __tablename__ = "reminders"
    __table_args__ = (Index("ix_reminders_due", "ended_at", "due_at"),)

    reminder_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    agent: Mapped[str] = mapped_column(String(40), default="")
    campaign: Mapped[str] = mapped_column(String(40), default="")
    number: Mapped[str] = mapped_column(String(40))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.contact_id", ondelete="SET NULL"))
    guid: Mapped[str] = mapped_column(String(36), default="")  # the interaction in which it was promised
    note: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str] = mapped_column(String(80), default="")
    ended_at: Mapped[dt.datetime | None]
    result: Mapped[str] = mapped_column(String(20), default="")  # called or cancelled
