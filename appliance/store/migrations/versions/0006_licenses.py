"""Licences: files, seats, the newest time that was seen, channels in use."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "license_files",
        sa.Column(
            "license_file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("installed_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("license_file_id", name=op.f("pk_license_files")),
        sa.UniqueConstraint("kind", "number", name="uq_license_files_number"),
    )
    op.create_table(
        "license_seats",
        sa.Column("seat_id", sa.String(length=40), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("was", sa.String(length=40), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seat_id", name=op.f("pk_license_seats")),
    )
    with op.batch_alter_table("license_seats", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_license_seats_agent"), ["agent"], unique=False)
    op.create_table(
        "license_state",
        sa.Column("license_state_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leap_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_to", sa.Text(), nullable=False),
        sa.Column("warned", sa.String(length=80), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("peak_on", sa.String(length=10), nullable=False),
        sa.CheckConstraint("license_state_id = 1", name=op.f("ck_license_state_one_row")),
        sa.PrimaryKeyConstraint("license_state_id", name=op.f("pk_license_state")),
    )
    op.execute("INSERT INTO license_state (license_state_id, mail_to, warned, peak, peak_on) VALUES (1, '', '', 0, '')")
    op.create_table(
        "license_channels",
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_license_channels")),
    )


def downgrade() -> None:
    for table in ("license_channels", "license_state", "license_seats", "license_files"):
        op.drop_table(table)
