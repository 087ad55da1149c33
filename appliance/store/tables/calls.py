"""Calls as the journals told them: interactions and their parts, agents' time, and how far the journals are read."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from appliance.store.tables.columns import Base

GUID = String(36)
# Unlimited: what a journal says must fit, or reading would stop there for ever.
WORD = Text()


class InteractionRow(Base):
    """Its key is the GUID: the same call read twice cannot become two rows."""

    __tablename__ = "interactions"
    __table_args__ = (
        Index("ix_interactions_entered", "entered_at"),
        Index("ix_interactions_queue", "queue", "entered_at"),
        Index("ix_interactions_agent", "agent", "entered_at"),
        Index("ix_interactions_caller", "caller", "entered_at"),
        Index("ix_interactions_outcome", "outcome", "entered_at"),
        Index("ix_interactions_did", "did", "entered_at"),
    )

    guid: Mapped[str] = mapped_column(GUID, primary_key=True)
    node: Mapped[str] = mapped_column(WORD)
    linked_id: Mapped[str] = mapped_column(WORD)
    direction: Mapped[str] = mapped_column(WORD)
    caller: Mapped[str] = mapped_column(WORD)
    caller_name: Mapped[str] = mapped_column(WORD)
    did: Mapped[str] = mapped_column(WORD)
    language: Mapped[str] = mapped_column(WORD)
    queue: Mapped[str] = mapped_column(WORD)
    campaign: Mapped[str] = mapped_column(WORD)
    agent: Mapped[str] = mapped_column(WORD)
    outcome: Mapped[str] = mapped_column(WORD)
    detail: Mapped[str] = mapped_column(WORD)
    entered_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime]
    wait_s: Mapped[float] = mapped_column(Float)
    talk_s: Mapped[float] = mapped_column(Float)
    hangup_cause: Mapped[int] = mapped_column(Integer)
    hangup_by: Mapped[str] = mapped_column(WORD)
    recording: Mapped[str] = mapped_column(WORD)


class SegmentRow(Base):
    __tablename__ = "segments"
    __table_args__ = (
        Index("ix_segments_queue", "queue", "began_at"),
        Index("ix_segments_agent", "agent", "began_at"),
        {"sqlite_with_rowid": False},
    )

    guid: Mapped[str] = mapped_column(ForeignKey("interactions.guid", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(WORD)
    queue: Mapped[str] = mapped_column(WORD)
    agent: Mapped[str] = mapped_column(WORD)
    party: Mapped[str] = mapped_column(WORD)
    began_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime]
    result: Mapped[str] = mapped_column(WORD)


class StepRow(Base):
    __tablename__ = "steps"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - read once by SQLAlchemy

    guid: Mapped[str] = mapped_column(ForeignKey("interactions.guid", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[dt.datetime]
    kind: Mapped[str] = mapped_column(WORD)
    detail: Mapped[str] = mapped_column(Text)


class HandCallRow(Base):
    """A number outside that was dialled by hand, and rang: its person has been called once more."""

    __tablename__ = "hand_calls"
    __table_args__ = (Index("ix_hand_calls_number", "number", "at"),)

    guid: Mapped[str] = mapped_column(ForeignKey("interactions.guid", ondelete="CASCADE"), primary_key=True)
    number: Mapped[str] = mapped_column(WORD, primary_key=True)  # E.164 with its plus, where its country is known
    at: Mapped[dt.datetime]


class RecordingRow(Base):
    """The file of an interaction, below the node's recordings folder."""

    __tablename__ = "recordings"
    __table_args__ = (Index("ix_recordings_state", "state", "node"),)

    guid: Mapped[str] = mapped_column(ForeignKey("interactions.guid", ondelete="CASCADE"), primary_key=True)
    node: Mapped[str] = mapped_column(WORD)
    path: Mapped[str] = mapped_column(WORD)
    state: Mapped[str] = mapped_column(String(20))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    length_s: Mapped[float] = mapped_column(Float)
    sha256: Mapped[str] = mapped_column(String(64))
    completed_at: Mapped[dt.datetime | None]


class AgentIntervalRow(Base):
    __tablename__ = "agent_intervals"
    __table_args__ = (Index("ix_agent_intervals_began", "began_at"),)

    node: Mapped[str] = mapped_column(WORD, primary_key=True)
    agent: Mapped[str] = mapped_column(WORD, primary_key=True)
    began_at: Mapped[dt.datetime] = mapped_column(primary_key=True)
    ended_at: Mapped[dt.datetime]
    session_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(WORD)


class MissedRingRow(Base):
    __tablename__ = "missed_rings"
    __table_args__ = (Index("ix_missed_rings_at", "at"),)

    node: Mapped[str] = mapped_column(WORD, primary_key=True)
    agent: Mapped[str] = mapped_column(WORD, primary_key=True)
    call_id: Mapped[str] = mapped_column(WORD, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(primary_key=True)
    ring_ms: Mapped[int] = mapped_column(Integer, primary_key=True)
    queue: Mapped[str] = mapped_column(WORD)


class JournalPositionRow(Base):
    """How far a node's journal is read; moved in the transaction that stores what was read."""

    __tablename__ = "journal_positions"

    node: Mapped[str] = mapped_column(WORD, primary_key=True)
    journal: Mapped[str] = mapped_column(String(20), primary_key=True)
    inode: Mapped[int] = mapped_column(BigInteger)
    fingerprint: Mapped[str] = mapped_column(String(64))
    offset: Mapped[int] = mapped_column(BigInteger)
    malformed: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[dict[str, Any]]


class OpenCallRow(Base):
    """A line of a call that is not over; all of them, in order, are the state of the fold over CEL."""

    __tablename__ = "open_calls"

    node: Mapped[str] = mapped_column(WORD, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    call: Mapped[str] = mapped_column(WORD, index=True)
    text: Mapped[str] = mapped_column(Text)


class OpenAgentRow(Base):
    """An agent in the fold over queue_log: the interval that has not ended yet."""

    __tablename__ = "open_agents"

    node: Mapped[str] = mapped_column(WORD, primary_key=True)
    agent: Mapped[str] = mapped_column(WORD, primary_key=True)
    state: Mapped[dict[str, Any]]
