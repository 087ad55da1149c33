"""Agent sessions: who is logged in to take interactions, and paused or not."""

import datetime as dt

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from appliance.store.tables.columns import Base, RowId


class AgentSessionRow(Base):
    """From log-in to log-out; an agent has at most one that is open."""

    __tablename__ = "agent_sessions"
    __table_args__ = (
        Index(
            "uq_agent_sessions_open",
            "agent",
            unique=True,
            sqlite_where=text("logged_out_at IS NULL"),
            postgresql_where=text("logged_out_at IS NULL"),
        ),
    )

    agent_session_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    agent: Mapped[str] = mapped_column(String(40), index=True)
    node: Mapped[str] = mapped_column(String(40))
    extension: Mapped[str] = mapped_column(String(40))
    device: Mapped[str] = mapped_column(String(50), default="")  # the endpoint that rings; empty: the extension's own
    way: Mapped[str] = mapped_column(String(10), default="")  # of the log-in: web, phone, api or supervisor
    logged_in_at: Mapped[dt.datetime]
    logged_out_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str] = mapped_column(
        String(80), default=""
    )  # a login; empty: the agent, or a rule as `ended_why` says
    ended_why: Mapped[str] = mapped_column(Text, default="")
    paused_reason: Mapped[str | None] = mapped_column(String(40))
    paused_at: Mapped[dt.datetime | None]
    paused_by: Mapped[str] = mapped_column(
        String(80), default=""
    )  # a supervisor's login, or "policy"; empty: the agent
    pause_note: Mapped[str] = mapped_column(Text, default="")
