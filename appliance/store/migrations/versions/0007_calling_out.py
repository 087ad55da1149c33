"""Calling out: lists of contacts, imports, numbers never called, attempts, dialers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TYPES: dict[str, Any] = {
    "id": sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
    "big": sa.BigInteger(),
    "text": sa.Text(),
    "json": sa.JSON(),
    "bool": sa.Boolean(),
    "int": sa.Integer(),
    "float": sa.Float(),
    "at": sa.DateTime(timezone=True),
    "key": sa.String(40),
    "guid": sa.String(36),
    "login": sa.String(80),
    "word": sa.String(10),
    "result": sa.String(20),
}
# The first column of each is its key, or those of `_KEYS`; a question mark: may be empty.
_TABLES = {
    "lists": {
        "key": "key",
        "version": "int",
        "name": "text",
        "country": "text",
        "time_zone": "text",
        "once_by": "text",
        "once_in": "text",
        "once_days": "int",
    },
    "contact_filters": {
        "key": "key",
        "version": "int",
        "name": "text",
        "match": "text",
        "conditions": "json",
    },
    "dialers": {
        "key": "key",
        "version": "int",
        "name": "text",
        "campaign": "text",
        "mode": "text",
        "lists": "json",
        "order": "text",
        "ratio_pct": "int",
        "max_ratio_pct": "int",
        "intensity_pct": "int",
        "weight": "int",
        "max_channels": "int",
        "calls_per_s": "int",
        "law": "text",
        "schedule": "text",
        "abandoned_limit_tenths": "int",
        "connect_s": "int",
        "abandoned_prompt": "text",
        "opt_out_key": "text",
        "abandoned_quiet_h": "int",
        "ring_s": "int",
        "caller_numbers": "json",
        "max_tries": "int",
        "retries": "json",
        "day_cap": "int",
        "week_cap": "int",
        "life_cap": "int",
        "waits_for_contacts": "bool",
        "promised_grace_min": "int",
        "preview_s": "int",
        "machines": "text",
        "machine_prompt": "text",
        "agentless_destination": "text",
    },
    "list_contacts": {
        "list": "key",
        "contact_id": "id",
        "own_key": "login",
        "priority": "int",
        "owner": "key",
        "zone": "key",
        "state": "word",
        "tries": "int",
        "position": "int",
        "bad_positions": "text",
        "next_at": "at?",
        "held_by": "word",
        "reserved_by": "key",
        "result": "result",
        "disposition": "key",
        "last_at": "at?",
        "added_at": "at",
    },
    "imports": {
        "import_id": "id",
        "list": "key",
        "file_name": "text",
        "path": "text",
        "state": "word",
        "options": "json",
        "size_bytes": "big",
        "done_bytes": "big",
        "done_rows": "big",
        "added": "big",
        "doubles": "big",
        "rejected": "big",
        "never": "big",
        "rejects_bytes": "big",
        "error": "text",
        "created_at": "at",
        "created_by": "login",
        "started_at": "at?",
        "ended_at": "at?",
    },
    "import_mappings": {
        "name": "login",
        "options": "json",
        "changed_at": "at",
        "changed_by": "login",
    },
    "do_not_call": {
        "do_not_call_id": "id",
        "number": "key",
        "is_prefix": "bool",
        "campaign": "key",
        "reason": "text",
        "source": "result",
        "created_at": "at",
        "created_by": "login",
        "expires_at": "at?",
    },
    "attempts": {
        "guid": "guid",
        "node": "key",
        "dialer": "key",
        "campaign": "key",
        "list": "key",
        "contact_id": "id?",
        "position": "int",
        "number": "key",
        "kind": "word",
        "agent": "key",
        "caller_id": "key",
        "reminder_id": "big?",
        "begun_at": "at",
        "answered_at": "at?",
        "connected_at": "at?",
        "ended_at": "at?",
        "outcome": "result",
        "cause": "int",
        "tech_cause": "text",
        "amd": "word",
        "wait_s": "float",
        "talk_s": "float",
    },
    "dialer_states": {
        "dialer": "key",
        "state": "word",
        "starts_at": "at?",
        "intensity_pct": "int?",
        "max_ratio_pct": "int?",
        "changed_at": "at",
        "changed_by": "login",
        "version": "int",
    },
}
_KEYS = {"list_contacts": ("list", "contact_id")}
# Table, and what becomes of its rows when their contact is deleted.
_OF_CONTACTS = {"list_contacts": "CASCADE", "attempts": "SET NULL"}
_INDEXES = (
    ("ix_list_contacts_next", "list_contacts", ["list", "state", "owner", "zone", "priority", "contact_id"]),
    ("ix_list_contacts_contact_id", "list_contacts", ["contact_id"]),
    ("ix_imports_list", "imports", ["list"]),
    ("ix_attempts_dialer", "attempts", ["dialer", "begun_at"]),
    ("ix_attempts_number", "attempts", ["number", "begun_at"]),
    ("ix_attempts_contact", "attempts", ["contact_id", "begun_at"]),
)
# Of some rows only: importing a million fresh contacts need not fill those of others.
_PARTIAL = (
    ("ix_list_contacts_retry", "state = 'retry'", ["list", "next_at"]),
    ("ix_list_contacts_newest", "state = 'fresh'", ["list", "owner", "zone", "added_at"]),
    ("ix_list_contacts_oldest", "state = 'due'", ["list", "owner", "zone", "last_at"]),
    ("ix_list_contacts_reserved", "state = 'reserved'", ["reserved_by", "next_at"]),
    ("ix_list_contacts_own_key", "own_key <> ''", ["own_key", "list"]),
)


def upgrade() -> None:
    for table, columns in _TABLES.items():
        _create(table, columns, _KEYS.get(table, (next(iter(columns)),)))
    for name, table, indexed in _INDEXES:
        op.create_index(name, table, indexed)
    for name, where, indexed in _PARTIAL:
        op.create_index(name, "list_contacts", indexed, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index("uq_do_not_call_number", "do_not_call", ["number", "is_prefix", "campaign"], unique=True)
    op.create_index(
        "ix_do_not_call_prefixes", "do_not_call", ["number"],
        sqlite_where=sa.text("is_prefix = 1"), postgresql_where=sa.text("is_prefix"),
    )  # fmt: skip
    of_promise = sa.text("reminder_id IS NOT NULL")
    op.create_index(
        "ix_attempts_reminder", "attempts", ["reminder_id"], sqlite_where=of_promise, postgresql_where=of_promise
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_attempts_open", "attempts", ["number"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )


def _create(table: str, columns: dict[str, str], keys: tuple[str, ...]) -> None:
    references = []
    if table in _OF_CONTACTS:
        name = op.f(f"fk_{table}_contact_id_contacts")
        references = [
            sa.ForeignKeyConstraint(["contact_id"], ["contacts.contact_id"], name=name, ondelete=_OF_CONTACTS[table])
        ]
    op.create_table(
        table,
        *(
            sa.Column(name, _TYPES[kind.removesuffix("?")], nullable=kind.endswith("?"))
            for name, kind in columns.items()
        ),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
        *references,
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
