"""Calls that were dialled by hand count for the caps of whoever was called, also those of the past."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# As far as an interaction tells: what is shorter is a service of the network, and callbacks had been asked for.
_PAST = """
INSERT INTO hand_calls (guid, number, at)
SELECT guid, did, entered_at FROM interactions
WHERE direction = 'outbound' AND outcome IN ('answered', 'busy', 'no_answer', 'interrupted')
  AND hangup_cause NOT IN (1, 22, 28) AND length(did) >= 6
  AND EXISTS (SELECT 1 FROM steps WHERE steps.guid = interactions.guid AND steps.kind = 'outbound')
  AND NOT EXISTS (SELECT 1 FROM steps WHERE steps.guid = interactions.guid AND steps.kind = 'attempt')
  AND NOT EXISTS (SELECT 1 FROM steps WHERE steps.guid = interactions.guid AND steps.kind = 'callback_turn')
"""


def upgrade() -> None:
    op.create_table(
        "hand_calls",
        sa.Column("guid", sa.String(36), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["guid"], ["interactions.guid"], name="fk_hand_calls_guid_interactions", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guid", "number", name="pk_hand_calls"),
    )
    op.create_index("ix_hand_calls_number", "hand_calls", ["number", "at"])
    op.execute(_PAST)
