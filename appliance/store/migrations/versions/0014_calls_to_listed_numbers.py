"""The site says what becomes of calls by hand to numbers on the do-not-call list."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("general") as batch:
        batch.add_column(sa.Column("listed_calls", sa.Text(), nullable=False, server_default="asked"))
