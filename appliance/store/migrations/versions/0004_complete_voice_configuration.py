"""The complete voice configuration: new kinds of entities, and more fields of those that were there."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TYPES: dict[str, Any] = {
    "text": sa.Text,
    "json": sa.JSON,
    "bool": sa.Boolean,
    "int": sa.Integer,
    "date": lambda: sa.String(10),
}

# How long a text may be, its schema says; a column that says it too needs a migration for each change.
_TEXTS = {
    "trunks": (
        "name",
        "host",
        "username",
        "secret",
        "match_header",
    ),
    "extensions": (
        "name",
        "secret",
        "voicemail_pin",
    ),
    "agents": (
        "name",
        "extension",
    ),
    "schedules": (
        "name",
        "time_zone",
    ),
    "prompts": ("name",),
    "menus": (
        "name",
        "prompt",
        "timeout_prompt",
        "invalid_prompt",
        "timeout_destination",
        "invalid_destination",
        "operator",
    ),
    "queues": (
        "name",
        "strategy",
        "timeout_destination",
        "empty_destination",
        "full_destination",
        "welcome_prompt",
    ),
    "campaigns": (
        "name",
        "queue",
        "welcome_prompt",
        "schedule",
        "closed_prompt",
        "closed_destination",
        "recording",
    ),
    "inbound_routes": (
        "name",
        "language",
        "open_prompt",
        "destination",
        "schedule",
        "closed_prompt",
        "closed_destination",
        "holiday_prompt",
        "holiday_destination",
    ),
    "blacklist": ("reason",),
}
# Column, type, and its value in rows that are there.
_COLUMNS = {
    "trunks": (
        ("more_hosts", "json", "[]"),
        ("peers", "json", "[]"),
        ("transport", "text", "udp"),
        ("encrypted_media", "bool", "0"),
        ("caller_id", "text", ""),
        ("number_format", "text", "as_dialled"),
        ("caller_id_format", "text", "as_dialled"),
        ("max_channels", "int", "0"),
        ("calls_per_s", "int", "0"),
    ),
    "extensions": (
        ("unanswered_destination", "text", "hangup"),
        ("caller_id", "text", ""),
        ("pickup_group", "text", ""),
        ("max_calls", "int", "2"),
        ("voicemail_email", "text", ""),
    ),
    "agents": (("skills", "json", "[]"),),
    "schedules": (("closings", "json", "[]"),),
    "menus": (("direct_dial", "bool", "0"),),
    "queues": (
        ("skill", "text", ""),
        ("widening", "json", "[]"),
        ("auto_answer", "bool", "0"),
        ("whisper_prompt", "text", ""),
        ("missed_limit", "int", "0"),
        ("paused_destination", "text", ""),
        ("music", "text", ""),
        ("exit_key", "text", ""),
        ("exit_destination", "text", ""),
        ("callback_key", "text", "1"),
        ("callback_after_s", "int", "0"),
        ("callback_prompt", "text", ""),
        ("callback_typed", "bool", "0"),
        ("callback_tries", "int", "3"),
        ("callback_retry_s", "int", "300"),
        ("periodic_prompts", "json", "[]"),
        ("periodic_every_s", "int", "60"),
        ("service_level_pct", "int", "80"),
        ("after_call", "text", ""),
    ),
    "campaigns": (
        ("language", "text", ""),
        ("recording_pct", "int", "100"),
        ("recording_prompt", "text", ""),
        ("script", "text", ""),
        ("form", "text", ""),
        ("screen_pop", "text", ""),
        ("dispositions", "json", "[]"),
    ),
    "inbound_routes": (("callers", "json", "[]"),),
    "blacklist": (
        ("only_for", "json", "[]"),
        ("expires", "date", None),
    ),
}
_TABLES = {
    "general": {
        "company": "text",
        "language": "text",
        "time_zone": "text",
        "country": "text",
        "unknown_did_destination": "text",
        "blocked_destination": "text",
        "emergency_closed": "bool",
        "emergency_prompt": "text",
        "emergency_destination": "text",
    },
    "mail": {
        "host": "text",
        "port": "int",
        "security": "text",
        "username": "text",
        "secret": "text",
        "from_address": "text",
    },
    "feature_codes": {
        "voicemail": "text",
        "pickup": "text",
        "pickup_one": "text",
        "park": "text",
        "do_not_disturb": "text",
        "forward": "text",
        "forward_busy": "text",
        "forward_unanswered": "text",
        "record_prompt": "text",
        "echo": "text",
    },
    "outbound_routes": {
        "name": "text",
        "position": "int",
        "patterns": "json",
        "trunks": "json",
        "caller_id": "text",
        "ring_s": "int",
        "schedule": "text",
        "users": "json",
        "emergency": "bool",
    },
    "ring_groups": {
        "name": "text",
        "number": "text",
        "members": "json",
        "strategy": "text",
        "ring_s": "int",
        "destination": "text",
    },
    "conferences": {
        "name": "text",
        "number": "text",
        "pin": "text",
        "max_members": "int",
        "announce_people": "bool",
        "recording": "bool",
    },
    "music": {
        "name": "text",
        "tracks": "json",
        "shuffle": "bool",
    },
    "announcements": {
        "name": "text",
        "language": "text",
        "prompt": "text",
        "destination": "text",
    },
    "branches": {
        "name": "text",
        "schedule": "text",
        "open_destination": "text",
        "closed_destination": "text",
        "holiday_destination": "text",
    },
    "inputs": {
        "name": "text",
        "prompt": "text",
        "variable": "text",
        "min_digits": "int",
        "max_digits": "int",
        "mask": "text",
        "check_digit": "text",
        "masked": "bool",
        "wait_s": "int",
        "tries": "int",
        "invalid_prompt": "text",
        "destination": "text",
        "failed_destination": "text",
    },
    "lookups": {
        "name": "text",
        "url": "text",
        "method": "text",
        "token": "text",
        "answer_field": "text",
        "timeout_s": "int",
        "answers": "json",
        "other_destination": "text",
        "failed_destination": "text",
    },
    "surveys": {
        "name": "text",
        "welcome_prompt": "text",
        "questions": "json",
        "tries": "int",
        "thanks_prompt": "text",
        "destination": "text",
    },
    "dispositions": {
        "name": "text",
        "parent": "text",
        "success": "bool",
        "contact": "bool",
        "callback": "bool",
        "do_not_call": "bool",
        "retry": "bool",
    },
    "forms": {
        "name": "text",
        "fields": "json",
    },
    "scripts": {
        "name": "text",
        "pages": "json",
    },
    "screen_pops": {
        "name": "text",
        "url": "text",
        "kind": "text",
        "secret": "text",
    },
    "pause_reasons": {
        "name": "text",
        "productive": "bool",
        "allowance_min": "int",
        "needs_approval": "bool",
    },
    "vips": {
        "name": "text",
        "priority": "int",
        "destination": "text",
        "only_for": "json",
        "expires": "date",
    },
    "security_groups": {
        "name": "text",
        "supervisors": "json",
        "queues": "json",
        "campaigns": "json",
        "agents": "json",
    },
}


def upgrade() -> None:
    for table, names in _TEXTS.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.alter_column(name, type_=sa.Text(), existing_nullable=False)
            for name, kind, value in _COLUMNS.get(table, ()):
                batch.add_column(_column(name, kind, value))
    for table, columns in _TABLES.items():
        op.create_table(
            table,
            sa.Column("key", sa.String(40), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
            *(_column(name, kind) for name, kind in columns.items()),
            sa.PrimaryKeyConstraint("key", name=op.f(f"pk_{table}")),
        )
    _create_callbacks()


def _column(name: str, kind: str, value: str | None = None) -> sa.Column[object]:
    if kind == "bool" and value is not None:
        return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true() if value == "1" else sa.false())
    return sa.Column(name, _TYPES[kind](), nullable=kind == "date", server_default=value)


def _create_callbacks() -> None:
    op.create_table(
        "callbacks",
        sa.Column("callback_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("node", sa.String(40), nullable=False),
        sa.Column("queue", sa.String(40), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("caller", sa.String(40), nullable=False),
        sa.Column("guid", sa.String(36), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waited_s", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_guid", sa.String(36), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("callback_id", name=op.f("pk_callbacks")),
        sa.UniqueConstraint("guid", name=op.f("uq_callbacks_guid")),
    )
    open_ones = sa.text("ended_at IS NULL")
    op.create_index("ix_callbacks_queue", "callbacks", ["queue"])
    op.create_index(
        "uq_callbacks_open",
        "callbacks",
        ["queue", "number"],
        unique=True,
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )


def downgrade() -> None:
    op.drop_table("callbacks")
    for table in reversed(_TABLES):
        op.drop_table(table)
    for table, columns in _COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for name, _kind, _value in columns:
                batch.drop_column(name)
