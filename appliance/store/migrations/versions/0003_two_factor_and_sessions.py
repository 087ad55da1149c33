"""two factor and sessions."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What every token could do before there were scopes.
ALL_BEFORE = json.dumps(["read", "operate", "configure"])


def upgrade() -> None:
    # Columns are added and dropped one by one: SQLite would otherwise copy the table of users, and with it
    # lose the sessions that refer to it.
    op.add_column("users", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("users", sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("users", sa.Column("totp_secret", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("users", sa.Column("totp_step", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("users", sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_column("users", "failures")
    op.drop_column("users", "locked_until")

    op.add_column("sessions", sa.Column("waits_for", sa.String(length=10), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("offered_secret", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("browser", sa.String(length=200), nullable=False, server_default=""))

    op.add_column("api_tokens", sa.Column("scopes", sa.JSON(), nullable=False, server_default=ALL_BEFORE))
    op.add_column("api_tokens", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_tokens", sa.Column("used_from", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("api_tokens", sa.Column("created_by", sa.String(length=80), nullable=False, server_default=""))

    op.create_table(
        "recovery_codes",
        sa.Column(
            "recovery_code_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_recovery_codes_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("recovery_code_id", name=op.f("pk_recovery_codes")),
    )
    with op.batch_alter_table("recovery_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_codes_user_id"), ["user_id"], unique=False)

    op.create_table(
        "sign_in_attempts",
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("login", "address", name=op.f("pk_sign_in_attempts")),
    )
    with op.batch_alter_table("sign_in_attempts", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_attempts_tried", ["tried_at"], unique=False)

    op.create_table(
        "user_policy",
        sa.Column("user_policy_id", sa.Integer(), nullable=False),
        sa.Column("min_password", sa.Integer(), nullable=False),
        sa.Column("totp_roles", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("user_policy_id = 1", name=op.f("ck_user_policy_one_row")),
        sa.PrimaryKeyConstraint("user_policy_id", name=op.f("pk_user_policy")),
    )
    op.execute("INSERT INTO user_policy (user_policy_id, min_password, totp_roles, version) VALUES (1, 10, '[]', 1)")


def downgrade() -> None:
    op.drop_table("user_policy")
    op.drop_table("sign_in_attempts")
    op.drop_table("recovery_codes")
    for column in ("scopes", "expires_at", "used_from", "created_by"):
        op.drop_column("api_tokens", column)
    for column in ("waits_for", "offered_secret", "browser"):
        op.drop_column("sessions", column)
    for column in ("version", "is_active", "totp_secret", "totp_step", "signed_in_at"):
        op.drop_column("users", column)
    op.add_column("users", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("users", sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True))
