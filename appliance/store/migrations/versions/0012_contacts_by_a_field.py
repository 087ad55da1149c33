"""A list may be called in the order of a field of its contacts, which stands beside each as a key that sorts so."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SOME = sa.text("sort_key IS NOT NULL")
_INDEX = ["list", "state", "owner", "zone", "sort_key", "contact_id"]


def upgrade() -> None:
    with op.batch_alter_table("lists") as batch:
        batch.add_column(sa.Column("order_field", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("order_direction", sa.Text(), nullable=False, server_default="ascending"))
    key = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
    op.add_column("list_contacts", sa.Column("sort_key", key, nullable=True))
    op.create_index("ix_list_contacts_field", "list_contacts", _INDEX, sqlite_where=_SOME, postgresql_where=_SOME)
