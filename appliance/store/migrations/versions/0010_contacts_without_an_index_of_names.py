"""Cards have no index by their names as they are written: nothing looks for them, and each card that comes in paid."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_contacts_name", "contacts")
