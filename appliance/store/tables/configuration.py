"""What is wanted, what each node has applied, every revision, and who changed what."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from appliance.store.tables.columns import Base, RowId


class ConfigState(Base):
    """One row: the generation of the configuration that is wanted on every node."""

    __tablename__ = "config_state"
    __table_args__ = (CheckConstraint("config_state_id = 1", name="one_row"),)

    config_state_id: Mapped[int] = mapped_column(primary_key=True)
    wanted: Mapped[int] = mapped_column(RowId)


class NodeState(Base):
    """The generation that a node has applied, or failed to apply with `error`."""

    __tablename__ = "node_states"

    node: Mapped[str] = mapped_column(String(40), primary_key=True)
    applied: Mapped[int] = mapped_column(RowId)
    tried: Mapped[int] = mapped_column(RowId)
    error: Mapped[str] = mapped_column(Text)


class RevisionRow(Base):
    """One attempt to apply: the site as it was, the difference in the files, what Asterisk said."""

    __tablename__ = "revisions"
    __table_args__ = (Index("ix_revisions_node_generation", "node", "generation"),)

    revision_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    node: Mapped[str] = mapped_column(String(40))
    generation: Mapped[int] = mapped_column(RowId)
    at: Mapped[dt.datetime]
    by: Mapped[str] = mapped_column(String(80))
    summary: Mapped[str] = mapped_column(Text)
    site: Mapped[dict[str, Any]] = mapped_column(JSON)
    diff: Mapped[str] = mapped_column(Text)
    is_applied: Mapped[bool]
    error: Mapped[str] = mapped_column(Text)


class AuditRow(Base):
    """Who changed what, before and after; secrets are masked."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_section_entity_key", "section", "entity_key"), Index("ix_audit_at", "at"))

    audit_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    at: Mapped[dt.datetime]
    by: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(40))
    section: Mapped[str] = mapped_column(String(40))
    entity_key: Mapped[str] = mapped_column(String(80))
    generation: Mapped[int] = mapped_column(RowId)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class UploadRow(Base):
    """An uploaded sound file, known by the SHA-256 of its content."""

    __tablename__ = "uploads"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_at: Mapped[dt.datetime]
