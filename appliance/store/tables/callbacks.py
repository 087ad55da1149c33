"""Callers who keep their place in a queue and are called back."""

import datetime as dt

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from appliance.store.tables.columns import Base, RowId


class CallbackRow(Base):
    """`guid` is the interaction in which the caller asked; `ended_at` is empty while the callback is owed."""

    __tablename__ = "callbacks"
    __table_args__ = (
        Index(
            "uq_callbacks_open",
            "queue",
            "number",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    callback_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    node: Mapped[str] = mapped_column(String(40))
    queue: Mapped[str] = mapped_column(String(40), index=True)
    number: Mapped[str] = mapped_column(String(40))
    caller: Mapped[str] = mapped_column(String(40))
    guid: Mapped[str] = mapped_column(String(36), unique=True)
    language: Mapped[str] = mapped_column(String(5))
    asked_at: Mapped[dt.datetime]
    waited_s: Mapped[int]
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime]
    last_guid: Mapped[str] = mapped_column(String(36), default="")
    result: Mapped[str] = mapped_column(Text, default="")
    ended_at: Mapped[dt.datetime | None]
