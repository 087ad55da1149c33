"""What passes between supervisors and agents: messages, requests, moves for a time, alarms, links of wallboards."""

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from appliance.store.tables.columns import Base, RowId


class MessageRow(Base):
    """From a supervisor to agents; who it was for stands in the readings."""

    __tablename__ = "messages"

    message_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    sent_by: Mapped[str] = mapped_column(String(80))
    sent_at: Mapped[dt.datetime] = mapped_column(index=True)
    text: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(Text, default="")  # as it was chosen, such as a queue's or a group's name


class MessageReadingRow(Base):
    __tablename__ = "message_readings"
    __table_args__ = (Index("ix_message_readings_agent", "agent", "read_at"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.message_id", ondelete="CASCADE"), primary_key=True)
    agent: Mapped[str] = mapped_column(String(40), primary_key=True)
    read_at: Mapped[dt.datetime | None]


class RequestRow(Base):
    """An agent asks a supervisor: for help in a call, or for a pause that needs approval."""

    __tablename__ = "requests"
    __table_args__ = (
        Index(
            "uq_requests_open",
            "agent",
            "kind",
            unique=True,
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
    )

    request_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    agent: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(10))  # help or pause
    detail: Mapped[str] = mapped_column(Text, default="")  # of a pause its reason, of help what for
    guid: Mapped[str] = mapped_column(String(36), default="")
    asked_at: Mapped[dt.datetime] = mapped_column(index=True)
    answer: Mapped[str] = mapped_column(String(10), default="")  # granted, refused or withdrawn
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str] = mapped_column(String(80), default="")


class QueueMoveRow(Base):
    """An agent serves a queue, or does not, for some time, whatever the configuration says."""

    __tablename__ = "queue_moves"
    __table_args__ = (
        Index(
            "uq_queue_moves_open",
            "agent",
            "queue",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    queue_move_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    agent: Mapped[str] = mapped_column(String(40))
    queue: Mapped[str] = mapped_column(String(40))
    is_member: Mapped[bool]
    penalty: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[dt.datetime]
    until_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class AlarmRaiseRow(Base):
    """From the moment an alarm was raised to its end; `subject` is the queue, agent or trunk that it is about."""

    __tablename__ = "alarm_raises"
    __table_args__ = (
        Index(
            "uq_alarm_raises_open",
            "alarm",
            "subject",
            unique=True,
            sqlite_where=text("over_at IS NULL"),
            postgresql_where=text("over_at IS NULL"),
        ),
    )

    alarm_raise_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    alarm: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80), default="")
    value: Mapped[str] = mapped_column(String(40), default="")
    raised_at: Mapped[dt.datetime] = mapped_column(index=True)
    over_at: Mapped[dt.datetime | None]
    seen_by: Mapped[str] = mapped_column(String(80), default="")
    seen_at: Mapped[dt.datetime | None]


class WallboardLinkRow(Base):
    """Lets a screen show one wallboard without signing in; only the SHA-256 of its token is kept."""

    __tablename__ = "wallboard_links"

    wallboard_link_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    wallboard: Mapped[str] = mapped_column(String(40), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]
