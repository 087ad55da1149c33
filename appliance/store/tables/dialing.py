"""What is called: contacts in lists, imports, numbers that are never called, attempts, and the state of dialers."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from appliance.store.tables.columns import Base, RowId

KEY = String(40)
SORT_KEY = String(40).with_variant(String(40, collation="C"), "postgresql")  # sorted as SQLite and Python do


def _partial(name: str, where: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class ListContactRow(Base):
    """A contact in a list, and how far its dialer has come with it.

    `state` is fresh, due (its next try may be now), retry (waits for `next_at`; also a fresh one that a cap or a filter
    keeps back, see `held_by`), reserved (by `reserved_by` until `next_at`, in preview), dialing (an attempt is open)
    or done.
    """

    __tablename__ = "list_contacts"
    __table_args__ = (
        Index("ix_list_contacts_next", "list", "state", "owner", "zone", "priority", "contact_id"),
        _partial("ix_list_contacts_retry", "state = 'retry'", "list", "next_at"),
        _partial("ix_list_contacts_newest", "state = 'fresh'", "list", "owner", "zone", "added_at"),
        _partial("ix_list_contacts_oldest", "state = 'due'", "list", "owner", "zone", "last_at"),
        _partial(
            "ix_list_contacts_field",
            "sort_key IS NOT NULL",
            *("list", "state", "owner", "zone", "sort_key", "contact_id"),
        ),
        _partial("ix_list_contacts_reserved", "state = 'reserved'", "reserved_by", "next_at"),
        _partial("ix_list_contacts_own_key", "own_key <> ''", "own_key", "list"),
        Index("ix_list_contacts_contact_id", "contact_id"),
    )

    list: Mapped[str] = mapped_column(KEY, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.contact_id", ondelete="CASCADE"), primary_key=True)
    own_key: Mapped[str] = mapped_column(String(80), default="")  # the customer's number in another system
    priority: Mapped[int] = mapped_column(Integer, default=100)  # 1 is called first
    owner: Mapped[str] = mapped_column(KEY, default="")  # the only agent who may have it; empty: anyone
    zone: Mapped[str] = mapped_column(KEY, default="")  # such as America/Lima; empty: the list's
    state: Mapped[str] = mapped_column(String(10), default="fresh")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    position: Mapped[int] = mapped_column(Integer, default=0)  # of the number to call next
    bad_positions: Mapped[str] = mapped_column(Text, default="")  # numbers that are none, as 0,2
    next_at: Mapped[dt.datetime | None]
    held_by: Mapped[str] = mapped_column(String(10), default="")  # cap, hours, open, filter or skip
    reserved_by: Mapped[str] = mapped_column(KEY, default="")
    result: Mapped[str] = mapped_column(String(20), default="")  # of the last attempt
    disposition: Mapped[str] = mapped_column(KEY, default="")
    last_at: Mapped[dt.datetime | None]
    added_at: Mapped[dt.datetime]
    sort_key: Mapped[str | None] = mapped_column(SORT_KEY)  # by the list's field; as long as it has none: NULL


class ImportRow(Base):
    """A file that becomes contacts. `done_bytes` and `done_rows` move in the transaction that stores the rows."""

    __tablename__ = "imports"

    import_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    list: Mapped[str] = mapped_column(KEY, index=True)
    file_name: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))  # draft, waiting, running, cancelled, done or failed
    options: Mapped[dict[str, Any]]  # encoding, separator, columns, what becomes of doubles
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    done_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    done_rows: Mapped[int] = mapped_column(BigInteger, default=0)
    added: Mapped[int] = mapped_column(BigInteger, default=0)
    doubles: Mapped[int] = mapped_column(BigInteger, default=0)
    rejected: Mapped[int] = mapped_column(BigInteger, default=0)
    never: Mapped[int] = mapped_column(BigInteger, default=0)  # on the do-not-call list
    rejects_bytes: Mapped[int] = mapped_column(BigInteger, default=0)  # of the file of rejects, as far as it is valid
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str] = mapped_column(String(80), default="")
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]


class ImportMappingRow(Base):
    """Which column is what, kept for the next file that looks the same."""

    __tablename__ = "import_mappings"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    options: Mapped[dict[str, Any]]
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[str] = mapped_column(String(80), default="")


class DoNotCallRow(Base):
    """`number` is E.164 with its plus; as a prefix it stands for all that begin so. Without a campaign: everywhere."""

    __tablename__ = "do_not_call"
    __table_args__ = (
        Index("uq_do_not_call_number", "number", "is_prefix", "campaign", unique=True),
        Index(
            "ix_do_not_call_prefixes",
            "number",
            sqlite_where=text("is_prefix = 1"),
            postgresql_where=text("is_prefix"),
        ),
    )

    do_not_call_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    number: Mapped[str] = mapped_column(KEY)
    is_prefix: Mapped[bool] = mapped_column(default=False)
    campaign: Mapped[str] = mapped_column(KEY, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(20))  # console, api, import, agent or caller
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str] = mapped_column(String(80), default="")
    expires_at: Mapped[dt.datetime | None]


class AttemptRow(Base):
    """One dial of one number for a dialer, committed before Asterisk hears of it; once ended, never overwritten."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index(
            "uq_attempts_open",
            "number",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_attempts_dialer", "dialer", "begun_at"),
        Index("ix_attempts_number", "number", "begun_at"),
        Index("ix_attempts_contact", "contact_id", "begun_at"),
        Index(
            "ix_attempts_reminder",
            "reminder_id",
            sqlite_where=text("reminder_id IS NOT NULL"),
            postgresql_where=text("reminder_id IS NOT NULL"),
        ),
    )

    guid: Mapped[str] = mapped_column(String(36), primary_key=True)
    node: Mapped[str] = mapped_column(KEY)
    dialer: Mapped[str] = mapped_column(KEY)
    campaign: Mapped[str] = mapped_column(KEY)
    list: Mapped[str] = mapped_column(KEY)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.contact_id", ondelete="SET NULL"))
    position: Mapped[int] = mapped_column(Integer, default=0)
    number: Mapped[str] = mapped_column(KEY)  # E.164 with its plus, where its country is known
    kind: Mapped[str] = mapped_column(String(10))  # auto, preview, promised, owned or agentless
    agent: Mapped[str] = mapped_column(KEY, default="")
    caller_id: Mapped[str] = mapped_column(KEY, default="")
    reminder_id: Mapped[int | None] = mapped_column(BigInteger)  # the promise that it keeps
    begun_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    connected_at: Mapped[dt.datetime | None]  # to an agent
    ended_at: Mapped[dt.datetime | None]
    outcome: Mapped[str] = mapped_column(String(20), default="")
    cause: Mapped[int] = mapped_column(Integer, default=0)  # Q.850
    tech_cause: Mapped[str] = mapped_column(Text, default="")  # such as SIP 486 Busy Here
    amd: Mapped[str] = mapped_column(String(10), default="")  # human, machine or notsure
    wait_s: Mapped[float] = mapped_column(Float, default=0.0)  # from the answer to the agent
    talk_s: Mapped[float] = mapped_column(Float, default=0.0)


class DialerStateRow(Base):
    """What people do with a dialer while it runs; nothing of it is configuration. No row: draft.

    `state` is draft, scheduled, running, paused, draining, finished or archived.
    """

    __tablename__ = "dialer_states"

    dialer: Mapped[str] = mapped_column(KEY, primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    starts_at: Mapped[dt.datetime | None]  # of a scheduled one
    intensity_pct: Mapped[int | None]  # None: as configured
    max_ratio_pct: Mapped[int | None]
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[str] = mapped_column(String(80), default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
