"""Agents and supervisors at work: fuller sessions, contacts, work on interactions, and what passes between people."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)
_TYPES: dict[str, Any] = {
    "id": _ID,
    "text": sa.Text(),
    "json": sa.JSON(),
    "bool": sa.Boolean(),
    "int": sa.Integer(),
    "at": _AT,
    "at?": _AT,
    "id?": _ID,
    "key": sa.String(40),
    "guid": sa.String(36),
    "login": sa.String(80),
    "hash": sa.String(64),
    "word": sa.String(10),
    "result": sa.String(20),
    "device": sa.String(50),
}
# Column, type, and its value in rows that are there.
_COLUMNS = {
    "agents": (("number", "text", ""), ("pin", "text", "")),
    "campaigns": (
        ("disposition_required", "bool", None),
        ("disposition_timeout_s", "int", "0"),
        ("disposition_default", "text", ""),
    ),
    "feature_codes": (
        ("agent_log_in", "text", "*11"),
        ("agent_log_out", "text", "*12"),
        ("agent_pause", "text", "*13"),
    ),
    "agent_sessions": (
        ("device", "device", ""),
        ("way", "word", ""),
        ("ended_by", "login", ""),
        ("ended_why", "text", ""),
        ("paused_at", "at?", None),
        ("paused_by", "login", ""),
        ("pause_note", "text", ""),
    ),
    "users": (("phone_kind", "word", ""),),
}
_ENTITIES = {
    "agent_rules": {
        "auto_logout_min": "int",
        "see_waiting": "bool",
        "wrapup_extend_s": "int",
        "wrapup_extensions": "int",
        "ringing_late_s": "int",
        "oncall_late_s": "int",
        "hold_late_s": "int",
        "wrapup_late_s": "int",
        "paused_late_s": "int",
        "waiting_late_s": "int",
    },
    "alarms": {
        "name": "text",
        "kind": "text",
        "limit": "int",
        "for_s": "int",
        "queues": "json",
        "on_screen": "bool",
        "emails": "json",
        "webhook": "text",
        "secret": "text",
    },
    "wallboards": {
        "name": "text",
        "layout": "text",
        "queues": "json",
        "agents": "json",
        "language": "text",
        "theme": "text",
    },
}
# The first column of each is its key, or those of `_KEYS`; who is referred to comes first.
_TABLES = {
    "contacts": {
        "contact_id": "id",
        "name": "text",
        "company": "text",
        "email": "text",
        "notes": "text",
        "fields": "json",
        "created_at": "at",
        "created_by": "login",
        "changed_at": "at",
        "version": "int",
    },
    "contact_numbers": {"contact_id": "id", "position": "int", "kind": "word", "number": "key"},
    "work": {
        "guid": "guid",
        "agent": "key",
        "campaign": "key",
        "queue": "key",
        "number": "text",
        "contact_id": "id?",
        "disposition": "key",
        "chosen_by": "word",
        "notes": "text",
        "form": "key",
        "answers": "json",
        "is_marked": "bool",
        "began_at": "at",
        "ended_at": "at?",
        "completed_at": "at?",
        "version": "int",
    },
    "reminders": {
        "reminder_id": "id",
        "agent": "key",
        "campaign": "key",
        "number": "key",
        "contact_id": "id?",
        "guid": "guid",
        "note": "text",
        "due_at": "at",
        "created_at": "at",
        "created_by": "login",
        "ended_at": "at?",
        "result": "result",
    },
    "messages": {"message_id": "id", "sent_by": "login", "sent_at": "at", "text": "text", "audience": "text"},
    "message_readings": {"message_id": "id", "agent": "key", "read_at": "at?"},
    "requests": {
        "request_id": "id",
        "agent": "key",
        "kind": "word",
        "detail": "text",
        "guid": "guid",
        "asked_at": "at",
        "answer": "word",
        "decided_at": "at?",
        "decided_by": "login",
    },
    "queue_moves": {
        "queue_move_id": "id",
        "agent": "key",
        "queue": "key",
        "is_member": "bool",
        "penalty": "int",
        "made_by": "login",
        "made_at": "at",
        "until_at": "at",
        "ended_at": "at?",
    },
    "alarm_raises": {
        "alarm_raise_id": "id",
        "alarm": "key",
        "subject": "login",
        "value": "key",
        "raised_at": "at",
        "over_at": "at?",
        "seen_by": "login",
        "seen_at": "at?",
    },
    "wallboard_links": {
        "wallboard_link_id": "id",
        "wallboard": "key",
        "token_hash": "hash",
        "created_by": "login",
        "created_at": "at",
        "used_at": "at?",
        "revoked_at": "at?",
    },
}
_KEYS = {
    "contact_numbers": ("contact_id", "position"),
    "work": ("guid", "agent"),
    "message_readings": ("message_id", "agent"),
}
# Table, column, the table whose row it names, and what happens when that is deleted.
_REFERENCES = (
    ("contact_numbers", "contact_id", "contacts", "CASCADE"),
    ("work", "contact_id", "contacts", "SET NULL"),
    ("reminders", "contact_id", "contacts", "SET NULL"),
    ("message_readings", "message_id", "messages", "CASCADE"),
)
_INDEXES = (
    ("ix_contacts_name", "contacts", ["name"]),
    ("ix_contact_numbers_number", "contact_numbers", ["number"]),
    ("ix_work_agent", "work", ["agent", "began_at"]),
    ("ix_work_contact_id", "work", ["contact_id"]),
    ("ix_work_number", "work", ["number"]),
    ("ix_interactions_did", "interactions", ["did", "entered_at"]),
    ("ix_reminders_due", "reminders", ["ended_at", "due_at"]),
    ("ix_messages_sent_at", "messages", ["sent_at"]),
    ("ix_message_readings_agent", "message_readings", ["agent", "read_at"]),
    ("ix_requests_asked_at", "requests", ["asked_at"]),
    ("ix_alarm_raises_raised_at", "alarm_raises", ["raised_at"]),
    ("ix_wallboard_links_wallboard", "wallboard_links", ["wallboard"]),
)
# Name, table, columns, the column that is empty while a row is open, and whether only one may be.
_OPEN_ONES = (
    ("ix_work_open", "work", ["agent"], "completed_at", False),
    ("uq_requests_open", "requests", ["agent", "kind"], "decided_at", True),
    ("uq_queue_moves_open", "queue_moves", ["agent", "queue"], "ended_at", True),
    ("uq_alarm_raises_open", "alarm_raises", ["alarm", "subject"], "over_at", True),
)


def upgrade() -> None:
    for table, added in _COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for name, kind, value in added:
                default = sa.false() if kind == "bool" else value
                batch.add_column(sa.Column(name, _TYPES[kind], nullable=kind.endswith("?"), server_default=default))
    for table, columns in _ENTITIES.items():
        _create(table, {"key": "key", "version": "int", **columns}, ("key",))
    for table, columns in _TABLES.items():
        _create(table, columns, _KEYS.get(table, (next(iter(columns)),)))
    for name, table, indexed in _INDEXES:
        op.create_index(name, table, indexed)
    for name, table, indexed, empty, is_unique in _OPEN_ONES:
        where = sa.text(f"{empty} IS NULL")
        op.create_index(name, table, indexed, unique=is_unique, sqlite_where=where, postgresql_where=where)


def _create(table: str, columns: dict[str, str], keys: tuple[str, ...]) -> None:
    references = [
        sa.ForeignKeyConstraint(
            [column], [f"{other}.{column}"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete=ondelete
        )
        for owner, column, other, ondelete in _REFERENCES
        if owner == table
    ]
    unique = [sa.UniqueConstraint("token_hash", name=op.f(f"uq_{table}_token_hash"))] if "token_hash" in columns else []
    op.create_table(
        table,
        *(sa.Column(name, _TYPES[kind], nullable=kind.endswith("?")) for name, kind in columns.items()),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
        *references,
        *unique,
    )


def downgrade() -> None:
    op.drop_index("ix_interactions_did", "interactions")
    for table in reversed({**_ENTITIES, **_TABLES}):
        op.drop_table(table)
    for table, added in _COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for name, _kind, _value in added:
                batch.drop_column(name)
